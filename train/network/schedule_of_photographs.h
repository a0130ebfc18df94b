// In which order the photographs come.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "train/network/network_config.h"
#include "train/network/photo_training.h"

namespace kallos::train {

// Rows of an epoch, which come in batches; the order in `rows` is their order.
using EpochOrder =
    std::function<std::vector<size_t>(int64_t epoch, const std::vector<size_t>& rows)>;

// The pool that the published trainings drew from: good photographs several times, the others once,
// the first so many of a random order, cut into loads. With the defaults of PoolConfig it is all
// `rows`, each once. `is_good` is by row. `order` (shuffled by the seed unless given) orders the
// rows of a load anew in each epoch.
TrainingSchedule ScheduleOf(const NetworkConfig& network, const PoolConfig& pool,
                            const std::vector<size_t>& rows, const std::vector<bool>& is_good,
                            uint64_t seed, const std::string& key, EpochOrder order = {});

}  // namespace kallos::train
