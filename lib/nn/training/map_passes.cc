#include "lib/nn/training/map_passes.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <bit>

#include "lib/core/error.h"
#include "lib/core/target_clones.h"
#include "lib/parallel/parallel.h"

#define KALLOS_VECTORISED KALLOS_TARGET_CLONES("avx512f", "avx2", "default")
#define KALLOS_INLINE inline __attribute__((always_inline))

namespace kallos::nn {
namespace {

constexpr int64_t kTiles = 64;  // tiles summed in float32 before they join the total in float64

// ---- arithmetic of one number ----

// e^x to float32's accuracy, in a form that compilers vectorise: Cody and Waite's reduction,
// Taylor's polynomial.
KALLOS_INLINE float Exp(float x) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  const float k = (x * 1.44269504f + kRound) - kRound;
  const float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
  float p = 1.98412698e-4f * r + 1.38888889e-3f;
  p = p * r + 8.33333333e-3f;
  p = p * r + 4.16666667e-2f;
  p = p * r + 1.66666667e-1f;
  p = (p * r + 0.5f) * r * r + r + 1.0f;
  return p * std::bit_cast<float>((static_cast<int32_t>(k) + 127) << 23);
}

KALLOS_INLINE float Logistic(float z) {
  return 1.0f / (1.0f + Exp(-z));
}

template <Activation kKind>
KALLOS_INLINE float Activated(float z) {
  switch (kKind) {
    case Activation::kNone:
      return z;
    case Activation::kRelu:
      return z > 0 ? z : 0.0f;
    case Activation::kRelu6:
      return z > 0 ? (z < 6 ? z : 6.0f) : 0.0f;
    case Activation::kSwish:
      return z * Logistic(z);
    case Activation::kSigmoid:
      return Logistic(z);
  }
}

template <Activation kKind>
KALLOS_INLINE float Derivative(float z) {
  switch (kKind) {
    case Activation::kNone:
      return 1;
    case Activation::kRelu:
      return z > 0 ? 1.0f : 0.0f;
    case Activation::kRelu6:
      return z > 0 && z < 6 ? 1.0f : 0.0f;
    case Activation::kSwish: {
      const float s = Logistic(z);
      return s * (1 + z * (1 - s));
    }
    case Activation::kSigmoid: {
      const float s = Logistic(z);
      return s * (1 - s);
    }
  }
}

// ---- rows of numbers with a factor for each ----

struct Row {
  const float *mean, *factor, *shift;
};

template <Activation kKind>
KALLOS_INLINE void ActivateAs(const float* x, const Row& row, const float* residual, int64_t n,
                              float* y) {
  if (residual == nullptr) {
    for (int64_t i = 0; i < n; ++i)
      y[i] = Activated<kKind>(row.factor[i] * (x[i] - row.mean[i]) + row.shift[i]);
  } else {
    for (int64_t i = 0; i < n; ++i)
      y[i] = Activated<kKind>(row.factor[i] * (x[i] - row.mean[i]) + row.shift[i] + residual[i]);
  }
}

template <Activation kKind>
KALLOS_INLINE void DerivativeAs(const float* x, const Row& row, const float* residual, int64_t n,
                                float* g) {
  if (residual == nullptr) {
    for (int64_t i = 0; i < n; ++i)
      g[i] *= Derivative<kKind>(row.factor[i] * (x[i] - row.mean[i]) + row.shift[i]);
  } else {
    for (int64_t i = 0; i < n; ++i)
      g[i] *= Derivative<kKind>(row.factor[i] * (x[i] - row.mean[i]) + row.shift[i] + residual[i]);
  }
}

KALLOS_VECTORISED void Activate(Activation kind, const float* x, const Row& row,
                                const float* residual, int64_t n, float* y) {
  switch (kind) {
    case Activation::kNone:
      return ActivateAs<Activation::kNone>(x, row, residual, n, y);
    case Activation::kRelu:
      return ActivateAs<Activation::kRelu>(x, row, residual, n, y);
    case Activation::kRelu6:
      return ActivateAs<Activation::kRelu6>(x, row, residual, n, y);
    case Activation::kSwish:
      return ActivateAs<Activation::kSwish>(x, row, residual, n, y);
    case Activation::kSigmoid:
      return ActivateAs<Activation::kSigmoid>(x, row, residual, n, y);
  }
}

KALLOS_VECTORISED void MultiplyByDerivative(Activation kind, const float* x, const Row& row,
                                            const float* residual, int64_t n, float* g) {
  switch (kind) {
    case Activation::kNone:
      return;
    case Activation::kRelu:
      return DerivativeAs<Activation::kRelu>(x, row, residual, n, g);
    case Activation::kRelu6:
      return DerivativeAs<Activation::kRelu6>(x, row, residual, n, g);
    case Activation::kSwish:
      return DerivativeAs<Activation::kSwish>(x, row, residual, n, g);
    case Activation::kSigmoid:
      return DerivativeAs<Activation::kSigmoid>(x, row, residual, n, g);
  }
}

// first += u, second += u * (x - mean), with u = gradient, or x - mean where `gradient` is null.
KALLOS_VECTORISED void AddSums(const float* gradient, const float* x, const float* mean, int64_t n,
                               float* first, float* second) {
  if (gradient == nullptr) {
    for (int64_t i = 0; i < n; ++i) {
      const float d = x[i] - mean[i];
      first[i] += d;
      second[i] += d * d;
    }
  } else {
    for (int64_t i = 0; i < n; ++i) {
      first[i] += gradient[i];
      second[i] += gradient[i] * (x[i] - mean[i]);
    }
  }
}

KALLOS_VECTORISED void Combine(const float* g, const float* x, const float* mean, const float* a,
                               const float* b, const float* c, int64_t n, float* out) {
  for (int64_t i = 0; i < n; ++i) out[i] = a[i] * g[i] + b[i] * (x[i] - mean[i]) + c[i];
}

// ---- maps ----

// Pixels are taken together until vector instructions fill, however few channels there are: a tile.
int64_t TileLength(int64_t channels) {
  return channels < 128 ? 16 * channels : channels;
}

// A vector [C] repeated for a tile.
std::vector<float> Tiled(const at::Tensor& vector) {
  const at::Tensor dense = vector.to(at::kFloat).contiguous();
  const int64_t channels = dense.numel();
  std::vector<float> tile(static_cast<size_t>(TileLength(channels)));
  for (size_t i = 0; i < tile.size(); ++i)
    tile[i] = dense.data_ptr<float>()[i % static_cast<size_t>(channels)];
  return tile;
}

// work(start, count) over the tiles of a map.
template <typename Work>
void ForEachTile(const at::Tensor& x, const Work& work) {
  KALLOS_CHECK(x.is_contiguous(at::MemoryFormat::ChannelsLast));
  const int64_t length = TileLength(x.size(1));
  for (int64_t start = 0; start < x.numel(); start += length)
    work(start, std::min(length, x.numel() - start));
}

// The two sums of AddSums for each channel, one after the other.
std::vector<double> SumsOfPart(const float* gradient, const at::Tensor& x,
                               const std::vector<float>& mean) {
  const auto channels = static_cast<size_t>(x.size(1));
  std::vector<double> sums(2 * channels);
  std::vector<float> first(mean.size()), second(mean.size());
  const auto flush = [&] {
    for (size_t i = 0; i < mean.size(); ++i) {
      sums[i % channels] += std::exchange(first[i], 0.0f);
      sums[channels + i % channels] += std::exchange(second[i], 0.0f);
    }
  };
  const auto* values = x.data_ptr<float>();
  int64_t tiles = 0;
  ForEachTile(x, [&](int64_t start, int64_t n) {
    AddSums(gradient == nullptr ? nullptr : gradient + start, values + start, mean.data(), n,
            first.data(), second.data());
    if (++tiles % kTiles == 0) flush();
  });
  flush();
  return sums;
}

// Over all parts, in their order; float64 [2, C].
at::Tensor SumsOfParts(const Parts* gradient, const Parts& x, const at::Tensor& mean) {
  const std::vector<float> tiled = Tiled(mean);
  std::vector<std::vector<double>> sums(x.size());
  ForEachPart(x.size(), [&](size_t i) {
    sums[i] =
        SumsOfPart(gradient == nullptr ? nullptr : (*gradient)[i].data_ptr<float>(), x[i], tiled);
  });
  at::Tensor total = at::zeros({2, x[0].size(1)}, at::kDouble);
  for (const std::vector<double>& part : sums) {
    for (size_t i = 0; i < part.size(); ++i) total.data_ptr<double>()[i] += part[i];
  }
  return total;
}

at::Tensor AsChannels(const at::Tensor& vector) {
  return vector.view({1, -1, 1, 1});
}

const float* PartOf(const Parts* parts, size_t i) {
  return parts == nullptr ? nullptr : (*parts)[i].data_ptr<float>();
}

// ---- on CUDA ----

at::Tensor BeforeActivation(const AffineMap& map, const at::Tensor& x) {
  at::Tensor z =
      (x - AsChannels(map.mean)).mul_(AsChannels(map.factor)).add_(AsChannels(map.shift));
  if (map.residual != nullptr) z.add_((*map.residual)[0]);
  return z;
}

at::Tensor ActivatedOnDevice(Activation kind, at::Tensor z) {
  switch (kind) {
    case Activation::kNone:
      return z;
    case Activation::kRelu:
      return z.relu_();
    case Activation::kRelu6:
      return z.clamp_(0, 6);
    case Activation::kSwish:
      return at::silu_(z);
    case Activation::kSigmoid:
      return z.sigmoid_();
  }
  throw BugError("activation");
}

at::Tensor GradientOnDevice(Activation kind, const at::Tensor& z, const at::Tensor& gradient) {
  switch (kind) {
    case Activation::kNone:
      return gradient;
    case Activation::kRelu:
      return gradient * (z > 0);
    case Activation::kRelu6:
      return gradient * (z > 0).logical_and_(z < 6);
    case Activation::kSwish:
      return at::silu_backward(gradient, z);
    case Activation::kSigmoid:
      return at::sigmoid_backward(gradient, z.sigmoid());
  }
  throw BugError("activation");
}

}  // namespace

void ForEachPart(size_t parts, const std::function<void(size_t i)>& work) {
  if (parts == 1) return work(0);
  ParallelFor(parts, [&](size_t i) {
    const c10::InferenceMode inference;
    work(i);
  });
}

Moments MomentsOf(const Parts& x) {
  int64_t count = 0;
  for (const at::Tensor& part : x) count += part.numel() / part.size(1);
  if (x[0].is_cuda()) {
    const auto [variance, mean] = at::var_mean(x[0], at::IntArrayRef{0, 2, 3}, false);
    return {mean, variance, count};
  }
  // About the first pixel rather than about 0, where a variance much smaller than the mean would be
  // lost.
  const at::Tensor about = x[0].select(0, 0).select(1, 0).select(1, 0).contiguous();
  const at::Tensor sums = SumsOfParts(nullptr, x, about) / static_cast<double>(count);
  const at::Tensor variance = (sums[1] - sums[0].square()).clamp_min(0);
  return {(sums[0] + about).to(at::kFloat), variance.to(at::kFloat), count};
}

Parts Apply(const AffineMap& map, const Parts& x) {
  if (x[0].is_cuda()) return {ActivatedOnDevice(map.activation, BeforeActivation(map, x[0]))};
  const std::vector<float> mean = Tiled(map.mean), factor = Tiled(map.factor),
                           shift = Tiled(map.shift);
  Parts y(x.size());
  ForEachPart(x.size(), [&](size_t i) {
    y[i] = at::empty_like(x[i]);
    const float *in = x[i].data_ptr<float>(), *residual = PartOf(map.residual, i);
    float* out = y[i].data_ptr<float>();
    ForEachTile(x[i], [&](int64_t start, int64_t n) {
      Activate(map.activation, in + start, {mean.data(), factor.data(), shift.data()},
               residual == nullptr ? nullptr : residual + start, n, out + start);
    });
  });
  return y;
}

void ToGradientOfZ(const AffineMap& map, const Parts& x, Parts& gradient) {
  if (map.activation == Activation::kNone) return;
  if (x[0].is_cuda()) {
    gradient[0] = GradientOnDevice(map.activation, BeforeActivation(map, x[0]), gradient[0]);
    return;
  }
  const std::vector<float> mean = Tiled(map.mean), factor = Tiled(map.factor),
                           shift = Tiled(map.shift);
  ForEachPart(x.size(), [&](size_t i) {
    const float *in = x[i].data_ptr<float>(), *residual = PartOf(map.residual, i);
    float* out = gradient[i].data_ptr<float>();
    ForEachTile(x[i], [&](int64_t start, int64_t n) {
      MultiplyByDerivative(map.activation, in + start, {mean.data(), factor.data(), shift.data()},
                           residual == nullptr ? nullptr : residual + start, n, out + start);
    });
  });
}

GradientSums SumsOf(const Parts& gradient, const Parts& x, const at::Tensor& mean) {
  if (x[0].is_cuda())
    return {gradient[0].sum({0, 2, 3}),
            ((x[0] - AsChannels(mean)).mul_(gradient[0])).sum({0, 2, 3})};
  const at::Tensor sums = SumsOfParts(&gradient, x, mean).to(at::kFloat);
  return {sums[0], sums[1]};
}

Parts Combined(const Parts& gradient, const Parts& x, const at::Tensor& mean, const at::Tensor& a,
               const at::Tensor& b, const at::Tensor& c) {
  if (x[0].is_cuda()) {
    return {(x[0] - AsChannels(mean))
                .mul_(AsChannels(b))
                .add_(AsChannels(c))
                .addcmul_(gradient[0], AsChannels(a).expand_as(gradient[0]))};
  }
  const std::vector<float> mean_tile = Tiled(mean), a_tile = Tiled(a), b_tile = Tiled(b),
                           c_tile = Tiled(c);
  Parts result(x.size());
  ForEachPart(x.size(), [&](size_t i) {
    result[i] = at::empty_like(x[i]);
    const float *g = gradient[i].data_ptr<float>(), *in = x[i].data_ptr<float>();
    float* out = result[i].data_ptr<float>();
    ForEachTile(x[i], [&](int64_t start, int64_t n) {
      Combine(g + start, in + start, mean_tile.data(), a_tile.data(), b_tile.data(), c_tile.data(),
              n, out + start);
    });
  });
  return result;
}

}  // namespace kallos::nn
