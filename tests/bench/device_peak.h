// What a device can do at most, measured in the same run.
#pragma once

#include <ATen/ATen.h>

#include <string>

#include "tests/bench/measure.h"

namespace kallos {

// Seconds of work() on the device, after one call that warms it up; `some` is any tensor there.
template <typename Work>
double DeviceSeconds(const at::Tensor& some, const Work& work) {
  const auto wait = [&] { some.sum().item<float>(); };
  work();
  wait();
  return Least(3, [&] { work(), wait(); });
}

// Of the matrix product of random numbers in "fp32", "tf32", "fp16" or "bf16".
inline double PeakTflops(at::Device device, const std::string& precision) {
  const int64_t size = device.is_cuda() ? 8192 : 1024;
  const auto type = precision == "bf16"   ? at::kBFloat16
                    : precision == "fp16" ? at::kHalf
                                          : at::kFloat;
  const bool tf32 = at::globalContext().allowTF32CuBLAS();
  at::globalContext().setAllowTF32CuBLAS(precision == "tf32");
  const at::Tensor a = at::rand({size, size}, at::TensorOptions().device(device)).to(type);
  at::Tensor c = at::empty_like(a);
  const double seconds = DeviceSeconds(at::ones({1}, device), [&] { at::mm_out(c, a, a); });
  at::globalContext().setAllowTF32CuBLAS(tf32);
  return 2e-12 * static_cast<double>(size * size * size) / seconds;
}

inline double MemoryTerabytesPerSecond(at::Device device) {
  const int64_t size = int64_t{1} << (device.is_cuda() ? 29 : 25);
  const at::Tensor a = at::ones({size}, at::TensorOptions().device(device).dtype(at::kFloat));
  at::Tensor b = at::zeros_like(a);
  const double seconds = DeviceSeconds(at::ones({1}, device), [&] { b.copy_(a); });
  return 8e-12 * static_cast<double>(size) / seconds;
}

}  // namespace kallos
