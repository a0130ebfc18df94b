#include "ga/fitness/device_fitness.h"

#include <memory>

#include "ga/fitness/batched_fitness.h"
#include "lib/core/error.h"
#include "lib/linalg/bf16.h"

namespace kallos::ga {
namespace {

Fitness CpuFitness(const FitnessSettings& settings, const FitnessData& data, uint64_t seed) {
  return [settings, data, seed](std::span<const Genome> genomes, int64_t divisor,
                                const Done& done) {
    const Budget budget{settings.resource, divisor};
    const FitnessData part{data.features, data.labels, WithBudget(data, budget, seed)};
    HeadFitnesses(WithBudget(settings.recipe, budget), settings.metric, part, genomes, seed, done);
  };
}

// BatchedFitness and what it refers to.
struct DeviceFitness {
  FitnessSettings settings;
  FitnessData data;
  BatchedFitness batched;

  DeviceFitness(const FitnessSettings& own, const FitnessData& all, uint64_t seed,
                const Device& device)
      : settings(own),
        data(all),
        batched(settings.recipe, settings.metric, data, seed, {device, settings.together}) {}
};

}  // namespace

std::string ArithmeticOf(const FitnessSettings& settings) {
  const Precision precision = settings.recipe.precision;
  if (ResolveDevice(settings.device).cuda) return "cuda " + EnumName(precision);
  if (precision != Precision::kBf16) return "cpu";
  if (linalg::CpuHasBf16Products()) return "cpu bf16";
  throw EnvironmentError(
      "--precision bf16: this CPU has no AVX-512, or this build no oneDNN; use --precision fp32");
}

Fitness MakeFitness(const FitnessSettings& settings, const FitnessData& data, uint64_t seed,
                    int local_rank) {
  Device device = ResolveDevice(settings.device);
  if (!device.cuda) return CpuFitness(settings, data, seed);
  if (settings.device.find(':') == std::string::npos) device.index = local_rank % CudaDevices();
  const auto own = std::make_shared<DeviceFitness>(settings, data, seed, device);
  return [own](std::span<const Genome> genomes, int64_t divisor, const Done& done) {
    own->batched.Evaluate(genomes, {own->settings.resource, divisor}, done);
  };
}

}  // namespace kallos::ga
