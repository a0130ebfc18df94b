#include "pca/spectrum.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "lib/core/error.h"
#include "lib/linalg/orthonormal.h"
#include "lib/linalg/products.h"
#include "lib/linalg/symmetric_eigen.h"

namespace kallos::pca {
namespace {

constexpr double kRounding = 1e-12;

// The first `count` components as orthonormal rows.
Matrix<double> Basis(const model::Reduction& model, size_t count) {
  Matrix<double> rows(count, model.components.columns());
  std::copy_n(model.components.data(), count * rows.columns(), rows.data());
  if (model.method == model::ReductionMethod::kIca && !linalg::Orthonormalise(rows.View()))
    throw InputError(
        "the components of the ICA are numerically dependent, so they span no space of {} "
        "dimensions",
        count);
  return rows;
}

double LargestEigenvalue(Matrix<double> symmetric) {
  return linalg::LargestEigenpairs(symmetric, [](const auto&) { return size_t{1}; }).values.front();
}

// sin(angle) = |A - A B^T B|, the spectral norm, for orthonormal rows A and B (Bjorck and
// Golub, Mathematics of Computation 27, 1973); the norm is the root of the largest eigenvalue
// of the rest's products.
double LargestAngle(Matrix<double> a, const Matrix<double>& b) {
  Matrix<double> overlap(a.rows(), b.rows());
  linalg::AddProductTransposed(std::as_const(a).View(), b.View(), overlap.View());
  for (size_t i = 0; i < overlap.rows() * overlap.columns(); ++i) overlap.data()[i] *= -1;
  // What of `a` is outside the space of `b`.
  linalg::AddProduct(std::as_const(overlap).View(), b.View(), a.View());
  Matrix<double> squares(a.rows(), a.rows());
  linalg::AddProductTransposed(std::as_const(a).View(), std::as_const(a).View(), squares.View());
  return std::asin(std::sqrt(std::clamp(LargestEigenvalue(std::move(squares)), 0.0, 1.0)));
}

}  // namespace

// exp(-sum over i of p_i log p_i), p_i = variance_i / sum of the variances (Roy and
// Vetterli, EUSIPCO 2007).
double EffectiveRank(const std::vector<double>& variances) {
  const double total = std::accumulate(variances.begin(), variances.end(), 0.0);
  if (total <= 0) return 0;
  double entropy = 0;
  for (const double variance : variances) {
    const double share = variance / total;
    if (share > 0) entropy -= share * std::log(share);
  }
  return std::exp(entropy);
}

std::vector<double> CumulatedShares(const std::vector<double>& variances, double total) {
  std::vector<double> shares;
  double sum = 0;
  for (const double variance : variances) {
    sum += variance;
    shares.push_back(total > 0 ? sum / total : 0);
  }
  return shares;
}

std::optional<int64_t> ComponentsFor(const std::vector<double>& cumulated_shares, double part) {
  const auto found = std::ranges::lower_bound(cumulated_shares, part - kRounding);
  if (found == cumulated_shares.end()) return std::nullopt;
  return found - cumulated_shares.begin() + 1;
}

Comparison Compare(const model::Reduction& model, const model::Reduction& exact) {
  if (model.inputs() != exact.inputs())
    throw InputError("the models are for {} and {} columns, so they cannot be compared",
                     model.inputs(), exact.inputs());
  Comparison result;
  result.count = std::min(model.outputs(), exact.outputs());
  const size_t count = result.count;
  for (size_t i = 0; i < count; ++i) {
    const double reference = exact.explained_variance[i];
    if (reference <= 0) break;
    result.variance_error = std::max(result.variance_error,
                                     std::abs(model.explained_variance[i] - reference) / reference);
  }
  result.angle = LargestAngle(Basis(model, count), Basis(exact, count));
  return result;
}

}  // namespace kallos::pca
