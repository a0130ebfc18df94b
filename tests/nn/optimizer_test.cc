// Steps against the formulas written out in float64, and a state that goes on to the same bytes.
#include "lib/nn/training/optimizer.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>

#include "lib/core/rng.h"
#include "lib/parallel/parallel.h"

namespace kallos::nn {
namespace {

at::Tensor RandomTensor(at::IntArrayRef shape, const std::string& name, uint64_t index) {
  at::Tensor x = at::empty(shape, at::kFloat);
  class Stream stream(1, "test/" + name, index);
  for (int64_t i = 0; i < x.numel(); ++i)
    x.data_ptr<float>()[i] = static_cast<float>(stream.Normal());
  return x;
}

NamedTensors RandomParameters(uint64_t index) {
  return {{"body/kernel",
           RandomTensor({7, 5, 3, 3}, "body", index).contiguous(at::MemoryFormat::ChannelsLast)},
          {"body/moving_mean", RandomTensor({7}, "mean", index)},
          {"top/bias", RandomTensor({70000}, "bias", index)},
          {"top/kernel", RandomTensor({7, 5, 1, 1}, "top", index)}};
}

NamedTensors RandomGradients(uint64_t index) {
  NamedTensors gradients = RandomParameters(100 + index);
  gradients.erase("body/moving_mean");
  return gradients;
}

// One parameter by Kingma and Ba's algorithm 1, with Loshchilov and Hutter's decay.
struct Reference {
  at::Tensor parameter, first, second;
  void Step(const OptimizerOptions& o, const at::Tensor& g, double rate, double decay, int t) {
    parameter = parameter * (1 - rate * decay);
    first = o.adam.beta1 * first + (1 - o.adam.beta1) * g;
    second = o.adam.beta2 * second + (1 - o.adam.beta2) * g * g;
    const at::Tensor m = first / (1 - std::pow(o.adam.beta1, t)),
                     v = second / (1 - std::pow(o.adam.beta2, t));
    parameter = parameter - rate * m / (v.sqrt() + o.adam.epsilon);
  }
};

TEST(Optimizer, StepsAreThoseOfTheFormulas) {
  OptimizerOptions options;
  options.adam.beta1 = 0.8;
  options.adam.beta2 = 0.95;
  options.adam.epsilon = 1e-3;
  options.weight_decay = 0.5;
  options.largest_gradient = 20;
  options.average = 0.75;
  options.rates = {{"top/k", 10}, {"top/", 0}};
  NamedTensors parameters = RandomParameters(0);
  const at::Tensor bias = parameters.at("top/bias").clone();
  Optimizer optimizer(options, parameters);
  std::map<std::string, Reference> expected;
  for (const auto& [name, tensor] : parameters) {
    const at::Tensor zero = at::zeros_like(tensor, at::kDouble);
    expected[name] = {tensor.to(at::kDouble), zero, zero};
  }
  at::Tensor average = parameters.at("body/kernel").to(at::kDouble),
             mean = parameters.at("body/moving_mean").clone();
  for (int t = 1; t <= 4; ++t) {
    const NamedTensors gradients = RandomGradients(static_cast<uint64_t>(t));
    double square = 0;
    for (const auto& [name, g] : gradients)
      square += g.to(at::kDouble).square().sum().item<double>();
    const double factor = std::min(1.0, 20 / std::sqrt(square));
    parameters.at("body/moving_mean").add_(1);
    EXPECT_NEAR(optimizer.Step(parameters, gradients, 0.01), std::sqrt(square),
                1e-6 * std::sqrt(square));
    for (const auto& [name, g] : gradients) {
      const double rate = name == "top/kernel" ? 0.1 : name == "top/bias" ? 0 : 0.01;
      expected[name].Step(options, g.to(at::kDouble) * factor, rate, name == "top/bias" ? 0 : 0.5,
                          t);
      EXPECT_TRUE(
          parameters.at(name).to(at::kDouble).allclose(expected[name].parameter, 1e-5, 1e-6))
          << name << t;
    }
    const double keep = std::min(0.75, (1.0 + t) / (10.0 + t));
    average = keep * average + (1 - keep) * expected["body/kernel"].parameter;
    mean = keep * mean + (1 - keep) * parameters.at("body/moving_mean");
  }
  EXPECT_TRUE(parameters.at("top/bias").equal(bias)) << "its learning rate is 0";
  EXPECT_TRUE(optimizer.average().at("body/kernel").to(at::kDouble).allclose(average, 1e-5, 1e-6));
  EXPECT_TRUE(optimizer.average().at("body/moving_mean").allclose(mean, 1e-5, 1e-6));
}

TEST(Optimizer, ShortGradientsStayAsTheyAre) {
  OptimizerOptions options;
  NamedTensors plain = RandomParameters(0), clipped = RandomParameters(0);
  Optimizer a(options, plain);
  options.largest_gradient = 1e6;
  Optimizer b(options, clipped);
  a.Step(plain, RandomGradients(1), 0.1);
  b.Step(clipped, RandomGradients(1), 0.1);
  for (const auto& [name, tensor] : plain) EXPECT_TRUE(tensor.equal(clipped.at(name))) << name;
}

TEST(Optimizer, GoesOnFromItsStateAtAnyThreadCount) {
  OptimizerOptions options;
  options.average = 0.9;
  NamedTensors parameters = RandomParameters(0);
  Optimizer optimizer(options, parameters);
  for (uint64_t t = 0; t < 3; ++t) optimizer.Step(parameters, RandomGradients(t), 0.01);
  NamedTensors others;
  for (const auto& [name, tensor] : parameters) others[name] = tensor.clone();
  Optimizer resumed(options, RandomParameters(1));
  Optimizer::State state = optimizer.state();
  for (NamedTensors* tensors : {&state.first, &state.second, &state.average}) {
    for (auto& [name, tensor] : *tensors) tensor = tensor.clone();
  }
  resumed.set_state(std::move(state));
  for (uint64_t t = 3; t < 5; ++t) optimizer.Step(parameters, RandomGradients(t), 0.01);
  SetThreads(1);
  for (uint64_t t = 3; t < 5; ++t) resumed.Step(others, RandomGradients(t), 0.01);
  SetThreads(0);
  EXPECT_EQ(resumed.steps(), 5);
  for (const auto& [name, tensor] : parameters) {
    EXPECT_TRUE(tensor.equal(others.at(name))) << name;
    EXPECT_TRUE(optimizer.average().at(name).equal(resumed.average().at(name))) << name;
  }
}

}  // namespace
}  // namespace kallos::nn
