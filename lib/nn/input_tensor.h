// Pictures as a network takes them.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "lib/core/picture.h"
#include "lib/nn/backbone.h"

namespace kallos::nn {

// [N, 3, H, W] float32 on the CPU, in channels-last order, which is how pictures lie in memory. They have one size.
at::Tensor InputTensor(std::span<const PictureF> pictures, Scaling scaling);

}  // namespace kallos::nn
