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

// GFLOP/s of sgemm: all threads, each with its own 1536-cube product.
inline double PeakGflops() {
  constexpr int kSize = 1536;
  const auto count = static_cast<size_t>(Threads());
  std::vector<std::vector<float>> c(count, std::vector<float>(kSize * kSize));
  const std::vector<float> a(kSize * kSize, 0.5f);
  const double seconds = Least(5, [&] {
    ParallelFor(count, [&](size_t i) {
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, kSize, kSize, kSize, 1, a.data(), kSize, a.data(), kSize,
                  0, c[i].data(), kSize);
    });
  });
  return 2e-9 * kSize * kSize * kSize * static_cast<double>(count) / seconds;
}

}  // namespace kallos
