// Weights of the denoising network for tests, drawn by name, and pictures for it.
#pragma once

#include <algorithm>
#include <filesystem>

#include "lib/core/error.h"
#include "lib/core/picture.h"
#include "lib/core/rng.h"
#include "lib/weights/safetensors.h"
#include "tests/nn/reference_weights.h"

namespace kallos::nn {

// The layers in the order of a Keras file; automatic numbers from `first`.
inline std::vector<ParameterLayer> DenoisingLayers(int first = 1) {
  std::vector<ParameterLayer> layers;
  for (int i = 0; i < 7; ++i) {
    const int64_t in = i == 0 ? 5 : 64, out = i == 6 ? 1 : 64;
    layers.push_back(
        {fmt::format("conv2d_{}", i + first), {"kernel", "bias"}, {{3, 3, in, out}, {out}}});
    if (i == 0 || i == 6) continue;
    layers.push_back({fmt::format("batch_normalization_{}", i - 1 + first),
                      {"gamma", "beta", "moving_mean", "moving_variance"},
                      {{64}, {64}, {64}, {64}}});
  }
  return layers;
}

// As read from a Keras file; the numbers depend on the layers' order only.
inline weights::TensorFile DenoisingFile(int first = 1) {
  weights::TensorFile file{"denoiser.h5", weights::FileFormat::kKerasHdf5, "", "", {}};
  const std::vector<ParameterLayer> drawn = DenoisingLayers(1), named = DenoisingLayers(first);
  for (size_t i = 0; i < drawn.size(); ++i) {
    for (size_t k = 0; k < drawn[i].weights.size(); ++k) {
      file.tensors.push_back(ReferenceTensor("denoiser", drawn[i], k));
      file.tensors.back().name = named[i].name + "/" + named[i].weights[k] + ":0";
      file.tensors.back().layer = named[i].name;
    }
  }
  return file;
}

// A network that gives the same noise everywhere.
inline weights::TensorFile ConstantNoise(float noise) {
  weights::TensorFile file = DenoisingFile();
  for (weights::Tensor& tensor : file.tensors) {
    const float value = tensor.name == "conv2d_7/bias:0" ? noise : 0.0f;
    std::fill(tensor.values.begin(), tensor.values.end(), value);
  }
  return file;
}

inline void WriteDenoiser(const std::filesystem::path& path, const weights::TensorFile& file) {
  weights::WriteSafetensors(path, file.tensors);
}

inline Picture8 RandomPicture(int height, int width, uint64_t seed) {
  Picture8 picture{height, width, std::vector<uint8_t>(static_cast<size_t>(height) * width * 3)};
  Stream stream(seed, "test/picture");
  for (uint8_t& value : picture.rgb) value = static_cast<uint8_t>(256 * stream.Uniform());
  return picture;
}

}  // namespace kallos::nn
