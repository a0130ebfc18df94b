#include "lib/core/error.h"
#include "select/cpu_fitness.h"
#include "select/device_fitness.h"

namespace kallos::select {

std::string ArithmeticOf(const RunConfig& config) {
  if (config.device == "cpu" || config.device == "auto") return CpuArithmetic(config);
  throw EnvironmentError(
      "--device {}: CUDA devices are reached through LibTorch, which this build has not; use --device cpu, or install "
      "a LibTorch with CUDA and build again",
      config.device);
}

ga::Fitness MakeFitness(const RunConfig& config, const SearchData& data, uint64_t seed, int) {
  return CpuFitness(config, data, seed);
}

}  // namespace kallos::select
