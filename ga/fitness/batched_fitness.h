// The fitness of many sets of columns at once on a device: K heads are trained as stacked
// parameters, each kernel one tensor [K, in, out], so that a step is a handful of batched products
// whatever K. No LibTorch type in this header.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "ga/fitness/head_fitness.h"
#include "lib/device/device.h"

namespace kallos::ga {

struct BatchSettings {
  Device device;
  int64_t together = 0;  // heads trained at once; 0 = as many as the device's free memory holds
};

// Every head is trained as TrainOnColumns trains it: the same first weights, order of rows, dropout
// masks, Adam and moving statistics. On one device for one K the results are the same each time;
// elsewhere they differ by rounding. The features stay on the device for the object's life.
class BatchedFitness {
 public:
  // Keeps a reference to `data`. Throws EnvironmentError when the features do not fit into the
  // device's memory.
  BatchedFitness(const Recipe& recipe, Metric metric, const FitnessData& data, uint64_t seed,
                 const BatchSettings& settings);
  ~BatchedFitness();
  BatchedFitness(const BatchedFitness&) = delete;
  BatchedFitness& operator=(const BatchedFitness&) = delete;

  // Calls done(i, fitness) for each; NaN for one whose training diverges. All individuals, of all
  // calls, have equally many columns. When the device runs out of memory, half as many heads are
  // trained at once, and the log says so; EnvironmentError when not even one fits.
  void Evaluate(std::span<const Columns> individuals, const Budget& budget,
                const std::function<void(size_t i, double fitness)>& done);

  // [individual][step]: the losses of the first `steps` steps on the first fold.
  std::vector<std::vector<double>> FirstLosses(std::span<const Columns> individuals, int64_t steps);

  int64_t together() const;  // heads that are trained at once

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kallos::ga
