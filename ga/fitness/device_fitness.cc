#include "ga/fitness/device_fitness.h"

#include "ga/fitness/batched_fitness.h"
#include "ga/fitness/cpu_fitness.h"

namespace kallos::ga {

std::string ArithmeticOf(const RunConfig& config) {
  return ResolveDevice(config.device).cuda ? "cuda " + EnumName(config.precision)
                                           : CpuArithmetic(config);
}

Fitness MakeFitness(const RunConfig& config, const SearchData& data, uint64_t seed,
                    int local_rank) {
  Device device = ResolveDevice(config.device);
  if (!device.cuda) return CpuFitness(config, data, seed);
  if (config.device.find(':') == std::string::npos) device.index = local_rank % CudaDevices();
  struct Held {
    FitnessData view;
    BatchedFitness batched;
    Held(const RunConfig& c, const SearchData& d, uint64_t s, const Device& where)
        : view(d.View()), batched(RecipeOf(c), c.metric, view, s, {where, c.together}) {}
  };
  const auto held = std::make_shared<Held>(config, data, seed, device);
  return [held, by = config.look_by](std::span<const Genome> genomes, int64_t shortened,
                                     const Done& done) {
    held->batched.Evaluate(genomes, {by, shortened}, done);
  };
}

}  // namespace kallos::ga
