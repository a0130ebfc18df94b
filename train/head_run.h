// kallos-train head: feature stores to a model bundle.
#pragma once

#include "lib/run/run.h"
#include "train/head_config.h"
#include "train/train_head.h"
#include "train/training_folder.h"

namespace kallos::train {

// TrainHead into a folder: its bundle, history.csv and run.yaml, for which `record` gets counts and
// inputs. The same call again goes on from the last epoch, or does nothing when all is done.
void TrainHeadInto(TrainingFolder& folder, const HeadData& data, const HeadSettings& settings,
                   uint64_t seed, RunRecord& record);

// The command: features and files are read, and a head is trained into config.out. Throws
// InputError for features, manifests or an initial bundle that do not serve, for a loss that is no
// longer finite, and for an `out` begun with other settings.
void RunHead(const HeadConfig& config, RunContext& context);

}  // namespace kallos::train
