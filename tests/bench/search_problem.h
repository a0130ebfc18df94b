// A search of the published size as the benchmarks of its fitness draw it: 5,000 of 19,488 columns
// of random features.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "ga/fitness/head_fitness.h"
#include "lib/core/rng.h"
#include "lib/parallel/parallel.h"

namespace kallos::train {

constexpr size_t kColumns = 19488;
constexpr size_t kSelected = 5000;
constexpr double kBytesPerParameter =
    28;  // parameter, both moments and gradient read, all but the last written

inline ga::Columns RandomSelection(uint64_t individual) {
  ga::Columns columns(kColumns);
  std::iota(columns.begin(), columns.end(), 0);
  Stream(individual, "bench/columns").Shuffle(columns);
  columns.resize(kSelected);
  std::ranges::sort(columns);
  return columns;
}

struct SearchProblem {
  Matrix<float> features;
  std::vector<int> labels;

  explicit SearchProblem(size_t rows) : features(rows, kColumns), labels(rows) {
    ParallelFor(rows, [&](size_t i) {
      Stream stream(2, "bench/features", i);
      for (float& value : features.Row(i))
        value = static_cast<float>(stream.Next32() >> 8) * 0x1p-24f;
      labels[i] = static_cast<int>(i % 2);
    });
  }
};

// Of kernels and biases of the head.
inline double ParametersOf(const ga::Recipe& recipe) {
  double parameters = 0;
  int64_t in = kSelected;
  for (const int64_t units : recipe.hidden)
    parameters += static_cast<double>((in + 1) * units), in = units;
  return parameters + static_cast<double>(2 * (in + 1));
}

}  // namespace kallos::train
