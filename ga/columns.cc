#include "ga/columns.h"

#include <algorithm>

#include "lib/parallel/parallel.h"

namespace kallos::ga {

void ForEachColumn(const TrainingRows& training,
                   const std::function<void(size_t j, std::span<const float> column)>& body) {
  constexpr size_t kAtOnce = 32;  // columns: two cache lines of each row
  const size_t columns = training.features.columns;
  ParallelFor((columns + kAtOnce - 1) / kAtOnce, [&](size_t block) {
    const size_t first = block * kAtOnce, count = std::min(kAtOnce, columns - first);
    Matrix<float> transposed(count, training.rows.size());
    for (size_t i = 0; i < training.rows.size(); ++i) {
      const float* row = training.features.Row(training.rows[i]).data() + first;
      for (size_t k = 0; k < count; ++k) transposed(k, i) = row[k];
    }
    for (size_t k = 0; k < count; ++k) body(first + k, std::as_const(transposed).Row(k));
  });
}

double MeanOf(std::span<const float> column) {
  double sum = 0;
  for (const float x : column) sum += double{x};
  return sum / column.size();
}

// In two passes, which lose no digits where the mean is large beside the deviations (Chan, Golub
// and LeVeque, The American Statistician 1983).
double VarianceOf(std::span<const float> column) {
  const double mean = MeanOf(column);
  double square = 0;
  for (const float x : column) square += (double{x} - mean) * (double{x} - mean);
  return square / column.size();
}

}  // namespace kallos::ga
