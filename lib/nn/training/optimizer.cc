#include "lib/nn/training/optimizer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lib/core/error.h"
#include "lib/core/target_clones.h"
#include "lib/parallel/parallel.h"

#define KALLOS_VECTORISED KALLOS_TARGET_CLONES("avx512f", "avx2", "default")

namespace kallos::nn {
namespace {

constexpr int64_t kShare = 1 << 16;  // numbers that one task takes

// Adam (Kingma and Ba, "Adam", 2015, algorithm 1) with the weight decay of AdamW (Loshchilov and
// Hutter, "Decoupled Weight Decay Regularization", 2019, algorithm 2), at step t:
//   g = clip * gradient
//   m = beta1 m + (1 - beta1) g
//   v = beta2 v + (1 - beta2) g^2
//   parameter = (1 - lr decay) parameter
//               - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
// with the names gradient = clip, keep = 1 - lr decay, rate = lr / (1 - beta1^t) and
// root = 1 / sqrt(1 - beta2^t).
struct StepFactors {
  float beta1 = 0, beta2 = 0, gradient = 1, keep = 1, rate = 0, root = 1, epsilon = 0;
};

KALLOS_VECTORISED void Adam(const StepFactors& s, const float* gradient, float* parameter,
                            float* first, float* second, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const float g = s.gradient * gradient[i];
    first[i] = s.beta1 * first[i] + (1 - s.beta1) * g;
    second[i] = s.beta2 * second[i] + (1 - s.beta2) * g * g;
    parameter[i] =
        s.keep * parameter[i] - s.rate * first[i] / (std::sqrt(second[i]) * s.root + s.epsilon);
  }
}

// The exponential moving average: average = (1 - share) average + share target.
KALLOS_VECTORISED void MoveAverage(float share, const float* target, float* average, int64_t n) {
  for (int64_t i = 0; i < n; ++i) average[i] += share * (target[i] - average[i]);
}

void AdamOnDevice(const StepFactors& s, const at::Tensor& gradient, at::Tensor& parameter,
                  at::Tensor& first, at::Tensor& second) {
  const at::Tensor g = gradient * s.gradient;
  first.mul_(s.beta1).add_(g, 1 - s.beta1);
  second.mul_(s.beta2).addcmul_(g, g, 1 - s.beta2);
  parameter.mul_(s.keep).addcdiv_(first, second.sqrt().mul_(s.root).add_(s.epsilon), -s.rate);
}

// work(offset, count) over shares of n numbers, on all threads.
template <typename Work>
void ForEachShare(int64_t n, const Work& work) {
  ParallelFor(static_cast<size_t>((n + kShare - 1) / kShare), [&](size_t k) {
    const int64_t first = static_cast<int64_t>(k) * kShare;
    work(first, std::min(kShare, n - first));
  });
}

double SquareOf(const at::Tensor& gradient) {
  std::vector<double> squares(static_cast<size_t>((gradient.numel() + kShare - 1) / kShare));
  const float* values = gradient.data_ptr<float>();
  ForEachShare(gradient.numel(), [&](int64_t first, int64_t n) {
    double sum = 0;
    for (int64_t i = first; i < first + n; ++i) sum += double{values[i]} * values[i];
    squares[static_cast<size_t>(first / kShare)] = sum;
  });
  return std::accumulate(squares.begin(), squares.end(), 0.0);
}

// Of all gradients together.
double LengthOf(const NamedTensors& gradients) {
  double square = 0;
  std::vector<at::Tensor> on_device;  // one transfer for all of them
  for (const auto& [name, gradient] : gradients) {
    if (gradient.is_cuda()) {
      on_device.push_back(gradient.to(at::kDouble).square().sum());
    } else {
      square += SquareOf(gradient);
    }
  }
  if (!on_device.empty()) square += at::stack(on_device).sum().item<double>();
  return std::sqrt(square);
}

bool IsKernel(const at::Tensor& parameter) {
  return parameter.dim() > 1;
}

NamedTensors Copies(const NamedTensors& tensors) {
  NamedTensors copies;
  for (const auto& [name, tensor] : tensors) copies[name] = tensor.clone();
  return copies;
}

}  // namespace

Optimizer::Optimizer(const OptimizerOptions& options, const NamedTensors& parameters)
    : options_(options) {
  for (const auto& [name, parameter] : parameters) {
    if (IsMovingStatistic(name)) continue;
    first_[name] = at::zeros_like(parameter);
    second_[name] = at::zeros_like(parameter);
  }
  if (options_.average > 0) average_ = Copies(parameters);
}

double Optimizer::RateOf(const std::string& name) const {
  for (const auto& [begin, factor] : options_.rates) {
    if (name.starts_with(begin)) return factor;
  }
  return 1;
}

double Optimizer::Step(NamedTensors& parameters, const NamedTensors& gradients,
                       double learning_rate) {
  ++steps_;
  const double length = LengthOf(gradients);
  const auto steps = static_cast<double>(steps_ - forgotten_);
  StepFactors step;
  step.beta1 = static_cast<float>(options_.adam.beta1);
  step.beta2 = static_cast<float>(options_.adam.beta2);
  step.epsilon = static_cast<float>(options_.adam.epsilon);
  step.root = static_cast<float>(1 / std::sqrt(1 - std::pow(options_.adam.beta2, steps)));
  if (options_.largest_gradient > 0 && length > options_.largest_gradient)
    step.gradient = static_cast<float>(options_.largest_gradient / length);
  for (const auto& [name, gradient] : gradients) {
    at::Tensor &parameter = parameters.at(name), &first = first_.at(name),
               &second = second_.at(name);
    KALLOS_CHECK(gradient.sizes() == parameter.sizes(), "{}", name);
    const double rate = learning_rate * RateOf(name);
    step.rate = static_cast<float>(rate / (1 - std::pow(options_.adam.beta1, steps)));
    step.keep = IsKernel(parameter) ? static_cast<float>(1 - rate * options_.weight_decay) : 1;
    if (parameter.is_cuda()) {
      AdamOnDevice(step, gradient, parameter, first, second);
      continue;
    }
    const float* g = gradient.data_ptr<float>();
    float *p = parameter.data_ptr<float>(), *m = first.data_ptr<float>(),
          *v = second.data_ptr<float>();
    ForEachShare(parameter.numel(),
                 [&](int64_t i, int64_t n) { Adam(step, g + i, p + i, m + i, v + i, n); });
  }
  // average <- average + share (parameter - average), share = 1 - decay. The decay is min(average,
  // (1 + t) / (10 + t)), as TensorFlow's ExponentialMovingAverage has it: small at first, so that
  // the parameters that training began with are soon forgotten.
  const double share = std::max(1 - options_.average, 9 / (10 + static_cast<double>(steps_)));
  for (auto& [name, average] : average_) {
    const at::Tensor& target = parameters.at(name);
    if (target.is_cuda()) {
      average.lerp_(target, share);
      continue;
    }
    const float* t = target.data_ptr<float>();
    float* a = average.data_ptr<float>();
    ForEachShare(target.numel(), [&](int64_t i, int64_t n) {
      MoveAverage(static_cast<float>(share), t + i, a + i, n);
    });
  }
  return length;
}

void Optimizer::ForgetMoments() {
  for (NamedTensors* moments : {&first_, &second_}) {
    for (auto& [name, moment] : *moments) moment.zero_();
  }
  forgotten_ = steps_;
}

void Optimizer::set_state(State state) {
  const auto take = [](NamedTensors& ours, NamedTensors& theirs) {
    KALLOS_CHECK(ours.size() == theirs.size());
    for (auto& [name, tensor] : ours) {
      KALLOS_CHECK(theirs.contains(name) && theirs.at(name).sizes() == tensor.sizes(), "{}", name);
      tensor = theirs.at(name);
    }
  };
  take(first_, state.first);
  take(second_, state.second);
  take(average_, state.average);
  steps_ = state.steps;
  forgotten_ = state.forgotten;
}

}  // namespace kallos::nn
