#include "lib/nn/map_pass.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <algorithm>
#include <limits>

namespace kallos::nn {
namespace {

constexpr unsigned kThreads = 256, kMostBlocks = 132 * 16;

template <typename T>
struct alignas(16) Pack {
  static constexpr int kCount = 16 / sizeof(T);
  T at[kCount];
};

template <Activation kActivation>
__device__ float Activated(float x) {
  if constexpr (kActivation == Activation::kRelu) return fmaxf(x, 0.f);
  if constexpr (kActivation == Activation::kRelu6) return fminf(fmaxf(x, 0.f), 6.f);
  if constexpr (kActivation == Activation::kSwish) return x / (1 + expf(-x));
  if constexpr (kActivation == Activation::kSigmoid) return 1 / (1 + expf(-x));
  return x;
}

template <typename T, Activation kActivation>
__global__ void __launch_bounds__(kThreads)
    MapPassKernel(Pack<T>* map, const Pack<T>* bias, const Pack<T>* residual, unsigned packs,
                  unsigned packs_of_pixel) {
#pragma unroll 2
  for (unsigned i = blockIdx.x * kThreads + threadIdx.x; i < packs; i += gridDim.x * kThreads) {
    Pack<T> x = map[i];
    const Pack<T> added = bias != nullptr ? bias[i % packs_of_pixel] : Pack<T>();
    const Pack<T> before = residual != nullptr ? residual[i] : Pack<T>();
#pragma unroll
    for (int j = 0; j < Pack<T>::kCount; ++j) {
      const float sum = static_cast<float>(x.at[j]) + static_cast<float>(added.at[j]) +
                        static_cast<float>(before.at[j]);
      x.at[j] = T(Activated<kActivation>(sum));
    }
    map[i] = x;
  }
}

template <typename T, Activation kActivation>
void Launch(const MapPass& pass) {
  const auto packs_of_pixel = static_cast<unsigned>(pass.channels / Pack<T>::kCount);
  const unsigned packs = static_cast<unsigned>(pass.pixels) * packs_of_pixel;
  const unsigned blocks = std::min((packs + kThreads - 1) / kThreads, kMostBlocks);
  MapPassKernel<T, kActivation><<<blocks, kThreads>>>(
      static_cast<Pack<T>*>(pass.map), static_cast<const Pack<T>*>(pass.bias),
      static_cast<const Pack<T>*>(pass.residual), packs, packs_of_pixel);
}

template <typename T>
void LaunchFor(const MapPass& pass) {
  switch (pass.activation) {
    case Activation::kNone:
      return Launch<T, Activation::kNone>(pass);
    case Activation::kRelu:
      return Launch<T, Activation::kRelu>(pass);
    case Activation::kRelu6:
      return Launch<T, Activation::kRelu6>(pass);
    case Activation::kSwish:
      return Launch<T, Activation::kSwish>(pass);
    case Activation::kSigmoid:
      return Launch<T, Activation::kSigmoid>(pass);
  }
}

}  // namespace

bool TakesMapPass(const MapPass& pass) {
  const int64_t count = pass.type == MapType::kFloat ? Pack<float>::kCount : Pack<__half>::kCount;
  // Indices are 32 bits, and a step beyond the last one must not wrap around.
  if (pass.channels % count != 0 ||
      pass.pixels * (pass.channels / count) > std::numeric_limits<int32_t>::max())
    return false;
  cudaFuncAttributes attributes;
  static const bool compiled =
      cudaFuncGetAttributes(&attributes, MapPassKernel<float, Activation::kNone>) == cudaSuccess;
  if (!compiled) cudaGetLastError();  // it is told once
  return compiled;
}

const char* RunMapPass(const MapPass& pass) {
  switch (pass.type) {
    case MapType::kFloat:
      LaunchFor<float>(pass);
      break;
    case MapType::kHalf:
      LaunchFor<__half>(pass);
      break;
    case MapType::kBFloat16:
      LaunchFor<__nv_bfloat16>(pass);
      break;
  }
  const cudaError_t error = cudaGetLastError();
  return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
}

}  // namespace kallos::nn
