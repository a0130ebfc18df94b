// Fitness on the device that a user names: what ga/evolution calls.
#pragma once

#include <string>

#include "ga/evolution/search.h"
#include "ga/fitness/head_fitness.h"

namespace kallos::ga {

struct FitnessSettings {
  Recipe recipe;  // with the precision of the products
  Metric metric = Metric::kAccuracy;
  std::string device = "auto";
  int64_t together = 0;  // CUDA: heads trained at once; 0 = as many as its free memory holds
  Resource resource = Resource::kEpochs;  // that budgets below the whole training cut
};

// What of the device decides a fitness, on the CPU to the last bit, on CUDA but for the rounding of
// another card or number of heads at once: "cpu", "cpu bf16", "cuda tf32". Throws UsageError for
// words that name no device, EnvironmentError for a device that is not there, and bf16 on a CPU
// without it.
std::string ArithmeticOf(const FitnessSettings& settings);

// Keeps what `data` refers to. `local_rank`: among the processes of one run on this machine, of
// which each takes another CUDA device where the settings name none.
Fitness MakeFitness(const FitnessSettings& settings, const FitnessData& data, uint64_t seed,
                    int local_rank = 0);

}  // namespace kallos::ga
