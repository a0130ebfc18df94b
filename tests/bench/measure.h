// What the benchmarks share: a clock, the least of several times, and the product peak of the run.
#pragma once

#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include "lib/parallel/parallel.h"

namespace kallos {

inline double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Least time of `repeats` calls.
template <typename Body>
double Least(int repeats, const Body& body) {
  double least = INFINITY;
  for (int i = 0; i < repeats; ++i) {
    const double start = Seconds();
    body();
    least = std::min(least, Seconds() - start);
  }
  return least;
}

inline void SquareProduct(int n, const float* a, float* c) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, a, n, 0, c, n);
}
inline void SquareProduct(int n, const double* a, double* c) {
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, a, n, 0, c, n);
}

// GFLOP/s of the matrix product of floats or doubles: all threads, each with its own 1536-cube
// product.
template <typename T>
double PeakGflops() {
  constexpr int kSize = 1536;
  const auto count = static_cast<size_t>(Threads());
  std::vector<std::vector<T>> c(count, std::vector<T>(kSize * kSize));
  const std::vector<T> a(kSize * kSize, 0.5);
  const double seconds = Least(5, [&] {
    ParallelFor(count, [&](size_t i) { SquareProduct(kSize, a.data(), c[i].data()); });
  });
  return 2e-9 * kSize * kSize * kSize * static_cast<double>(count) / seconds;
}

}  // namespace kallos
