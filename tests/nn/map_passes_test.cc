// Each pass against its formula in float64, for numbers of channels that fill no register and such
// that do.
#include "lib/nn/training/map_passes.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "lib/core/rng.h"

namespace kallos::nn {
namespace {

constexpr int kParts = 3;

at::Tensor Random(at::IntArrayRef shape, const std::string& name, double scale = 1) {
  at::Tensor x = at::empty(shape, at::kFloat);
  class Stream stream(1, "test/" + name);
  for (int64_t i = 0; i < x.numel(); ++i)
    x.data_ptr<float>()[i] = static_cast<float>(scale * stream.Normal());
  return x;
}

Parts RandomParts(int64_t channels, const std::string& name, double scale = 1) {
  Parts parts;
  for (int i = 0; i < kParts; ++i)
    parts.push_back(
        Random({1, 7, 5, channels}, fmt::format("{}{}", name, i), scale).permute({0, 3, 1, 2}));
  return parts;
}

at::Tensor Batch(const Parts& parts) {
  return at::cat(parts, 0).to(at::kDouble);
}

at::Tensor Wide(const at::Tensor& vector) {
  return vector.to(at::kDouble).view({1, -1, 1, 1});
}

void ExpectNear(const at::Tensor& found, const at::Tensor& expected, const std::string& what) {
  EXPECT_TRUE(found.to(at::kDouble).allclose(expected, 2e-6, 2e-6))
      << what << ": " << (found.to(at::kDouble) - expected).abs().max().item<double>();
}

// Value and derivative.
std::pair<at::Tensor, at::Tensor> Exact(Activation activation, const at::Tensor& z) {
  const at::Tensor s = at::sigmoid(z), ones = at::ones_like(z);
  switch (activation) {
    case Activation::kNone:
      return {z, ones};
    case Activation::kRelu:
      return {z.clamp_min(0), (z > 0).to(at::kDouble)};
    case Activation::kRelu6:
      return {z.clamp(0, 6), (z > 0).logical_and(z < 6).to(at::kDouble)};
    case Activation::kSwish:
      return {z * s, s * (1 + z * (1 - s))};
    case Activation::kSigmoid:
      return {s, s * (1 - s)};
  }
  return {};
}

class MapPasses : public testing::TestWithParam<int64_t> {};

TEST_P(MapPasses, ActivationsAndTheirSlopes) {
  const int64_t channels = GetParam();
  const Parts x = RandomParts(channels, "x"), residual = RandomParts(channels, "residual", 2);
  for (const Activation activation : {Activation::kNone, Activation::kRelu, Activation::kRelu6,
                                      Activation::kSwish, Activation::kSigmoid}) {
    // With a factor of 30 numbers go far beyond where exponentials overflow.
    for (const double scale : {1.0, 30.0}) {
      AffineMap map{Random({channels}, "mean"), Random({channels}, "factor", scale),
                    Random({channels}, "shift"), activation, nullptr};
      for (const Parts* added : {static_cast<const Parts*>(nullptr), &residual}) {
        map.residual = added;
        at::Tensor z = Wide(map.factor) * (Batch(x) - Wide(map.mean)) + Wide(map.shift);
        if (added != nullptr) z = z + Batch(*added);
        const auto [value, derivative] = Exact(activation, z);
        const Parts y = Apply(map, x);
        EXPECT_TRUE((Batch(y) - value).abs().max().item<double>() <
                    2e-6 * (1 + z.abs().max().item<double>()));
        Parts gradient = RandomParts(channels, "gradient");
        const at::Tensor expected = Batch(gradient) * derivative;
        ToGradientOfZ(map, x, gradient);
        EXPECT_LT((Batch(gradient) - expected).norm().item<double>(),
                  3e-6 * scale * expected.norm().item<double>());
      }
    }
  }
}

TEST_P(MapPasses, SumsAndCombinations) {
  const int64_t channels = GetParam();
  const Parts x = RandomParts(channels, "x"), gradient = RandomParts(channels, "gradient");
  const at::Tensor mean = Random({channels}, "mean"), a = Random({channels}, "a"),
                   b = Random({channels}, "b"), c = Random({channels}, "c");
  const at::Tensor centred = Batch(x) - Wide(mean);
  const GradientSums sums = SumsOf(gradient, x, mean);
  EXPECT_TRUE(sums.shift.to(at::kDouble).allclose(Batch(gradient).sum({0, 2, 3}), 1e-5, 1e-5));
  EXPECT_TRUE(
      sums.factor.to(at::kDouble).allclose((Batch(gradient) * centred).sum({0, 2, 3}), 1e-5, 1e-5));
  ExpectNear(Batch(Combined(gradient, x, mean, a, b, c)),
             Wide(a) * Batch(gradient) + Wide(b) * centred + Wide(c), "combined");
}

// A mean a thousand times the spread must not swallow the variance.
TEST_P(MapPasses, Moments) {
  const int64_t channels = GetParam();
  for (const double offset : {0.0, 1000.0}) {
    Parts x = RandomParts(channels, "x");
    for (at::Tensor& part : x) part.add_(offset);
    const nn::Moments moments = MomentsOf(x);
    EXPECT_EQ(moments.count, kParts * 35);
    EXPECT_TRUE(moments.mean.to(at::kDouble).allclose(Batch(x).mean({0, 2, 3}), 1e-6, 1e-6));
    EXPECT_TRUE(moments.variance.to(at::kDouble).allclose(Batch(x).var({0, 2, 3}, false), 1e-5, 0));
  }
}

INSTANTIATE_TEST_SUITE_P(Channels, MapPasses,
                         testing::Values(1, 3, 15, 16, 21, 127, 128, 130, 1000),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace kallos::nn
