// A training on photographs from its checkpoint to the model bundle.
#pragma once

#include <functional>
#include <string>

#include "lib/run/run_record.h"
#include "train/network/photo_training.h"
#include "train/training_folder.h"

namespace kallos::train {

// Trains to the last epoch; save(best) then writes the bundle of the best one, and with its report
// the folder is done. A training that diverges leaves bundle and report of its best epoch before,
// if it had one, and throws DivergedError.
void TrainToBundle(const TrainingFolder& folder, PhotoTraining& training,
                   const std::function<void(const BestResult&)>& save, RunRecord& record);

}  // namespace kallos::train
