// The two CPU executors must agree, and a photograph's features must not depend on what ran before
// it.
#include "lib/nn/onednn_execution.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>

#include "lib/core/cpu.h"
#include "lib/core/rng.h"
#include "lib/nn/architecture.h"
#include "lib/nn/declaration.h"
#include "lib/nn/denoising_network.h"
#include "lib/nn/map_kernels.h"
#include "lib/parallel/parallel.h"
#include "tests/nn/denoising_weights.h"

namespace kallos::nn {
namespace {

constexpr double kFp32 = 1e-5;  // two orders of the same float32 sums, through a hundred layers
constexpr double kBf16 = 0.05;  // 8 bits of mantissa

constexpr int64_t kOutputs = 37;

class Network {
 public:
  Network(const std::string& name, Taps taps)
      : architecture_(FindArchitecture(name, kOutputs)), taps_(taps) {
    Declaration declaration;
    BuildNetwork(declaration, architecture_);
    convs_ = FoldConvs(declaration.convs, RandomParameters(KerasLayout(name, kOutputs), 7));
    packed_ = PackForOneDnn(convs_, at::kFloat);
    if (CpuHasAvx512()) packed_bf16_ = PackForOneDnn(convs_, at::kBFloat16);
  }

  at::Tensor Torch(const at::Tensor& input) const {
    return Compute(TorchExecution(convs_, input, taps_));
  }
  at::Tensor OneDnn(const at::Tensor& input) const {
    return Compute(OneDnnExecution(*packed_, convs_, input.clone(), taps_));
  }
  at::Tensor OneDnnBf16(const at::Tensor& input) const {
    return Compute(OneDnnExecution(*packed_bf16_, convs_, input.to(at::kBFloat16), taps_));
  }

 private:
  template <typename Execution>
  at::Tensor Compute(Execution execution) const {
    const c10::InferenceMode inference;
    BuildNetwork(execution, architecture_);
    return execution.Features();
  }

  const Architecture architecture_;
  Taps taps_;
  std::vector<FoldedConv> convs_;
  std::shared_ptr<OneDnnConvs> packed_, packed_bf16_;
};

at::Tensor RandomMap(int64_t channels, int64_t height, int64_t width, uint64_t seed) {
  at::Tensor x = at::empty({1, height, width, channels}, at::kFloat);
  class Stream stream(seed, "test/map");
  for (int64_t i = 0; i < x.numel(); ++i)
    x.data_ptr<float>()[i] = static_cast<float>(stream.Uniform() - 0.5);
  return x.permute({0, 3, 1, 2});
}

double RelativeL2(const at::Tensor& found, const at::Tensor& expected) {
  return (found - expected).norm().item<double>() / expected.norm().item<double>();
}

struct Case {
  const char* name;
  Taps taps;
  int height, width;
};

class Executors : public testing::TestWithParam<Case> {};

TEST_P(Executors, Agree) {
  const Case& c = GetParam();
  const Network network(c.name, c.taps);
  const at::Tensor input = RandomMap(3, c.height, c.width, 1);
  const at::Tensor expected = network.Torch(input);
  EXPECT_LT(RelativeL2(network.OneDnn(input), expected), kFp32);
  if (!CpuHasAvx512()) GTEST_SKIP() << "the bf16 half: this CPU has no AVX-512";
  EXPECT_LT(RelativeL2(network.OneDnnBf16(input), expected), kBf16);
}

TEST_P(Executors, ResultDependsOnThePictureAlone) {
  const Case& c = GetParam();
  const Network network(c.name, c.taps);
  const at::Tensor input = RandomMap(3, c.height, c.width, 1);
  const at::Tensor first = network.OneDnn(input);
  network.OneDnn(RandomMap(3, c.height + 20, c.width - 10, 2));
  EXPECT_TRUE(network.OneDnn(input).equal(first)) << "after another size";
  std::vector<at::Tensor> found(6);
  ParallelFor(found.size(), [&](size_t i) { found[i] = network.OneDnn(input); });
  for (const at::Tensor& features : found)
    EXPECT_TRUE(features.equal(first)) << "on several threads";
}

INSTANTIATE_TEST_SUITE_P(Networks, Executors,
                         testing::Values(Case{"mobilenet_v1_025", Taps::kMultigap, 97, 131},
                                         Case{"mobilenet_v1_100", Taps::kPooled, 64, 64},
                                         Case{"efficientnet_b0", Taps::kMultigap, 75, 98},
                                         Case{"shufflenet_v2_x0_5", Taps::kMultigap, 75, 98},
                                         Case{"shufflenet_v2_x1_5", Taps::kOutputs, 64, 101},
                                         Case{"shufflenet_v2_narrow", Taps::kOutputs, 97, 64},
                                         Case{"shufflenet_v2_narrow_legacy", Taps::kMultigap, 98,
                                              75},
                                         Case{"efficientnet_b3", Taps::kPooled, 101, 64},
                                         Case{"inception_resnet_v2", Taps::kMultigap, 99, 120}),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(DilatedConvolutions, AgreeAtEverySize) {
  const c10::InferenceMode inference;
  const std::vector<FoldedConv> convs =
      FoldConvs(DenoisingConvs(), DenoisingParameters(DenoisingFile()));
  const auto packed = PackForOneDnn(convs, at::kFloat);
  for (const auto& [height, width] :
       {std::pair(1, 1), std::pair(3, 40), std::pair(41, 7), std::pair(57, 64)}) {
    const at::Tensor input = RandomMap(5, height, width, 1);
    TorchExecution torch(convs, input, Taps::kPooled);
    OneDnnExecution onednn(*packed, convs, input.clone(), Taps::kPooled);
    EXPECT_LT(RelativeL2(DenoisingNetwork(onednn).tensor, DenoisingNetwork(torch).tensor), kFp32)
        << height;
  }
}

TEST(MapKernels, AverageIsTheMean) {
  for (const int64_t channels : {1, 3, 16, 40, 2049, 5000}) {
    const at::Tensor x = RandomMap(channels, 13, 17, static_cast<uint64_t>(channels));
    EXPECT_TRUE(AverageMap(x).allclose(x.to(at::kDouble).mean({2, 3}).to(at::kFloat), 1e-6, 1e-7))
        << channels;
    const at::Tensor rounded = x.to(at::kBFloat16);
    EXPECT_TRUE(AverageMap(rounded).allclose(rounded.to(at::kDouble).mean({2, 3}).to(at::kFloat),
                                             1e-6, 1e-7));
  }
}

TEST(MapKernels, GateMultipliesByChannel) {
  const at::Tensor gate = RandomMap(5, 1, 1, 3);
  std::vector<float> values;
  std::vector<uint16_t> channel;
  for (int i = 0; i < 1001; ++i) {
    values.push_back(static_cast<float>(i) * 0.37f - 100);
    channel.push_back(static_cast<uint16_t>(i * 7 % 5));
  }
  std::vector<float> expected(values.size()), out(values.size());
  for (size_t i = 0; i < values.size(); ++i)
    expected[i] = values[i] * gate.data_ptr<float>()[channel[i]];
  GateWeights(values, channel, gate, out.data());
  EXPECT_EQ(out, expected);

  const at::Tensor gate16 = gate.to(at::kBFloat16);
  at::Tensor out16 = at::empty({static_cast<int64_t>(values.size())}, at::kBFloat16);
  GateWeights(values, channel, gate16, out16.data_ptr());
  const at::Tensor factors = gate16.to(at::kFloat);
  for (size_t i = 0; i < values.size(); ++i)
    expected[i] = values[i] * factors.data_ptr<float>()[channel[i]];
  EXPECT_TRUE(out16.equal(at::tensor(expected).to(at::kBFloat16)));
}

}  // namespace
}  // namespace kallos::nn
