// Pictures as a network takes them.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <span>

#include "lib/core/picture.h"
#include "lib/nn/backbone.h"

namespace kallos::nn {

// Per channel: network input = value * factor + offset.
struct Affine {
  std::array<float, 3> factor, offset;
};
Affine AffineOf(Scaling scaling);

// [N, 3, H, W] float32 on the CPU, in channels-last order, which is how pictures lie in memory.
// They have one size.
at::Tensor InputTensor(std::span<const PictureF> pictures, Scaling scaling);
// The same on a CUDA device, where pictures arrive as they are and are scaled: from pinned memory,
// into which all threads copy them.
at::Tensor InputTensorOn(at::Device device, std::span<const PictureF> pictures, Scaling scaling);

}  // namespace kallos::nn
