#include "pca/fast_ica.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/log.h"
#include "lib/core/progress.h"
#include "lib/core/rng.h"
#include "lib/linalg/products.h"
#include "lib/linalg/tall_factors.h"
#include "lib/model/to_float.h"
#include "lib/parallel/parallel.h"

namespace kallos::pca {
namespace {

constexpr size_t kChunk = 4096;      // whitened rows at a time
constexpr size_t kRowsPerTask = 64;  // of a chunk, for the contrast

void CheckSettings(const TrainingRows& rows, const model::Reduction& pca,
                   const IcaSettings& settings) {
  KALLOS_CHECK(pca.inputs() == rows.columns() && pca.outputs() > 0 &&
               pca.method != model::ReductionMethod::kIca);
  if (settings.alpha < 1 || settings.alpha > 2)
    throw UsageError("alpha is {}; expected 1 to 2", settings.alpha);
  if (!(settings.tolerance > 0) || settings.max_iterations < 1)
    throw UsageError("the tolerance must be above 0 and the number of iterations at least 1");
  if (pca.outputs() > pca.rank) {
    throw InputError(
        "{} independent components need rows that differ in as many directions; these have "
        "numerical rank {}. Ask for "
        "at most so many components",
        pca.outputs(), pca.rank);
  }
}

// Row i of the PCA's components times variance_i ^ exponent.
Matrix<double> ScaledComponents(const model::Reduction& pca, double exponent) {
  Matrix<double> scaled(pca.components.rows(), pca.components.columns());
  ParallelFor(scaled.rows(), [&](size_t i) {
    const double factor = std::pow(pca.explained_variance[i], exponent);
    std::ranges::transform(pca.components.Row(i), scaled.Row(i).begin(),
                           [&](float c) { return factor * c; });
  });
  return scaled;
}

// z = diag(variance)^(-1/2) P (x - mean) for the rows P of the PCA, as rows x k: unit variance,
// uncorrelated. may_stop() is called after each block.
Matrix<double> Whiten(const TrainingRows& rows, const model::Reduction& pca,
                      const std::function<void()>& may_stop) {
  const Matrix<double> whitening = ScaledComponents(pca, -0.5);
  Matrix<double> white(rows.rows(), whitening.rows());
  Progress progress("whitening", "rows", rows.rows());
  size_t first = 0;
  for (size_t b = 0; b < rows.block_count(); ++b) {
    const Matrix<double> block = rows.ReadCentred(b, pca.mean);
    linalg::AddProductTransposed(block.View(), whitening.View(),
                                 {white.Row(first).data(), block.rows(), white.columns()});
    first += block.rows();
    progress.Add(block.rows());
    may_stop();
  }
  return white;
}

// u becomes g(u); returns g'(u) (Hyvarinen, IEEE Transactions on Neural Networks 10, 1999):
//   logcosh: g = tanh(a u),           g' = a (1 - tanh(a u)^2),
//   exp:     g = u exp(-u^2 / 2),     g' = (1 - u^2) exp(-u^2 / 2),
//   cube:    g = u^3,                 g' = 3 u^2.
double ApplyContrast(const IcaSettings& settings, double& u) {
  const double square = u * u;
  switch (settings.contrast) {
    case Contrast::kLogcosh: {
      u = std::tanh(settings.alpha * u);
      return settings.alpha * (1 - u * u);
    }
    case Contrast::kExp: {
      const double bell = std::exp(-square / 2);
      u *= bell;
      return (1 - square) * bell;
    }
    case Contrast::kCube: {
      u *= square;
      return 3 * square;
    }
  }
  throw BugError("unknown contrast");
}

// Every entry of u [rows x k] becomes g; the sums of g' over the rows are added to `slopes` [k].
void ApplyContrast(const IcaSettings& settings, Matrix<double>& u, std::vector<double>& slopes) {
  const auto map = [&](size_t begin, size_t end) {
    std::vector<double> sums(u.columns());
    for (size_t i = begin; i < end; ++i) {
      for (size_t j = 0; j < u.columns(); ++j) sums[j] += ApplyContrast(settings, u(i, j));
    }
    return sums;
  };
  const auto add = [](std::vector<double> a, const std::vector<double>& b) {
    for (size_t j = 0; j < a.size(); ++j) a[j] += b[j];
    return a;
  };
  slopes = ParallelReduce(u.rows(), kRowsPerTask, std::move(slopes), map, add);
}

// (w w^T)^(-1/2) w. With w = U S V^T it is (U S^2 U^T)^(-1/2) U S V^T = U V^T, without
// squaring what is small.
Matrix<double> Decorrelate(Matrix<double> w) {
  const linalg::Svd svd = linalg::SquareSvd(w);
  Matrix<double> rotation(w.rows(), w.rows());
  linalg::AddProduct(svd.left.View(), svd.right.View(), rotation.View());
  return rotation;
}

Matrix<double> StartRotation(size_t k, uint64_t seed) {
  Matrix<double> w(k, k);
  for (size_t i = 0; i < k; ++i) {
    Stream stream(seed, "pca/ica-start", i);
    for (double& value : w.Row(i)) value = stream.Normal();
  }
  return Decorrelate(std::move(w));
}

// Row i becomes E[g(w_i z) z] - E[g'(w_i z)] w_i, then all are made orthogonal (Hyvarinen 1999, the
// symmetric fixed-point iteration). may_stop() is called for each chunk.
Matrix<double> Iterate(const Matrix<double>& white, const Matrix<double>& w,
                       const IcaSettings& settings, const std::function<void()>& may_stop) {
  const size_t k = w.rows();
  Matrix<double> next(k, k);
  std::vector<double> slopes(k);
  for (size_t first = 0; first < white.rows(); first += kChunk) {
    may_stop();
    const size_t rows = std::min(kChunk, white.rows() - first);
    const MatrixView<const double> chunk{white.Row(first).data(), rows, k};
    Matrix<double> u(rows, k);
    linalg::AddProductTransposed(chunk, w.View(), u.View());
    ApplyContrast(settings, u, slopes);
    linalg::AddTransposedProduct(std::as_const(u).View(), chunk, next.View());
  }
  const double n = white.rows();
  for (size_t i = 0; i < k; ++i) {
    for (size_t j = 0; j < k; ++j) next(i, j) = (next(i, j) - slopes[i] * w(i, j)) / n;
  }
  return Decorrelate(std::move(next));
}

// max over i of |1 - |<a_i, b_i>||: 0 where no row but its sign has changed.
double Change(const Matrix<double>& a, const Matrix<double>& b) {
  double largest = 0;
  for (size_t i = 0; i < a.rows(); ++i) {
    const double cosine =
        std::inner_product(a.Row(i).begin(), a.Row(i).end(), b.Row(i).begin(), 0.0);
    largest = std::max(largest, std::abs(1 - std::abs(cosine)));
  }
  return largest;
}

// The rotation of the whitened rows, from where an earlier run left it.
Matrix<double> FindRotation(const TrainingRows& rows, const model::Reduction& pca,
                            const IcaSettings& settings, IcaFit& fit) {
  const size_t k = pca.components.rows();
  Matrix<double> w(k, k);
  Checkpoint checkpoint(settings.checkpoint, "iterations at most", settings.max_iterations,
                        [&](int64_t) {
                          return StateParts{{&fit.change, 1}, {w.data(), k * k}};
                        });
  fit.iterations = checkpoint.Load();
  if (fit.iterations == 0) w = StartRotation(k, settings.seed);
  fit.converged = fit.iterations > 0 && fit.change < settings.tolerance;
  const auto may_stop = [&] { checkpoint.ThrowIfStopRequested(fit.iterations); };
  const Matrix<double> white = Whiten(rows, pca, may_stop);
  Progress progress("FastICA", "iterations", 0, fit.iterations);
  while (!fit.converged && fit.iterations < settings.max_iterations) {
    Matrix<double> next = Iterate(white, w, settings, may_stop);
    fit.change = Change(next, w);
    fit.converged = fit.change < settings.tolerance;
    ++fit.iterations;
    w = std::move(next);
    progress.Add(1, fmt::format("change {:.1e}", fit.change));
    if (settings.on_iteration) settings.on_iteration(fit.iterations, fit.change);
    checkpoint.SaveIfDue(fit.iterations);
  }
  return w;
}

Matrix<double> Product(const Matrix<double>& a, const Matrix<double>& b) {
  Matrix<double> c(a.rows(), b.columns());
  linalg::AddProduct(a.View(), b.View(), c.View());
  return c;
}

double SquaredLength(std::span<const double> row) {
  return std::inner_product(row.begin(), row.end(), row.begin(), 0.0);
}

double LargestEntry(std::span<const double> row) {
  return *std::ranges::max_element(row, {}, [](double value) { return std::abs(value); });
}

// Rows of the rotation by descending share of the variance, |mixing_i|^2 / total variance, with
// signs that make the entry of largest magnitude in each row of `mixing` positive.
void ArrangeSources(const Matrix<double>& mixing, double total_variance, Matrix<double>& rotation,
                    IcaFit& fit) {
  const size_t k = mixing.rows();
  std::vector<double> shares(k);
  ParallelFor(k, [&](size_t i) { shares[i] = SquaredLength(mixing.Row(i)) / total_variance; });
  std::vector<size_t> order(k);
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::greater<>(), [&](size_t i) { return shares[i]; });
  Matrix<double> arranged(k, k);
  for (size_t i = 0; i < k; ++i) {
    const double sign = LargestEntry(mixing.Row(order[i])) < 0 ? -1 : 1;
    std::ranges::transform(rotation.Row(order[i]), arranged.Row(i).begin(),
                           [&](double value) { return sign * value; });
    fit.shares.push_back(shares[order[i]]);
  }
  rotation = std::move(arranged);
}

}  // namespace

uint64_t IcaBytes(const TrainingRows& rows, int64_t components) {
  const size_t n = rows.rows();
  const size_t d = rows.columns();
  const size_t k = components;
  const size_t b = rows.largest_block();
  const size_t pca = k * d * sizeof(float);
  const size_t whitening =
      n * k * sizeof(double) + k * d * sizeof(double) + b * d * (sizeof(float) + sizeof(double));
  const size_t iterating =
      (n + std::min(n, kChunk) + 3 * k) * k * sizeof(double) + linalg::SquareSvdBytes(k);
  const size_t result = 2 * k * d * (sizeof(double) + sizeof(float)) + 2 * k * k * sizeof(double);
  return pca + std::max({whitening, iterating, result});
}

IcaFit FitFastIca(const TrainingRows& rows, const model::Reduction& pca,
                  const IcaSettings& settings) {
  CheckSettings(rows, pca, settings);
  IcaFit fit;
  Matrix<double> rotation = FindRotation(rows, pca, settings, fit);
  if (!fit.converged) {
    LogWarning(
        "FastICA did not converge: after {} iterations a row of the rotation still changes by "
        "{:.2g} (tolerance "
        "{:.2g}). Allow more iterations, another contrast, or fewer components",
        fit.iterations, fit.change, settings.tolerance);
  }
  ArrangeSources(Product(rotation, ScaledComponents(pca, 0.5)), pca.total_variance, rotation, fit);
  fit.model = pca;
  fit.model.method = model::ReductionMethod::kIca;
  fit.model.whiten = false;
  fit.model.mixing = model::ToFloat(Product(rotation, ScaledComponents(pca, 0.5)));
  fit.model.components = model::ToFloat(Product(rotation, ScaledComponents(pca, -0.5)));
  return fit;
}

}  // namespace kallos::pca
