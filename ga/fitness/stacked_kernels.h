// The passes of a training step of stacked heads over memory, fused, as CUDA kernels on the default
// stream. Pointers are the device's; matrices are contiguous. Numbers are float32, or bfloat16
// where so said; sums are float32, in an order that depends on the shapes alone. What a function
// returns is null, or why CUDA refused it.
#pragma once

#include <cstdint>

namespace kallos::ga {

constexpr int64_t kUnitsMultiple = 4;  // that the units of a layer are one of

// Whether they were compiled for the present device.
bool KernelsFitDevice();

enum class Arithmetic { kFp32, kTf32, kBf16 };

// Of a layer, with its batch norm; each vector [heads, units] of float32.
struct FusedNorm {
  int64_t heads = 0, rows = 0, units = 0;
  bool bf16 = false;
  float epsilon = 0;              // added to the variance
  float dropout_scale = 1;        // 1 / (1 - dropout)
  const void* product = nullptr;  // [heads, rows, units]: input x kernel, without the bias
  const uint8_t* kept = nullptr;  // [rows, units]: 0 where dropout takes a unit out
  const float *bias = nullptr, *gamma = nullptr, *beta = nullptr;
  float *mean = nullptr, *inverse_sd = nullptr;  // of the batch: Forward writes, Backward reads
};

// out [heads, rows, units] = dropout(gamma * (x - mean) / sd + beta) of x = relu(product + bias).
// The moving statistics go `rate` of the way to those of the batch.
const char* NormForward(const FusedNorm& norm, double rate, float* moving_mean,
                        float* moving_variance, void* out);

// gradient [heads, rows, units] by NormForward's result becomes that by the product, in place; the
// others that by their vectors.
const char* NormBackward(const FusedNorm& norm, void* gradient, float* by_bias, float* by_gamma,
                         float* by_beta);

// Of Adam as Keras has it: value -= rate * m / (sqrt(v) + epsilon).
struct AdamStep {
  float rate = 0, beta1 = 0, beta2 = 0, epsilon = 0;
};

// A kernel with its moments [heads, inputs, units], and its bfloat16 copy where there is one.
struct FusedKernel {
  int64_t heads = 0, inputs = 0, units = 0;
  float *value = nullptr, *m = nullptr, *v = nullptr;
  void* rounded = nullptr;
};

// A step of Adam by the gradient input^T x gradient, which never comes to memory. input [heads,
// rows, inputs], or [heads, inputs, rows] where `by_column`; gradient [heads, rows, units]. Both
// are bfloat16 for kBf16.
const char* KernelStep(const FusedKernel& kernel, Arithmetic arithmetic, const void* input,
                       bool by_column, const void* gradient, int64_t rows, const AdamStep& adam);

// The same step by a gradient [heads, inputs, units] in memory, bfloat16 for kBf16.
const char* KernelStepBy(const FusedKernel& kernel, Arithmetic arithmetic, const void* gradient,
                         const AdamStep& adam);

}  // namespace kallos::ga
