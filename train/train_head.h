// A head trained on features in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "lib/model/bundle.h"
#include "train/head_data.h"
#include "train/training.h"

namespace kallos::train {

struct TrainedHead {
  model::Bundle bundle;            // with the best head of all seeds, calibrated
  std::vector<EpochRow> history;   // of that seed
  std::vector<double> accuracies;  // of each seed's best head on the validation rows, in [0, 1]
};

// Trains settings.seeds heads, with seeds `seed`, seed + 1, ...; the best by validation loss is
// calibrated on the validation rows. Each writes a checkpoint into `folder` after every epoch, from
// which the same call goes on. Throws InputError for a loss that is no longer finite.
TrainedHead TrainHead(const HeadData& data, const HeadSettings& settings, uint64_t seed,
                      const std::filesystem::path& folder);

}  // namespace kallos::train
