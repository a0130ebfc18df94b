// kallos-distill finetune: a student and its head, trained end to end.
#pragma once

#include "lib/run/run.h"
#include "train/distill/finetune_config.h"

namespace kallos::train {

// Writes config.network.out as RunFeatures does. Throws InputError for a student's bundle that is
// not one network with a head on its numbers, and for photographs, stores and a teacher that do not
// fit each other.
void RunFinetune(const FinetuneConfig& config, RunContext& context);

}  // namespace kallos::train
