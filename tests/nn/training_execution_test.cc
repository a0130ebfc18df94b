// Outputs, gradients and moving statistics against LibTorch's automatic differentiation in float64.
#include "lib/nn/training/training_execution.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/nn/architecture.h"
#include "lib/parallel/parallel.h"
#include "tests/nn/autograd_execution.h"

namespace kallos::nn {
namespace {

constexpr double kNear = 1e-4;      // relative L2
constexpr int64_t kOutputs = 1030;  // more than one share of a dense layer

at::Tensor RandomTensor(at::IntArrayRef shape, const std::string& name, uint64_t seed = 3) {
  at::Tensor x = at::empty(shape, at::kFloat);
  class Stream stream(seed, "test/" + name);
  for (int64_t i = 0; i < x.numel(); ++i)
    x.data_ptr<float>()[i] = static_cast<float>(stream.Normal());
  return x;
}

// As after some training: every vector has values of its own.
NamedTensors RandomTrained(const std::string& network) {
  const auto layers = KerasLayout(network, kOutputs);
  NamedTensors parameters = TensorsOf(layers, RandomParameters(layers, 5), at::kCPU);
  for (auto& [name, tensor] : parameters) {
    if (tensor.dim() > 1) continue;
    const bool positive = name.ends_with("gamma") || name.ends_with("moving_variance");
    tensor = RandomTensor(tensor.sizes(), name) * 0.1 + (positive ? 1.0 : 0.0);
  }
  return parameters;
}

NamedTensors Copies(const NamedTensors& tensors) {
  NamedTensors copies;
  for (const auto& [name, tensor] : tensors) copies[name] = tensor.clone();
  return copies;
}

struct Trained {
  at::Tensor outputs;
  NamedTensors gradients, parameters;
};

struct Case {
  const char* name;
  int64_t pictures, height, width;
  size_t frozen;
  Taps taps = Taps::kOutputs;
};

Architecture WithoutDropout(const std::string& name) {
  Architecture architecture = FindArchitecture(name, kOutputs);
  architecture.dropout = 0;
  return architecture;
}

Trained Ours(const Architecture& architecture, const NamedTensors& parameters,
             const at::Tensor& input, const at::Tensor& gradient, const TrainingMode& mode) {
  const c10::InferenceMode inference;
  Trained run;
  run.parameters = Copies(parameters);
  TrainingExecution execution(run.parameters, input, mode);
  BuildNetwork(execution, architecture);
  run.outputs = execution.Outputs().clone();
  run.gradients = execution.Backward(gradient);
  return run;
}

double RelativeL2(const at::Tensor& found, const at::Tensor& expected) {
  const at::Tensor difference = found.to(at::kDouble) - expected;
  return difference.norm().item<double>() / expected.norm().item<double>();
}

// The largest relative deviation of a gradient from `expected`. Some are truly 0, as of a shift
// that the next batch norm takes away, but for rounding errors of the others; so what counts is at
// least a hundredth of a typical gradient.
double WorstDeviation(const NamedTensors& gradients, const NamedTensors& expected) {
  double square = 0;
  for (const auto& [name, found] : gradients)
    square += expected.at(name).square().sum().item<double>();
  const double least = 0.01 * std::sqrt(square / static_cast<double>(gradients.size()));
  double worst = 0;
  for (const auto& [name, found] : gradients) {
    const at::Tensor& exact = expected.at(name);
    EXPECT_EQ(found.sizes(), exact.sizes()) << name;
    const double difference = (found.to(at::kDouble) - exact).norm().item<double>();
    worst = std::max(worst, difference / std::max(exact.norm().item<double>(), least));
  }
  return worst;
}

class TrainingGradients : public testing::TestWithParam<Case> {};

// The best of a few inputs counts: with some, float32's rounding moves a number of a small map over
// the corner of a ReLU, where the gradient jumps and neither side is wrong. That happens to
// LibTorch's float32 as often.
TEST_P(TrainingGradients, AreThoseOfAutomaticDifferentiation) {
  const Case& c = GetParam();
  const Architecture architecture = WithoutDropout(c.name);
  const NamedTensors parameters = RandomTrained(c.name);
  double best = 1;
  for (uint64_t seed = 1; seed <= 4 && best > kNear; ++seed) {
    const at::Tensor input = RandomTensor({c.pictures, 3, c.height, c.width}, "input", seed);
    AutogradExecution reference(parameters, input, c.frozen, at::kDouble, c.taps);
    BuildNetwork(reference, architecture);
    const at::Tensor gradient = RandomTensor(reference.Outputs().sizes(), "gradient", seed);
    const NamedTensors expected = reference.Backward(gradient);
    const Trained run =
        Ours(architecture, parameters, input, gradient, {c.frozen, 0, 0, false, c.taps});
    EXPECT_LT(RelativeL2(run.outputs, reference.Outputs().detach()), kNear);
    for (const auto& [name, tensor] : reference.parameters()) {
      if (!IsMovingStatistic(name)) continue;
      EXPECT_LT(RelativeL2(run.parameters.at(name), tensor), kNear) << name;
    }
    const double worst = WorstDeviation(run.gradients, expected);
    fmt::print("{} from {}: {} gradients, worst relative L2 {:.1e}\n", c.name, c.frozen,
               run.gradients.size(), worst);
    best = std::min(best, worst);
  }
  EXPECT_LT(best, kNear);
}

INSTANTIATE_TEST_SUITE_P(Networks, TrainingGradients,
                         testing::Values(Case{"shufflenet_v2_narrow", 5, 96, 83, 0},
                                         Case{"shufflenet_v2_narrow_legacy", 4, 97, 96, 9},
                                         Case{"shufflenet_v2_x0_5", 4, 75, 96, 0},
                                         Case{"shufflenet_v2_x0_5", 3, 64, 64, 20},
                                         Case{"efficientnet_b0", 4, 64, 75, 0},
                                         Case{"efficientnet_b0", 2, 64, 64, 30},
                                         Case{"mobilenet_v1_025", 4, 64, 65, 0},
                                         Case{"mobilenet_v1_025", 3, 64, 65, 0, Taps::kMultigap},
                                         Case{"inception_resnet_v2", 3, 139, 120, 225}),
                         [](const auto& instance) {
                           return fmt::format("{}_frozen_{}{}", instance.param.name,
                                              instance.param.frozen,
                                              instance.param.taps == Taps::kOutputs ? "" : "_taps");
                         });

TEST(TrainingExecution, FrozenLayersHaveNoGradientAndDoNotMove) {
  const Architecture architecture = WithoutDropout("shufflenet_v2_narrow");
  const NamedTensors parameters = RandomTrained("shufflenet_v2_narrow");
  const Trained run = Ours(architecture, parameters, RandomTensor({2, 3, 64, 64}, "input"),
                           RandomTensor({2, kOutputs}, "gradient"), {1, 0, 0});
  EXPECT_FALSE(run.gradients.contains("conv1/kernel"));
  EXPECT_FALSE(run.gradients.contains("bn1/gamma"));
  EXPECT_TRUE(run.gradients.contains("block1/conv1/kernel"));
  EXPECT_TRUE(run.parameters.at("bn1/moving_mean").equal(parameters.at("bn1/moving_mean")));
  EXPECT_FALSE(
      run.parameters.at("block1/bn1/moving_mean").equal(parameters.at("block1/bn1/moving_mean")));
}

TEST(TrainingExecution, SameBytesAtAnyThreadCount) {
  for (const std::string name : {"shufflenet_v2_narrow", "efficientnet_b0"}) {
    const Architecture architecture = FindArchitecture(name, kOutputs);
    const NamedTensors parameters = RandomTrained(name);
    const at::Tensor input = RandomTensor({5, 3, 64, 75}, "input"),
                     gradient = RandomTensor({5, kOutputs}, "gradient");
    SetThreads(1);
    const Trained alone = Ours(architecture, parameters, input, gradient, {0, 1, 2});
    for (const int threads : {2, 3}) {
      SetThreads(threads);
      const Trained run = Ours(architecture, parameters, input, gradient, {0, 1, 2});
      EXPECT_TRUE(run.outputs.equal(alone.outputs));
      for (const auto& [parameter, tensor] : alone.gradients)
        EXPECT_TRUE(run.gradients.at(parameter).equal(tensor))
            << parameter << " with " << threads << " threads";
    }
    SetThreads(0);
  }
}

// Dropout of a share of the numbers keeps their expectation, and draws by step and row.
TEST(TrainingExecution, DropoutDrawsByStepAndRow) {
  const c10::InferenceMode inference;
  NamedTensors none;
  const at::Tensor ones = at::ones({4, 2000, 1, 1});
  const auto dropped = [&](uint64_t step) {
    TrainingExecution execution(none, ones, {0, 7, step});
    Value x{.channels = 2000, .tensor = {}, .node = 0};
    execution.Tap("top", execution.Dropout(x, 0.7, false), Taps::kOutputs);
    return execution.Outputs().clone();
  };
  const at::Tensor first = dropped(0);
  EXPECT_NEAR(first.mean().item<double>(), 1, 0.05);
  EXPECT_NEAR((first == 0).to(at::kDouble).mean().item<double>(), 0.7, 0.02);
  EXPECT_TRUE(first.equal(dropped(0)));
  EXPECT_FALSE(first.equal(dropped(1)));
  EXPECT_FALSE(first[0].equal(first[1]));
}

}  // namespace
}  // namespace kallos::nn
