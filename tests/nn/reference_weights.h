// Deterministic weights and pictures for comparing networks across implementations, without any
// file: splitmix64 seeded by FNV-1a of "LAYER/WEIGHT", uniform in a range that keeps activations in
// scale.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "lib/core/hash.h"
#include "lib/core/picture.h"
#include "lib/nn/layout.h"
#include "lib/weights/tensor_file.h"

namespace kallos::nn {

class ReferenceStream {
 public:
  explicit ReferenceStream(const std::string& key) : state_(Fnv1a64(key)) {}
  uint64_t Next24() {
    state_ += 0x9e3779b97f4a7c15u;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) >> 40;
  }
  float Uniform(double low, double high) {
    return static_cast<float>(low + (high - low) * (static_cast<double>(Next24()) / 16777216.0));
  }

 private:
  uint64_t state_;
};

// The gain g of a kernel: its half width is sqrt(g / fan_in).
inline double ReferenceGain(const std::string& architecture, const std::string& layer) {
  if (architecture.starts_with("shufflenet"))
    return layer.find("dwconv") != std::string::npos ? 3 : 6;
  if (!architecture.starts_with("efficientnet")) return 6;
  if (layer.find("_se_") != std::string::npos) return 3;
  if (layer.ends_with("a_project_conv")) return 9;
  return layer.ends_with("_project_conv") ? 1 : 7;
}

inline weights::Tensor ReferenceTensor(const std::string& architecture, const ParameterLayer& layer,
                                       size_t k) {
  const std::string& weight = layer.weights[k];
  const std::vector<int64_t>& shape = layer.shapes[k];
  double low = -0.1;
  double high = 0.1;
  if (weight == "gamma" || weight == "moving_variance") low = 0.8, high = 1.2;
  if (weight == "bias") low = -0.05, high = 0.05;
  size_t count = 1;
  for (const int64_t n : shape) count *= static_cast<size_t>(n);
  if (shape.size() > 1) {
    const int64_t outputs = weight == "depthwise_kernel" ? shape[2] : shape.back();
    const int64_t fan_in = static_cast<int64_t>(count) / outputs;
    high = std::sqrt(ReferenceGain(architecture, layer.name) / static_cast<double>(fan_in));
    low = -high;
  }
  weights::Tensor tensor{layer.name + "/" + weight, "", weights::Dtype::kFloat32, shape,
                         std::vector<float>(count)};
  ReferenceStream stream(tensor.name);
  for (float& value : tensor.values) value = stream.Uniform(low, high);
  return tensor;
}

// All parameters of an architecture, as if read from a safetensors file with our own names.
inline weights::TensorFile ReferenceWeights(const std::string& name, int64_t outputs = 0) {
  weights::TensorFile file{"reference", weights::FileFormat::kSafetensors, "", "", {}};
  for (const ParameterLayer& layer : KerasLayout(name, outputs)) {
    for (size_t k = 0; k < layer.weights.size(); ++k)
      file.tensors.push_back(ReferenceTensor(name, layer, k));
  }
  return file;
}

inline PictureF ReferencePicture(int height, int width) {
  const auto triangle = [](int t, int p) {
    return t % (2 * p) < p ? t % (2 * p) : 2 * p - 1 - t % (2 * p);
  };
  PictureF picture{height, width, {}};
  ReferenceStream stream("image/a/" + std::to_string(height) + "x" + std::to_string(width));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        const int smooth = triangle(x * (2 + c) + y * (1 + 2 * c), 97) * 128 / 97 +
                           triangle(3 * y + x * c, 61) * 64 / 61;
        picture.rgb.push_back(static_cast<float>(smooth + static_cast<int>(stream.Next24() >> 18)));
      }
    }
  }
  return picture;
}

}  // namespace kallos::nn
