// On a real device; skipped where there is none.
#include <gmock/gmock.h>

#include <cmath>

#include "lib/core/error.h"
#include "lib/nn/training/trainable_network.h"
#include "tests/nn/reference_weights.h"

namespace kallos::nn {
namespace {

class CudaTraining : public testing::Test {
 protected:
  void SetUp() override {
    device_ = ResolveDevice("auto");
    if (!device_.cuda) GTEST_SKIP() << "skipped: LibTorch sees no CUDA device here";
    for (int i = 0; i < 4; ++i) {
      pictures_.push_back(ReferencePicture(96, 83));
      for (size_t k = 0; k < pictures_.back().rgb.size(); ++k)
        pictures_.back().rgb[k] *=
            static_cast<float>(k / 3 % static_cast<size_t>(i + 2)) / static_cast<float>(i + 1);
    }
  }

  // A step of plain descent is as good as the gradient: Adam with beta1 = beta2 = 0 and a large
  // epsilon.
  std::vector<weights::Tensor> AfterAStep(const std::string& network, const Device& device,
                                          Precision precision) {
    TrainingOptions options;
    options.network = network;
    options.outputs = 20;
    options.dropout = 0.5;
    options.device = device;
    options.precision = precision;
    options.optimizer.adam.beta1 = options.optimizer.adam.beta2 = 0;
    options.optimizer.adam.epsilon = 1e3;
    TrainableNetwork trained(options);
    trained.Initialize(3);
    const auto loss = [](MatrixView<const float>, MatrixView<float> gradient) {
      for (size_t i = 0; i < gradient.rows * gradient.columns; ++i)
        gradient.data[i] = static_cast<float>(std::sin(static_cast<double>(i)));
    };
    trained.Step(pictures_, 1e3, 1, loss);
    return trained.parameters();
  }

  // Of all changes together: 1 where the steps are the same.
  double Cosine(const std::string& network, Precision precision) {
    TrainingOptions options;
    options.network = network;
    options.outputs = 20;
    TrainableNetwork fresh(options);
    fresh.Initialize(3);
    const auto before = fresh.parameters(), here = AfterAStep(network, {}, Precision::kFp32),
               there = AfterAStep(network, device_, precision);
    double product = 0, a = 0, b = 0;
    for (size_t i = 0; i < before.size(); ++i) {
      if (before[i].name.ends_with("bias") && !before[i].name.starts_with("dense1")) continue;
      for (size_t k = 0; k < before[i].values.size(); ++k) {
        const double x = here[i].values[k] - before[i].values[k],
                     y = there[i].values[k] - before[i].values[k];
        product += x * y, a += x * x, b += y * y;
      }
    }
    const double cosine = product / std::sqrt(a * b);
    fmt::print("{}: cosine {:.6f}, length {:.6f} of the CPU's\n", network, cosine,
               std::sqrt(b / a));
    return cosine;
  }

  Device device_;
  std::vector<PictureF> pictures_;
};

TEST_F(CudaTraining, StepsAreThoseOfTheCpu) {
  for (const std::string network :
       {"shufflenet_v2_narrow", "shufflenet_v2_x0_5", "efficientnet_b0"}) {
    EXPECT_GT(Cosine(network, Precision::kFp32), 0.999) << network;
    EXPECT_GT(Cosine(network, Precision::kTf32), 0.98) << network;
  }
}

}  // namespace
}  // namespace kallos::nn
