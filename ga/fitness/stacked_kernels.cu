#include "ga/fitness/stacked_kernels.h"

#include <cuda_bf16.h>
#include <cuda_pipeline.h>
#include <mma.h>

#include <algorithm>
#include <type_traits>

namespace kallos::ga {
namespace {

namespace wmma = nvcuda::wmma;
using linalg::Bf16 = __nv_bfloat16;

const char* Refused() {
  const cudaError_t error = cudaGetLastError();
  return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
}

__device__ float ToFloat(float value) {
  return value;
}
__device__ float ToFloat(linalg::Bf16 value) {
  return __bfloat162float(value);
}
template <typename T>
__device__ T From(float value) {
  if constexpr (std::is_same_v<T, linalg::Bf16>)
    return __float2bfloat16(value);
  else
    return value;
}

// Neighbours that are read and written at once.
template <typename T, int kCount>
struct alignas(kCount * sizeof(T)) Pack {
  T at[kCount];
};

// ---- Batch norm. A block has 128 units of a head, a thread four of them in every sixteenth row.

constexpr int kLanes = 32, kRowsOfThreads = 16, kUnitsOfThread = kUnitsMultiple;

struct Units {
  float at[kUnitsOfThread];
};

template <typename T>
__device__ Units LoadUnits(const T* from) {
  const auto pack = *reinterpret_cast<const Pack<T, kUnitsOfThread>*>(from);
  Units units;
  for (int j = 0; j < kUnitsOfThread; ++j) units.at[j] = ToFloat(pack.at[j]);
  return units;
}

template <typename T>
__device__ void StoreUnits(T* to, const Units& units) {
  Pack<T, kUnitsOfThread> pack;
  for (int j = 0; j < kUnitsOfThread; ++j) pack.at[j] = From<T>(units.at[j]);
  *reinterpret_cast<Pack<T, kUnitsOfThread>*>(to) = pack;
}

// The sum over the block's rows of threads, in their order.
__device__ Units SumOfRows(const Units& own) {
  __shared__ Units all[kRowsOfThreads][kLanes];
  __syncthreads();
  all[threadIdx.y][threadIdx.x] = own;
  __syncthreads();
  Units sum = {};
  for (int row = 0; row < kRowsOfThreads; ++row) {
    for (int j = 0; j < kUnitsOfThread; ++j) sum.at[j] += all[row][threadIdx.x].at[j];
  }
  return sum;
}

// Where a thread works: its first unit, that in the vectors of all heads, and the rows it goes
// through (none outside).
struct Place {
  int64_t unit, vector, matrix;
  int64_t rows;
  __device__ explicit Place(const FusedNorm& norm)
      : unit((blockIdx.x * kLanes + threadIdx.x) * kUnitsOfThread),
        vector(blockIdx.y * norm.units + unit),
        matrix(blockIdx.y * norm.rows * norm.units + unit),
        rows(unit < norm.units ? norm.rows : 0) {}
  __device__ bool First() const { return rows > 0 && threadIdx.y == 0; }
};

__device__ Units LoadVector(const float* vector, const Place& place) {
  return place.rows > 0 ? LoadUnits(vector + place.vector) : Units{};
}

template <typename T>
__device__ Units Activated(const FusedNorm& norm, const Place& place, const Units& bias,
                           int64_t row) {
  Units x = LoadUnits(static_cast<const T*>(norm.product) + place.matrix + row * norm.units);
  for (int j = 0; j < kUnitsOfThread; ++j) x.at[j] = fmaxf(x.at[j] + bias.at[j], 0.f);
  return x;
}

__device__ Units DropoutOf(const FusedNorm& norm, const Place& place, int64_t row) {
  const auto kept = *reinterpret_cast<const Pack<uint8_t, kUnitsOfThread>*>(
      norm.kept + row * norm.units + place.unit);
  Units scale;
  for (int j = 0; j < kUnitsOfThread; ++j) scale.at[j] = kept.at[j] * norm.dropout_scale;
  return scale;
}

// As StackedHeads::Forward. variance = 1/rows sum (x - origin)^2 - (mean - origin)^2 with origin =
// x of the first row, so that a large mean costs no digits (Chan, Golub and LeVeque, The American
// Statistician 1983).
template <typename T>
__global__ void __launch_bounds__(kLanes* kRowsOfThreads)
    NormForwardKernel(FusedNorm norm, float rate, float* moving_mean, float* moving_variance,
                      T* out) {
  const Place place(norm);
  const Units bias = LoadVector(norm.bias, place);
  const Units origin = place.rows > 0 ? Activated<T>(norm, place, bias, 0) : Units{};
  Units sum = {}, squares = {};
#pragma unroll 4
  for (int64_t row = threadIdx.y; row < place.rows; row += kRowsOfThreads) {
    const Units x = Activated<T>(norm, place, bias, row);
    for (int j = 0; j < kUnitsOfThread; ++j) {
      const float distance = x.at[j] - origin.at[j];
      sum.at[j] += distance;
      squares.at[j] += distance * distance;
    }
  }
  sum = SumOfRows(sum);
  squares = SumOfRows(squares);
  const Units gamma = LoadVector(norm.gamma, place), beta = LoadVector(norm.beta, place);
  Units mean, inverse_sd, variance;
  for (int j = 0; j < kUnitsOfThread; ++j) {
    const float distance = sum.at[j] / norm.rows;
    mean.at[j] = origin.at[j] + distance;
    variance.at[j] = fmaxf(squares.at[j] / norm.rows - distance * distance, 0.f);
    inverse_sd.at[j] = 1 / sqrtf(variance.at[j] + norm.epsilon);
  }
  if (place.First()) {
    StoreUnits(norm.mean + place.vector, mean);
    StoreUnits(norm.inverse_sd + place.vector, inverse_sd);
    Units before = LoadVector(moving_mean, place), spread = LoadVector(moving_variance, place);
    for (int j = 0; j < kUnitsOfThread; ++j) {
      before.at[j] += rate * (mean.at[j] - before.at[j]);
      spread.at[j] += rate * (variance.at[j] - spread.at[j]);
    }
    StoreUnits(moving_mean + place.vector, before);
    StoreUnits(moving_variance + place.vector, spread);
  }
#pragma unroll 4
  for (int64_t row = threadIdx.y; row < place.rows; row += kRowsOfThreads) {
    Units x = Activated<T>(norm, place, bias, row);
    const Units dropout = DropoutOf(norm, place, row);
    for (int j = 0; j < kUnitsOfThread; ++j)
      x.at[j] =
          (beta.at[j] + (x.at[j] - mean.at[j]) * inverse_sd.at[j] * gamma.at[j]) * dropout.at[j];
    StoreUnits(out + place.matrix + row * norm.units, x);
  }
}

// As StackedHeads::Backward (Ioffe and Szegedy, ICML 2015, section 3), with sum = dbeta and
// with_normalised = dgamma:
//   dx = gamma inverse_sd (dy - (dbeta + normalised dgamma) / rows), and 0 where x = 0 before relu.
template <typename T>
__global__ void __launch_bounds__(kLanes* kRowsOfThreads)
    NormBackwardKernel(FusedNorm norm, T* gradient, float* by_bias, float* by_gamma,
                       float* by_beta) {
  const Place place(norm);
  const Units bias = LoadVector(norm.bias, place), gamma = LoadVector(norm.gamma, place);
  const Units mean = LoadVector(norm.mean, place), inverse_sd = LoadVector(norm.inverse_sd, place);
  Units sum = {}, with_normalised = {};
#pragma unroll 4
  for (int64_t row = threadIdx.y; row < place.rows; row += kRowsOfThreads) {
    const Units x = Activated<T>(norm, place, bias, row);
    const Units dropout = DropoutOf(norm, place, row);
    const Units g = LoadUnits(gradient + place.matrix + row * norm.units);
    for (int j = 0; j < kUnitsOfThread; ++j) {
      const float own = g.at[j] * dropout.at[j];
      sum.at[j] += own;
      with_normalised.at[j] += own * ((x.at[j] - mean.at[j]) * inverse_sd.at[j]);
    }
  }
  sum = SumOfRows(sum);
  with_normalised = SumOfRows(with_normalised);
  Units of_bias = {};
#pragma unroll 4
  for (int64_t row = threadIdx.y; row < place.rows; row += kRowsOfThreads) {
    const Units x = Activated<T>(norm, place, bias, row);
    const Units dropout = DropoutOf(norm, place, row);
    T* at = gradient + place.matrix + row * norm.units;
    Units g = LoadUnits(at);
    for (int j = 0; j < kUnitsOfThread; ++j) {
      const float normalised = (x.at[j] - mean.at[j]) * inverse_sd.at[j];
      const float own =
          g.at[j] * dropout.at[j] - (sum.at[j] + normalised * with_normalised.at[j]) / norm.rows;
      g.at[j] = x.at[j] > 0 ? own * gamma.at[j] * inverse_sd.at[j] : 0.f;
      of_bias.at[j] += g.at[j];
    }
    StoreUnits(at, g);
  }
  of_bias = SumOfRows(of_bias);
  if (place.First()) {
    StoreUnits(by_bias + place.vector, of_bias);
    StoreUnits(by_gamma + place.vector, with_normalised);
    StoreUnits(by_beta + place.vector, sum);
  }
}

dim3 GridOf(const FusedNorm& norm) {
  constexpr int64_t units = kLanes * kUnitsOfThread;
  return dim3(static_cast<unsigned>((norm.units + units - 1) / units),
              static_cast<unsigned>(norm.heads));
}

// ---- Gradient of a kernel and its step. A block has kHeight x kWidth of its entries and goes
// through the rows by kDepth; a multiprocessor holds kBlocks at once, one of which can compute
// while another waits for memory. In kFetchedAhead of its lines the parameters are called to the
// cache before the gradient is computed; for all lines of all blocks it is too small.

constexpr int kHeight = 128, kWidth = 128, kDepth = 32, kThreads = 256, kStages = 3, kBlocks = 2,
              kFetchedAhead = 64;

// Pads lines in shared memory so that neighbouring ones start on different banks.
template <typename T>
constexpr int kPad = 16 / sizeof(T);
constexpr int kResultLine = kWidth + kPad<float>;

// A part of a matrix in shared memory.
template <typename T, int kLines, int kLength>
struct Part {
  static constexpr int kLine = kLength + kPad<T>, kSize = kLines * kLine;

  // From (major, minor) of a matrix [majors, minors] on, zeros outside; begins, for the
  // caller to wait.
  __device__ static void Fetch(T* shared, const T* matrix, int64_t majors, int64_t minors,
                               int64_t major, int64_t minor) {
    constexpr int kPack = 16 / sizeof(T), kPacks = kLength / kPack;
    matrix += major * minors + minor;
    const int inside = static_cast<int>(min(majors - major, static_cast<int64_t>(kLines)));
    const int width = static_cast<int>(min(minors - minor, static_cast<int64_t>(kLength)));
    if (minors % kPack == 0) {
#pragma unroll 4
      for (int i = threadIdx.x; i < kLines * kPacks; i += kThreads) {
        const int line = i / kPacks, at = i % kPacks * kPack;
        const bool there = line < inside && at < width;
        __pipeline_memcpy_async(shared + line * kLine + at,
                                there ? matrix + line * minors + at : matrix, 16, there ? 0 : 16);
      }
    } else {
#pragma unroll 1
      for (int i = threadIdx.x; i < kLines * kLength; i += kThreads) {
        const int line = i / kLength, at = i % kLength;
        shared[line * kLine + at] =
            line < inside && at < width ? matrix[line * minors + at] : T(0.f);
      }
    }
  }
};

// Each thread 8 x 8 entries, as four blocks of 4 x 4.
template <bool kByColumn>
struct PlainProduct {
  using T = float;
  float sums[8][8] = {};

  __device__ static int Own(int thread, int i) { return i / 4 * 64 + thread * 4 + i % 4; }

  __device__ void Add(const float* a, int a_line, const float* b, int b_line) {
    const int row = threadIdx.x / 16, column = threadIdx.x % 16;
#pragma unroll 2
    for (int k = 0; k < kDepth; ++k) {
      float left[8], right[8];
#pragma unroll
      for (int i = 0; i < 8; ++i) {
        left[i] = kByColumn ? a[Own(row, i) * a_line + k] : a[k * a_line + Own(row, i)];
        right[i] = b[k * b_line + Own(column, i)];
      }
#pragma unroll
      for (int i = 0; i < 8; ++i) {
#pragma unroll
        for (int j = 0; j < 8; ++j) sums[i][j] += left[i] * right[j];
      }
    }
  }

  __device__ void Store(float* result) const {
    const int row = threadIdx.x / 16, column = threadIdx.x % 16;
#pragma unroll
    for (int i = 0; i < 8; ++i) {
#pragma unroll
      for (int j = 0; j < 8; ++j) result[Own(row, i) * kResultLine + Own(column, j)] = sums[i][j];
    }
  }
};

// On the tensor cores; each warp has 32 columns.
template <typename Element, typename linalg::Operand, int kStep, bool kByColumn>
struct TensorProduct {
  using T = Element;
  static constexpr int kWarpsAcross = kWidth / 32, kWarpsDown = kThreads / 32 / kWarpsAcross;
  static constexpr int kDown =
      kHeight / kWarpsDown / 16;  // blocks of 16 x 16 of a warp, one below the other
  using LayoutA = std::conditional_t<kByColumn, wmma::row_major, wmma::col_major>;
  wmma::fragment<wmma::accumulator, 16, 16, kStep, float> sums[kDown][2];

  __device__ TensorProduct() {
    for (auto& row : sums) {
      for (auto& sum : row) wmma::fill_fragment(sum, 0.f);
    }
  }
  __device__ static int Row(int i) { return (threadIdx.x / 32 / kWarpsAcross * kDown + i) * 16; }
  __device__ static int Column(int j) { return threadIdx.x / 32 % kWarpsAcross * 32 + j * 16; }

  template <typename Fragment>
  __device__ static void Load(Fragment& fragment, const T* from, int line) {
    wmma::load_matrix_sync(fragment, from, line);
    if constexpr (std::is_same_v<linalg::Operand, wmma::precision::tf32>) {
#pragma unroll
      for (int i = 0; i < fragment.num_elements; ++i)
        fragment.x[i] = wmma::__float_to_tf32(fragment.x[i]);
    }
  }

  __device__ void Add(const T* a, int a_line, const T* b, int b_line) {
#pragma unroll
    for (int k = 0; k < kDepth; k += kStep) {
      wmma::fragment<wmma::matrix_a, 16, 16, kStep, linalg::Operand, LayoutA> left[kDown];
      wmma::fragment<wmma::matrix_b, 16, 16, kStep, linalg::Operand, wmma::row_major> right[2];
#pragma unroll
      for (int i = 0; i < kDown; ++i)
        Load(left[i], kByColumn ? a + Row(i) * a_line + k : a + k * a_line + Row(i), a_line);
#pragma unroll
      for (int j = 0; j < 2; ++j) Load(right[j], b + k * b_line + Column(j), b_line);
#pragma unroll
      for (int i = 0; i < kDown; ++i) {
#pragma unroll
        for (int j = 0; j < 2; ++j) wmma::mma_sync(sums[i][j], left[i], right[j], sums[i][j]);
      }
    }
  }

  __device__ void Store(float* result) const {
#pragma unroll
    for (int i = 0; i < kDown; ++i) {
#pragma unroll
      for (int j = 0; j < 2; ++j)
        wmma::store_matrix_sync(result + Row(i) * kResultLine + Column(j), sums[i][j], kResultLine,
                                wmma::mem_row_major);
    }
  }
};

__device__ void Step(const AdamStep& adam, float gradient, float& value, float& m, float& v) {
  m += (1 - adam.beta1) * (gradient - m);
  v += (1 - adam.beta2) * (gradient * gradient - v);
  value -= adam.rate * __fdividef(m, sqrtf(v) + adam.epsilon);
}

__device__ void StepFour(const AdamStep& adam, const FusedKernel& kernel, int64_t at,
                         const float4& gradient) {
  float4* places[3] = {reinterpret_cast<float4*>(kernel.value + at),
                       reinterpret_cast<float4*>(kernel.m + at),
                       reinterpret_cast<float4*>(kernel.v + at)};
  float4 value = __ldcs(places[0]), m = __ldcs(places[1]), v = __ldcs(places[2]);
  Step(adam, gradient.x, value.x, m.x, v.x);
  Step(adam, gradient.y, value.y, m.y, v.y);
  Step(adam, gradient.z, value.z, m.z, v.z);
  Step(adam, gradient.w, value.w, m.w, v.w);
  __stcs(places[0], value);
  __stcs(places[1], m);
  __stcs(places[2], v);
  if (kernel.rounded != nullptr) {
    *reinterpret_cast<Pack<linalg::Bf16, 4>*>(static_cast<linalg::Bf16*>(kernel.rounded) + at) = {
        From<linalg::Bf16>(value.x), From<linalg::Bf16>(value.y), From<linalg::Bf16>(value.z),
        From<linalg::Bf16>(value.w)};
  }
}

__device__ void FetchAhead(const FusedKernel& kernel, int64_t at) {
  for (const float* array : {kernel.value, kernel.m, kernel.v})
    asm volatile("prefetch.global.L2 [%0];" ::"l"(array + at));
}

template <typename T, bool kByColumn>
using PartOfInput = Part<T, kByColumn ? kHeight : kDepth, kByColumn ? kDepth : kHeight>;

// What is used again, input and gradient, stays in the cache; the parameters pass by it.
template <typename Product, bool kByColumn>
__global__ void __launch_bounds__(kThreads, kBlocks)
    KernelStepKernel(FusedKernel kernel, const typename Product::T* input,
                     const typename Product::T* gradient, int64_t rows, AdamStep adam) {
  using T = typename Product::T;
  using PartA = PartOfInput<T, kByColumn>;
  using PartB = Part<T, kDepth, kWidth>;
  extern __shared__ __align__(128) unsigned char shared[];
  T* const parts = reinterpret_cast<T*>(shared);
  const int64_t head = blockIdx.z, top = static_cast<int64_t>(blockIdx.y) * kHeight,
                left = static_cast<int64_t>(blockIdx.x) * kWidth;
  const int lines = static_cast<int>(min(kernel.inputs - top, static_cast<int64_t>(kHeight)));
  const int columns = static_cast<int>(min(kernel.units - left, static_cast<int64_t>(kWidth)));
  const int64_t first = (head * kernel.inputs + top) * kernel.units + left;
  input += head * rows * kernel.inputs;
  gradient += head * rows * kernel.units;
  const auto stage = [&](int64_t number) {
    return parts + number % kStages * (PartA::kSize + PartB::kSize);
  };
  const int64_t steps = (rows + kDepth - 1) / kDepth;
  const auto fetch = [&](int64_t number) {
    if (number < steps) {
      T* const a = stage(number);
      if constexpr (kByColumn)
        PartA::Fetch(a, input, kernel.inputs, rows, top, number * kDepth);
      else
        PartA::Fetch(a, input, rows, kernel.inputs, number * kDepth, top);
      PartB::Fetch(a + PartA::kSize, gradient, rows, kernel.units, number * kDepth, left);
    }
    __pipeline_commit();
  };
  Product product;
  for (int number = 0; number < kStages - 1; ++number) fetch(number);
  constexpr int kCacheLine = 32, kCacheLines = kWidth / kCacheLine;
  for (int number = threadIdx.x; number < kFetchedAhead * kCacheLines; number += kThreads) {
    const int line = number / kCacheLines, column = number % kCacheLines * kCacheLine;
    if (line < lines && column < columns) FetchAhead(kernel, first + line * kernel.units + column);
  }
  for (int64_t number = 0; number < steps; ++number) {
    __pipeline_wait_prior(kStages - 2);
    __syncthreads();  // the part has come, and all are done with the one that is overwritten next
    fetch(number + kStages - 1);
    product.Add(stage(number), PartA::kLine, stage(number) + PartA::kSize, PartB::kLine);
  }
  __syncthreads();
  float* result = reinterpret_cast<float*>(shared);
  product.Store(result);
  __syncthreads();
#pragma unroll 4
  for (int number = threadIdx.x; number < kHeight * kWidth / 4; number += kThreads) {
    const int line = number / (kWidth / 4), column = number % (kWidth / 4) * 4;
    if (line < lines && column < columns) {
      StepFour(adam, kernel, first + line * kernel.units + column,
               *reinterpret_cast<const float4*>(result + line * kResultLine + column));
    }
  }
}

template <typename Product, bool kByColumn>
void Launch(const FusedKernel& kernel, const void* input, const void* gradient, int64_t rows,
            const AdamStep& adam) {
  using T = typename Product::T;
  constexpr int kSize = PartOfInput<T, kByColumn>::kSize + Part<T, kDepth, kWidth>::kSize;
  constexpr int kShared = std::max(kStages * kSize * static_cast<int>(sizeof(T)),
                                   kHeight * kResultLine * static_cast<int>(sizeof(float)));
  const auto function = KernelStepKernel<Product, kByColumn>;
  cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize, kShared);
  const dim3 grid(static_cast<unsigned>((kernel.units + kWidth - 1) / kWidth),
                  static_cast<unsigned>((kernel.inputs + kHeight - 1) / kHeight),
                  static_cast<unsigned>(kernel.heads));
  function<<<grid, kThreads, kShared>>>(kernel, static_cast<const T*>(input),
                                        static_cast<const T*>(gradient), rows, adam);
}

constexpr int64_t kBlocksOfStep = 132 * 16;

template <typename T>
__global__ void __launch_bounds__(kThreads)
    KernelStepByKernel(FusedKernel kernel, const T* gradient, int64_t fours, AdamStep adam) {
#pragma unroll 2
  for (int64_t i = blockIdx.x * static_cast<int64_t>(kThreads) + threadIdx.x; i < fours;
       i += gridDim.x * kThreads) {
    const auto by = reinterpret_cast<const Pack<T, 4>*>(gradient)[i];
    StepFour(adam, kernel, 4 * i,
             {ToFloat(by.at[0]), ToFloat(by.at[1]), ToFloat(by.at[2]), ToFloat(by.at[3])});
  }
}

template <bool kByColumn>
void LaunchFor(const FusedKernel& kernel, Arithmetic arithmetic, const void* input,
               const void* gradient, int64_t rows, const AdamStep& adam) {
  using Tf32Product = TensorProduct<float, wmma::precision::tf32, 8, kByColumn>;
  using linalg::Bf16Product = TensorProduct<linalg::Bf16, linalg::Bf16, 16, kByColumn>;
  switch (arithmetic) {
    case Arithmetic::kFp32:
      return Launch<PlainProduct<kByColumn>, kByColumn>(kernel, input, gradient, rows, adam);
    case Arithmetic::kTf32:
      return Launch<Tf32Product, kByColumn>(kernel, input, gradient, rows, adam);
    case Arithmetic::kBf16:
      return Launch<linalg::Bf16Product, kByColumn>(kernel, input, gradient, rows, adam);
  }
}

}  // namespace

const char* NormForward(const FusedNorm& norm, double rate, float* moving_mean,
                        float* moving_variance, void* out) {
  const dim3 block(kLanes, kRowsOfThreads);
  const auto r = static_cast<float>(rate);
  if (norm.bf16) {
    NormForwardKernel<<<GridOf(norm), block>>>(norm, r, moving_mean, moving_variance,
                                               static_cast<linalg::Bf16*>(out));
  } else {
    NormForwardKernel<<<GridOf(norm), block>>>(norm, r, moving_mean, moving_variance,
                                               static_cast<float*>(out));
  }
  return Refused();
}

const char* NormBackward(const FusedNorm& norm, void* gradient, float* by_bias, float* by_gamma,
                         float* by_beta) {
  const dim3 block(kLanes, kRowsOfThreads);
  if (norm.bf16) {
    NormBackwardKernel<<<GridOf(norm), block>>>(norm, static_cast<linalg::Bf16*>(gradient), by_bias,
                                                by_gamma, by_beta);
  } else {
    NormBackwardKernel<<<GridOf(norm), block>>>(norm, static_cast<float*>(gradient), by_bias,
                                                by_gamma, by_beta);
  }
  return Refused();
}

const char* KernelStep(const FusedKernel& kernel, Arithmetic arithmetic, const void* input,
                       bool by_column, const void* gradient, int64_t rows, const AdamStep& adam) {
  if (by_column) {
    LaunchFor<true>(kernel, arithmetic, input, gradient, rows, adam);
  } else {
    LaunchFor<false>(kernel, arithmetic, input, gradient, rows, adam);
  }
  return Refused();
}

const char* KernelStepBy(const FusedKernel& kernel, Arithmetic arithmetic, const void* gradient,
                         const AdamStep& adam) {
  const int64_t fours = kernel.heads * kernel.inputs * kernel.units / 4;
  const auto blocks =
      static_cast<unsigned>(std::min((fours + kThreads - 1) / kThreads, kBlocksOfStep));
  if (arithmetic == Arithmetic::kBf16) {
    KernelStepByKernel<<<blocks, kThreads>>>(kernel, static_cast<const linalg::Bf16*>(gradient),
                                             fours, adam);
  } else {
    KernelStepByKernel<<<blocks, kThreads>>>(kernel, static_cast<const float*>(gradient), fours,
                                             adam);
  }
  return Refused();
}

bool KernelsFitDevice() {
  cudaFuncAttributes attributes;
  if (cudaFuncGetAttributes(&attributes, KernelStepByKernel<linalg::Bf16>) == cudaSuccess)
    return true;
  cudaGetLastError();  // it is told once
  return false;
}

}  // namespace kallos::ga
