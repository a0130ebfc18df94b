#include "lib/nn/input_tensor.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "lib/core/error.h"
#include "lib/parallel/parallel.h"

namespace kallos::nn {

Affine AffineOf(Scaling scaling) {
  switch (scaling) {
    case Scaling::kUnit:
      return {{1 / 255.f, 1 / 255.f, 1 / 255.f}, {0, 0, 0}};
    case Scaling::kSymmetric:
      return {{1 / 127.5f, 1 / 127.5f, 1 / 127.5f}, {-1, -1, -1}};
    case Scaling::kImagenet:
      return {{1 / 255.f / 0.229f, 1 / 255.f / 0.224f, 1 / 255.f / 0.225f},
              {-0.485f / 0.229f, -0.456f / 0.224f, -0.406f / 0.225f}};
  }
  throw BugError("scaling");
}

at::Tensor InputTensor(std::span<const PictureF> pictures, Scaling scaling) {
  const Affine affine = AffineOf(scaling);
  const int64_t h = pictures[0].height;
  const int64_t w = pictures[0].width;
  at::Tensor nhwc = at::empty({static_cast<int64_t>(pictures.size()), h, w, 3}, at::kFloat);
  float* all = nhwc.data_ptr<float>();
  ParallelFor(pictures.size(), [&](size_t n) {
    const std::vector<float>& rgb = pictures[n].rgb;
    KALLOS_CHECK(pictures[n].height == h && pictures[n].width == w,
                 "pictures of one batch differ in size");
    float* out = all + n * rgb.size();
    for (size_t i = 0; i < rgb.size(); ++i)
      out[i] = rgb[i] * affine.factor[i % 3] + affine.offset[i % 3];
  });
  return nhwc.permute({0, 3, 1, 2});
}

at::Tensor InputTensorOn(at::Device device, std::span<const PictureF> pictures, Scaling scaling) {
  const Affine affine = AffineOf(scaling);
  const at::Tensor factor = at::tensor(at::ArrayRef<float>(affine.factor)).to(device);
  const at::Tensor offset = at::tensor(at::ArrayRef<float>(affine.offset)).to(device);
  const int64_t h = pictures[0].height, w = pictures[0].width;
  const at::Tensor staged = at::empty({static_cast<int64_t>(pictures.size()), h, w, 3},
                                      at::TensorOptions().dtype(at::kFloat).pinned_memory(true));
  float* out = staged.data_ptr<float>();
  ParallelFor(pictures.size(), [&](size_t i) {
    KALLOS_CHECK(pictures[i].height == h && pictures[i].width == w,
                 "pictures of one batch differ in size");
    std::ranges::copy(pictures[i].rgb, out + i * pictures[i].rgb.size());
  });
  return at::addcmul(offset, staged.to(device, at::kFloat, /*non_blocking=*/true), factor)
      .permute({0, 3, 1, 2});
}

}  // namespace kallos::nn
