// Fitness on the device that --device names.
#pragma once

#include <string>

#include "ga/data.h"
#include "ga/evolution/search.h"

namespace kallos::ga {

// What of the device decides a fitness, on the CPU to the last bit, on CUDA but for the rounding of
// another card or number of heads at once: "cpu", "cpu bf16", "cuda tf32". Throws UsageError for
// words that name no device, EnvironmentError for a device that is not there, and bf16 on a CPU
// without; a build without LibTorch has the CPU only, and says so.
std::string ArithmeticOf(const RunConfig& config);

// Keeps a reference to `data`. `local_rank`: among the processes of one run on this machine, of
// which each takes another CUDA device where --device names none.
Fitness MakeFitness(const RunConfig& config, const SearchData& data, uint64_t seed,
                    int local_rank = 0);

}  // namespace kallos::ga
