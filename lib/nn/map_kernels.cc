#include "lib/nn/map_kernels.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <bit>

#include "lib/core/error.h"
#include "lib/core/target_clones.h"

#define KALLOS_VECTORISED KALLOS_TARGET_CLONES("avx512f", "avx2", "default")

namespace kallos::nn {
namespace {

constexpr int64_t kRows = 64;        // rows summed in float32 before they join the total in float64
constexpr int64_t kChannels = 2048;  // channels at a time: their sums stay in the first-level cache

float FromBf16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

// Rounds to nearest, ties to even. Not for NaN.
uint16_t ToBf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// sums[c] = sum over `rows` rows of x[row * stride + c], c < n.
KALLOS_VECTORISED void SumRows(const float* x, int64_t rows, int64_t stride, int64_t n,
                               float* sums) {
  std::fill(sums, sums + n, 0.0f);
  for (int64_t row = 0; row < rows; ++row, x += stride) {
    for (int64_t c = 0; c < n; ++c) sums[c] += x[c];
  }
}

KALLOS_VECTORISED void SumRows(const uint16_t* x, int64_t rows, int64_t stride, int64_t n,
                               float* sums) {
  std::fill(sums, sums + n, 0.0f);
  for (int64_t row = 0; row < rows; ++row, x += stride) {
    for (int64_t c = 0; c < n; ++c) sums[c] += FromBf16(x[c]);
  }
}

template <typename T>
void AverageRows(const T* x, int64_t rows, int64_t channels, float* mean) {
  std::vector<double> total(static_cast<size_t>(channels));
  std::vector<float> sums(kChannels);
  for (int64_t row = 0; row < rows; row += kRows) {
    for (int64_t first = 0; first < channels; first += kChannels) {
      const int64_t n = std::min(kChannels, channels - first);
      SumRows(x + row * channels + first, std::min(kRows, rows - row), channels, n, sums.data());
      for (int64_t c = 0; c < n; ++c)
        total[static_cast<size_t>(first + c)] += sums[static_cast<size_t>(c)];
    }
  }
  for (int64_t c = 0; c < channels; ++c)
    mean[c] = static_cast<float>(total[static_cast<size_t>(c)] / static_cast<double>(rows));
}

KALLOS_VECTORISED void Gather(const float* values, const uint16_t* channel, const float* gate,
                              size_t n, float* out) {
  for (size_t i = 0; i < n; ++i) out[i] = values[i] * gate[channel[i]];
}

KALLOS_VECTORISED void Gather(const float* values, const uint16_t* channel, const float* gate,
                              size_t n, uint16_t* out) {
  for (size_t i = 0; i < n; ++i) out[i] = ToBf16(values[i] * gate[channel[i]]);
}

}  // namespace

at::Tensor AverageMap(const at::Tensor& x) {
  KALLOS_CHECK(x.size(0) == 1 && x.is_contiguous(at::MemoryFormat::ChannelsLast));
  at::Tensor mean = at::empty({1, x.size(1)}, at::kFloat);
  const int64_t rows = x.size(2) * x.size(3);
  if (x.scalar_type() == at::kBFloat16) {
    AverageRows(static_cast<const uint16_t*>(x.data_ptr()), rows, x.size(1),
                mean.data_ptr<float>());
  } else {
    AverageRows(x.data_ptr<float>(), rows, x.size(1), mean.data_ptr<float>());
  }
  return mean;
}

void GateWeights(const std::vector<float>& values, const std::vector<uint16_t>& channel,
                 const at::Tensor& gate, void* out) {
  const at::Tensor numbers = gate.to(at::kFloat).contiguous();
  const float* factors = numbers.data_ptr<float>();
  if (gate.scalar_type() == at::kBFloat16) {
    Gather(values.data(), channel.data(), factors, values.size(), static_cast<uint16_t*>(out));
  } else {
    Gather(values.data(), channel.data(), factors, values.size(), static_cast<float*>(out));
  }
}

}  // namespace kallos::nn
