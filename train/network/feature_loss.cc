#include "train/network/feature_loss.h"

#include <cmath>
#include <numeric>

#include "lib/core/error.h"

namespace kallos::train {
namespace {

// weight |y - t|^2; its gradient by y is 2 weight (y - t).
double SquaredError(std::span<const float> y, std::span<const float> t, double weight,
                    std::span<float> gradient) {
  double sum = 0;
  for (size_t j = 0; j < y.size(); ++j) {
    const double difference = double{y[j]} - t[j];
    sum += difference * difference;
    gradient[j] = static_cast<float>(2 * weight * difference);
  }
  return weight * sum;
}

double Dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t j = 0; j < a.size(); ++j) sum += double{a[j]} * b[j];
  return sum;
}

// d(1 - cos)/dy = (cos y / |y| - t / |t|) / |y|.
double OneMinusCosine(std::span<const float> y, std::span<const float> t, double weight,
                      std::span<float> gradient) {
  const double length = std::sqrt(Dot(y, y)), target = std::sqrt(Dot(t, t));
  if (length == 0 || target == 0) return weight;
  const double cosine = Dot(y, t) / (length * target);
  for (size_t j = 0; j < y.size(); ++j)
    gradient[j] = static_cast<float>(weight * (cosine * y[j] / length - t[j] / target) / length);
  return weight * (1 - cosine);
}

}  // namespace

LossAndGradient Compare(FeatureLoss loss, MatrixView<const float> outputs,
                        MatrixView<const float> targets) {
  KALLOS_CHECK(outputs.rows == targets.rows && outputs.columns == targets.columns &&
               outputs.rows > 0);
  LossAndGradient result{0, Matrix<float>(outputs.rows, outputs.columns)};
  const double per_row = 1 / static_cast<double>(outputs.rows);
  const double per_value = per_row / outputs.columns;
  for (size_t i = 0; i < outputs.rows; ++i) {
    const std::span<float> gradient = result.gradient.Row(i);
    result.loss += loss == FeatureLoss::kCosine
                       ? OneMinusCosine(outputs.Row(i), targets.Row(i), per_row, gradient)
                       : SquaredError(outputs.Row(i), targets.Row(i), per_value, gradient);
  }
  return result;
}

ColumnScale ScaleOf(const Matrix<float>& values, const std::vector<size_t>& rows) {
  const size_t columns = values.columns();
  const auto n = static_cast<double>(rows.size());
  std::vector<double> mean(columns), square(columns);
  for (const size_t row : rows) {
    for (size_t j = 0; j < columns; ++j) mean[j] += values(row, j) / n;
  }
  for (const size_t row : rows) {
    for (size_t j = 0; j < columns; ++j)
      square[j] += (values(row, j) - mean[j]) * (values(row, j) - mean[j]) / n;
  }
  ColumnScale scale;
  for (size_t j = 0; j < columns; ++j) {
    scale.mean.push_back(static_cast<float>(mean[j]));
    scale.sd.push_back(square[j] > 1e-12 ? static_cast<float>(std::sqrt(square[j])) : 1.0f);
  }
  return scale;
}

}  // namespace kallos::train
