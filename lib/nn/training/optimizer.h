// Adam (Kingma and Ba, 2015) and AdamW (Loshchilov and Hutter, 2019) over named parameters, with
// clipping of the gradient and an exponential moving average of the weights.
#pragma once

#include <string>

#include "lib/nn/training/network_parameters.h"
#include "lib/nn/training/optimizer_options.h"

namespace kallos::nn {

class Optimizer {
 public:
  // Keeps no reference to `parameters`. Moments begin at 0, the average at the parameters.
  Optimizer(const OptimizerOptions& options, const NamedTensors& parameters);

  // One step for the parameters that have a gradient; moving statistics only enter the average.
  // Returns the length of the gradient before clipping. On the CPU independent of the
  // number of threads.
  double Step(NamedTensors& parameters, const NamedTensors& gradients, double learning_rate);

  // New moments, and steps counted anew for their correction; the average goes on.
  void ForgetMoments();

  int64_t steps() const { return steps_; }
  const NamedTensors& average() const { return average_; }  // empty where none is kept

  // All that the next steps depend on besides parameters and options.
  struct State {
    int64_t steps = 0;
    int64_t forgotten = 0;  // steps when the moments were last new
    NamedTensors first, second, average;
  };
  State state() const { return {steps_, forgotten_, first_, second_, average_}; }
  void set_state(State state);  // tensors of the same names and shapes

 private:
  double RateOf(const std::string& name) const;

  OptimizerOptions options_;
  int64_t steps_ = 0;
  int64_t forgotten_ = 0;
  NamedTensors first_, second_, average_;
};

}  // namespace kallos::nn
