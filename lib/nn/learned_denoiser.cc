#include "lib/nn/learned_denoiser.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "lib/core/file.h"
#include "lib/device/libtorch.h"
#include "lib/nn/block_matching.h"
#include "lib/nn/denoising_network.h"
#include "lib/nn/ready_network.h"
#include "lib/parallel/parallel.h"

namespace kallos::nn {
namespace {

// clamp(2 / 15, 0.2, 5): degree 2 over the noise that the network was trained for.
constexpr float kScale = 0.2f;
constexpr int kTileSide = 256;  // without what its values see beyond it

// Y of a pixel in 16..235, red and blue exchanged.
double Luminance(const uint8_t* rgb) {
  return 16 + (65.481 * rgb[2] + 128.553 * rgb[1] + 24.966 * rgb[0]) / 255;
}

// What the network sees.
Matrix<float> ScaledLuminance(const Picture8& picture) {
  Matrix<float> scaled(static_cast<size_t>(picture.height), static_cast<size_t>(picture.width));
  const uint8_t* rgb = picture.rgb.data();
  for (size_t i = 0; i < scaled.rows() * scaled.columns(); ++i, rgb += 3)
    scaled.data()[i] = static_cast<float>(Luminance(rgb)) / 255.0f / kScale;
  return scaled;
}

// One pixel without its noise. The inverse of YCbCr adds 255 / 219 of a change of Y to each
// channel.
void Subtract(float noise, const uint8_t* rgb, uint8_t* out) {
  const double luminance = Luminance(rgb);
  const double change = std::clamp(luminance - 255.0 * kScale * noise, 0.0, 255.0) - luminance;
  for (int c = 0; c < 3; ++c)
    out[c] = static_cast<uint8_t>(std::clamp(rgb[c] + change * (255.0 / 219), 0.0, 255.0));
}

std::vector<Region> TilesOf(const Picture8& picture) {
  std::vector<Region> tiles;
  for (int y = 0; y < picture.height; y += kTileSide) {
    for (int x = 0; x < picture.width; x += kTileSide) {
      tiles.push_back(
          {y, std::min(y + kTileSide, picture.height), x, std::min(x + kTileSide, picture.width)});
    }
  }
  return tiles;
}

// The tile with all that its values depend on.
Region Widened(const Region& tile, const Picture8& picture) {
  return {std::max(tile.top - kDenoisingReach, 0),
          std::min(tile.bottom + kDenoisingReach, picture.height),
          std::max(tile.left - kDenoisingReach, 0),
          std::min(tile.right + kDenoisingReach, picture.width)};
}

void RequireSides(const Picture8& picture) {
  const auto fits = [](int side) { return side >= kLeastSide && side % kBlockSide == 0; };
  if (fits(picture.height) && fits(picture.width)) return;
  throw InputError(
      "the learned denoiser takes sides that are multiples of {} and at least {}, found {} x {}; "
      "resize it first",
      kBlockSide, kLeastSide, picture.height, picture.width);
}

}  // namespace

class LearnedDenoiser::Network {
 public:
  Network(const weights::TensorFile& file, const Device& device)
      : file_(PathText(file.path)), device_(device), network_(Guarded(device, [&] {
          return ReadyNetwork(DenoisingConvs(), DenoisingParameters(file), device, at::kFloat);
        })) {}

  void DenoiseTile(const Picture8& picture, const Matrix<float>& luminance, const Region& tile,
                   Picture8& result) const {
    const Region seen = Widened(tile, picture);
    const at::Tensor noise = NoiseOf(luminance, seen);
    const float* values = noise.data_ptr<float>();
    for (int y = tile.top; y < tile.bottom; ++y) {
      for (int x = tile.left; x < tile.right; ++x) {
        const float value = values[(y - seen.top) * seen.Width() + x - seen.left];
        if (!std::isfinite(value)) throw InputError("{}: the network gives NaN or infinity", file_);
        const ptrdiff_t pixel = 3 * (ptrdiff_t{y} * picture.width + x);
        Subtract(value, picture.rgb.data() + pixel, result.rgb.data() + pixel);
      }
    }
  }

 private:
  at::Tensor NoiseOf(const Matrix<float>& luminance, const Region& seen) const {
    const at::Tensor stack =
        at::empty({1, seen.Height(), seen.Width(), kStackChannels}, at::kFloat);
    StackMatches(luminance.View(), seen, stack.data_ptr<float>());
    try {
      return Guarded(device_, [&] {
        return network_.Run(stack.permute({0, 3, 1, 2}), Taps::kPooled,
                            [](TorchExecution& execution) {
                              return DenoisingNetwork(execution).tensor.to(at::kCPU).contiguous();
                            });
      });
    } catch (const c10::OutOfMemoryError& error) {
      throw EnvironmentError(
          "--device {}: the denoiser's tiles do not fit into its memory ({}); use --device cpu",
          device_.Name(), error.what_without_backtrace());
    }
  }

  std::string file_;
  Device device_;
  ReadyNetwork network_;
};

LearnedDenoiser::LearnedDenoiser(const std::filesystem::path& weights, const std::string& device) {
  const weights::TensorFile file = weights::ReadTensorFile(weights);
  network_ = std::make_unique<Network>(file, ResolveDevice(device));
  sha256_ = file.sha256;
}

LearnedDenoiser::~LearnedDenoiser() = default;

Picture8 LearnedDenoiser::Apply(const Picture8& picture) const {
  RequireSides(picture);
  const Matrix<float> luminance = ScaledLuminance(picture);
  Picture8 result = picture;
  const std::vector<Region> tiles = TilesOf(picture);
  ParallelFor(tiles.size(),
              [&](size_t i) { network_->DenoiseTile(picture, luminance, tiles[i], result); });
  return result;
}

}  // namespace kallos::nn
