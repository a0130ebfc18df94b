// The denoiser against its network computed term by term in double precision, and what is known
// without computing.
#include "lib/nn/learned_denoiser.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "lib/core/error.h"
#include "lib/nn/block_matching.h"
#include "lib/nn/denoising_network.h"
#include "lib/nn/ready_network.h"
#include "lib/parallel/parallel.h"
#include "tests/nn/denoising_weights.h"

namespace kallos::nn {
namespace {

using testing::HasSubstr;

std::filesystem::path Write(const weights::TensorFile& file) {
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / "learned_denoiser.safetensors";
  WriteDenoiser(path, file);
  return path;
}

LearnedDenoiser Denoiser(const weights::TensorFile& file) {
  return LearnedDenoiser(Write(file));
}

// ---- the network, term by term ----

struct Map {
  int height, width, channels;
  std::vector<double> values;
  double& At(int y, int x, int c) {
    return values[static_cast<size_t>((y * width + x) * channels + c)];
  }
};

// A 3 x 3 convolution with zeros beyond the border.
Map Convolve(Map& x, const std::vector<float>& kernel, const std::vector<float>& bias,
             int dilation) {
  const auto out = static_cast<int>(bias.size());
  Map y{x.height, x.width, out, std::vector<double>(static_cast<size_t>(x.height * x.width * out))};
  for (int row = 0; row < x.height; ++row) {
    for (int column = 0; column < x.width; ++column) {
      for (int o = 0; o < out; ++o) y.At(row, column, o) = bias[static_cast<size_t>(o)];
      for (int tap = 0; tap < 9; ++tap) {
        const int from = row + (tap / 3 - 1) * dilation, beside = column + (tap % 3 - 1) * dilation;
        if (from < 0 || beside < 0 || from >= x.height || beside >= x.width) continue;
        for (int i = 0; i < x.channels; ++i) {
          for (int o = 0; o < out; ++o) {
            y.At(row, column, o) += x.At(from, beside, i) *
                                    kernel[static_cast<size_t>((tap * x.channels + i) * out + o)];
          }
        }
      }
    }
  }
  return y;
}

Map DirectNoise(const weights::TensorFile& file, Map x) {
  constexpr std::array<int, 7> kDilations = {1, 2, 3, 4, 3, 2, 1};
  auto tensor = file.tensors.begin();
  for (size_t layer = 0; layer < 7; ++layer) {
    x = Convolve(x, tensor[0].values, tensor[1].values, kDilations[layer]);
    tensor += 2;
    if (layer > 0 && layer < 6) {
      for (size_t i = 0; i < x.values.size(); ++i) {
        const auto of = [&](int k) {
          return double{tensor[k].values[i % 64]};
        };  // gamma, beta, mean, variance
        x.values[i] = (x.values[i] - of(2)) / std::sqrt(of(3) + 1e-3) * of(0) + of(1);
      }
      tensor += 4;
    }
    if (layer == 6) return x;
    for (double& value : x.values) value = std::max(value, 0.0);
  }
  return x;
}

// ---- colours, by the matrices of ITU-R BT.601 ----

using Colour = std::array<double, 3>;

Colour Times(const std::array<Colour, 3>& matrix, const Colour& x) {
  Colour y{};
  for (size_t i = 0; i < 3; ++i) {
    for (size_t k = 0; k < 3; ++k) y[i] += matrix[i][k] * x[k];
  }
  return y;
}

// YCbCr, without its offsets, of RGB in 0..1.
constexpr std::array<Colour, 3> kYCbCr = {
    {{65.481, 128.553, 24.966}, {-37.797, -74.203, 112}, {112, -93.786, -18.214}}};
// RGB in 0..1 of that: the inverse, as BT.601 gives it for 219 and 224 steps.
constexpr std::array<Colour, 3> kRgb = {
    {{1.0 / 219, 0, 1.402 / 224},
     {1.0 / 219, -1.772 * 0.114 / 0.587 / 224, -1.402 * 0.299 / 0.587 / 224},
     {1.0 / 219, 1.772 / 224, 0}}};

Colour Flipped(const Colour& x) {
  return {x[2], x[1], x[0]};
}

Colour YCbCrOf(const Picture8& picture, size_t pixel) {
  Colour rgb;
  for (size_t c = 0; c < 3; ++c) rgb[c] = picture.rgb[3 * pixel + c] / 255.0;
  Colour result = Times(kYCbCr, Flipped(rgb));
  result[0] += 16;
  return result;
}

// 0..255 before the last step, which truncates.
Colour WithoutNoise(Colour ycbcr, double noise) {
  ycbcr[0] = 255 * std::clamp((ycbcr[0] / 255 / 0.2 - noise) * 0.2, 0.0, 1.0) - 16;
  Colour rgb = Flipped(Times(kRgb, ycbcr));
  for (double& value : rgb) value = 255 * std::clamp(value, 0.0, 1.0);
  return rgb;
}

Matrix<float> NetworkInput(const Picture8& picture) {
  Matrix<float> scaled(static_cast<size_t>(picture.height), static_cast<size_t>(picture.width));
  for (size_t i = 0; i < picture.rgb.size() / 3; ++i)
    scaled.data()[i] = static_cast<float>(YCbCrOf(picture, i)[0] / 255 / 0.2);
  return scaled;
}

std::vector<float> WholeStack(const Picture8& picture) {
  std::vector<float> stack(picture.rgb.size() / 3 * kStackChannels);
  StackMatches(NetworkInput(picture).View(), {0, picture.height, 0, picture.width}, stack.data());
  return stack;
}

// Equal up to where a float's last digits decide between one whole number and the next.
template <typename NoiseOf>
void ExpectWithout(const Picture8& result, const Picture8& picture, const NoiseOf& noise) {
  ASSERT_EQ(result.rgb.size(), picture.rgb.size());
  for (size_t i = 0; i < picture.rgb.size() / 3; ++i) {
    const Colour expected = WithoutNoise(YCbCrOf(picture, i), noise(i));
    for (size_t c = 0; c < 3; ++c) {
      const int found = result.rgb[3 * i + c];
      ASSERT_GE(found, std::floor(expected[c] - 0.02)) << i;
      ASSERT_LE(found, std::floor(expected[c] + 0.02)) << i;
    }
  }
}

TEST(LearnedDenoiser, WithoutNoiseThePictureStaysExactly) {
  const Picture8 picture = RandomPicture(48, 64, 1);
  EXPECT_EQ(Denoiser(ConstantNoise(0)).Apply(picture).rgb, picture.rgb);
}

// 0.1 of noise are 5.1 grey levels of luminance, 5.1 * 255 / 219 = 5.94 of each colour; what is
// left is truncated.
TEST(LearnedDenoiser, ConstantNoiseIsTakenFromEachColour) {
  Picture8 picture{16, 16, std::vector<uint8_t>(768, 100)};
  picture.rgb[0] = 3;
  const Picture8 result = Denoiser(ConstantNoise(0.1f)).Apply(picture);
  EXPECT_EQ(result.rgb[0], 0) << "cut, not wrapped";
  EXPECT_EQ(result.rgb[1], 94);
  EXPECT_EQ(result.rgb[300], 94);
}

// Luminance is cut to 0..255: red, taken for blue, has 16 + 24.97, and losing it leaves 255 - 40.97
// * 255 / 219 = 207.3.
TEST(LearnedDenoiser, RedAndBlueChangePlaces) {
  Picture8 picture{16, 16, std::vector<uint8_t>(768)};
  for (size_t i = 0; i < 768; i += 3) picture.rgb[i] = 255;
  const Picture8 result = Denoiser(ConstantNoise(10)).Apply(picture);
  EXPECT_EQ(result.rgb[0], 207);
  EXPECT_EQ(result.rgb[1], 0);
  picture.rgb.assign(768, 128);
  EXPECT_EQ(Denoiser(ConstantNoise(-10)).Apply(picture).rgb[0], 255);
}

TEST(LearnedDenoiser, AgreesWithTheDirectComputation) {
  const Picture8 picture = RandomPicture(24, 40, 2);
  const weights::TensorFile file = DenoisingFile();
  const std::vector<float> stack = WholeStack(picture);
  const Map noise = DirectNoise(file, {24, 40, kStackChannels, {stack.begin(), stack.end()}});
  const Picture8 result = Denoiser(file).Apply(picture);
  EXPECT_NE(result.rgb, picture.rgb);
  ExpectWithout(result, picture, [&](size_t i) { return noise.values[i]; });
}

TEST(DenoisingNetwork, AgreesWithTheDirectConvolutions) {
  const weights::TensorFile file = DenoisingFile();
  std::vector<float> stack = WholeStack(RandomPicture(32, 24, 3));
  const Map expected = DirectNoise(file, {32, 24, kStackChannels, {stack.begin(), stack.end()}});
  const ReadyNetwork network(DenoisingConvs(), DenoisingParameters(file), {}, at::kFloat);
  const at::Tensor input =
      at::from_blob(stack.data(), {1, 32, 24, kStackChannels}, at::kFloat).permute({0, 3, 1, 2});
  const at::Tensor found = network.Run(input, Taps::kPooled, [](TorchExecution& execution) {
    return DenoisingNetwork(execution).tensor.contiguous().clone();
  });
  double error = 0, norm = 0;
  for (size_t i = 0; i < expected.values.size(); ++i) {
    error += std::pow(found.data_ptr<float>()[i] - expected.values[i], 2);
    norm += std::pow(expected.values[i], 2);
  }
  EXPECT_LT(std::sqrt(error / norm), 1e-5);
}

// Larger than a tile both ways, against the network over the whole picture.
TEST(LearnedDenoiser, TilesLeaveNoTrace) {
  const Picture8 picture = RandomPicture(280, 272, 4);
  const weights::TensorFile file = DenoisingFile();
  std::vector<float> stack = WholeStack(picture);
  const ReadyNetwork network(DenoisingConvs(), DenoisingParameters(file), {}, at::kFloat);
  const at::Tensor input =
      at::from_blob(stack.data(), {1, 280, 272, kStackChannels}, at::kFloat).permute({0, 3, 1, 2});
  const at::Tensor noise = network.Run(input, Taps::kPooled, [](TorchExecution& execution) {
    return DenoisingNetwork(execution).tensor.contiguous().clone();
  });
  ExpectWithout(Denoiser(file).Apply(picture), picture,
                [&](size_t i) { return noise.data_ptr<float>()[i]; });
}

TEST(LearnedDenoiser, BytesDoNotDependOnThreads) {
  const Picture8 picture = RandomPicture(264, 272, 5);
  const LearnedDenoiser denoiser = Denoiser(DenoisingFile());
  SetThreads(1);
  const std::vector<uint8_t> one = denoiser.Apply(picture).rgb;
  SetThreads(2);
  std::vector<std::vector<uint8_t>> results(2);
  ParallelFor(results.size(), [&](size_t i) { results[i] = denoiser.Apply(picture).rgb; });
  for (const std::vector<uint8_t>& two : results) EXPECT_TRUE(two == one);
  SetThreads(0);
}

TEST(LearnedDenoiser, Faults) {
  const LearnedDenoiser denoiser = Denoiser(DenoisingFile());
  EXPECT_EQ(denoiser.sha256().size(), 64u);
  for (const auto& [height, width] :
       {std::pair(20, 16), std::pair(16, 20), std::pair(8, 64), std::pair(0, 0)}) {
    try {
      denoiser.Apply(RandomPicture(height, width, 1));
      ADD_FAILURE() << height;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(fmt::format("found {} x {}", height, width)));
    }
  }
  weights::TensorFile huge = ConstantNoise(0);
  for (weights::Tensor& tensor : huge.tensors) {
    if (tensor.name == "batch_normalization_5/beta:0" || tensor.name == "conv2d_7/kernel:0")
      std::fill(tensor.values.begin(), tensor.values.end(), 1e30f);
  }
  EXPECT_THROW(Denoiser(huge).Apply(RandomPicture(16, 16, 1)), Error);
  EXPECT_THROW(LearnedDenoiser(Write(huge), "gpu"), Error);
  EXPECT_THROW(LearnedDenoiser("no_such_file.h5"), Error);
}

}  // namespace
}  // namespace kallos::nn
