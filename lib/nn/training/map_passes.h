// Batch norm, scale, residual and activation in training, each way in as few passes over memory as
// can be.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "lib/nn/graph.h"

namespace kallos::nn {

// A map of a batch: on the CPU one tensor [1, C, H, W] for each picture, on CUDA one [N, C, H, W];
// float32, channels last.
using Parts = std::vector<at::Tensor>;

// work(i) for each part; on the CPU on all threads, without any of LibTorch's own.
void ForEachPart(size_t parts, const std::function<void(size_t i)>& work);

// Of all numbers of a channel; float32 [C].
struct Moments {
  at::Tensor mean;
  at::Tensor variance;  // divided by `count`
  int64_t count = 0;    // numbers in a channel
};
Moments MomentsOf(const Parts& x);

// z = factor * (x - mean) + shift + residual, y = activation(z). Vectors are [C]; `residual` may be
// null.
struct AffineMap {
  at::Tensor mean, factor, shift;
  Activation activation = Activation::kNone;
  const Parts* residual = nullptr;
};
Parts Apply(const AffineMap& map, const Parts& x);

// Turns the gradient of y into that of z, in its place.
void ToGradientOfZ(const AffineMap& map, const Parts& x, Parts& gradient);

// Per channel over all parts: the sums of `gradient` and of gradient * (x - mean), which are those
// of shift and factor.
struct GradientSums {
  at::Tensor shift, factor;
};
GradientSums SumsOf(const Parts& gradient, const Parts& x, const at::Tensor& mean);

// a * gradient + b * (x - mean) + c; vectors are [C].
Parts Combined(const Parts& gradient, const Parts& x, const at::Tensor& mean, const at::Tensor& a,
               const at::Tensor& b, const at::Tensor& c);

}  // namespace kallos::nn
