#include "pca/exact.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>

#include "lib/core/error.h"
#include "lib/core/log.h"
#include "lib/core/progress.h"
#include "lib/core/rng.h"
#include "lib/core/stop.h"
#include "lib/linalg/orthonormal.h"
#include "lib/linalg/products.h"
#include "lib/model/to_float.h"
#include "lib/parallel/parallel.h"
#include "pca/signs.h"

namespace kallos::pca {
namespace {

constexpr size_t kColumns = 1024;  // of the features at a time, in ComponentsOfRows

bool ByRows(const TrainingRows& rows) {
  return rows.rows() <= rows.columns();
}

// What the eigenvalues of a scatter say, before any vector is known. Of n rows, each counted
// `repeat` times, variance_i = repeat eigenvalue_i / (repeat n - 1). The rank is the number of
// variances above variance_1 max(n, D) epsilon, as NumPy's matrix_rank counts singular values.
struct Spectrum {
  std::vector<double> variances;  // descending, >= 0
  int64_t rank = 0;
  double scale = 1;  // variance = scale * eigenvalue

  Spectrum(const std::vector<double>& eigenvalues, const TrainingRows& rows, int64_t repeat) {
    const double n = rows.rows() * repeat;
    scale = repeat / (n - 1);
    for (const double value : eigenvalues) variances.push_back(scale * std::max(value, 0.0));
    const double size = std::max(rows.rows(), rows.columns());
    const double floor = variances[0] * size * std::numeric_limits<double>::epsilon();
    rank = std::count_if(variances.begin(), variances.end(), [&](double v) { return v > floor; });
    // Centring takes one dimension, whatever rounding leaves of it.
    rank = std::min({rank, rows.rows() - 1, rows.columns()});
    // There are as many directions as columns; those beyond the rank have variance 0.
    variances.resize(rank);
    variances.resize(rows.columns(), 0.0);
  }
};

size_t Choose(const Spectrum& spectrum, const ExactSettings& settings) {
  if (spectrum.variances[0] <= 0)
    throw InputError("all rows are equal: there is no direction in which they differ");
  return settings.count(spectrum.variances, spectrum.rank);
}

// `total_variance` was the sum of the eigenvalues.
void Note(const Spectrum& spectrum, model::Reduction& model) {
  model.rank = spectrum.rank;
  model.spectrum = spectrum.variances;
  model.total_variance *= spectrum.scale;
}

// Shows how the eigensolver gets on, and lets ctrl-C end it.
class EigenProgress {
 public:
  linalg::EigenWatch Watch() {
    return {
        .on_step = [this](const std::string& step, double operations) { Begin(step, operations); },
        .on_work = [this](double operations) { Add(operations); }};
  }

 private:
  void Begin(const std::string& step, double operations) {
    ThrowIfStopRequested();
    progress_.reset();
    stop_at_once_.reset();
    done_ = shown_ = 0;
    if (operations > 0) {
      progress_.emplace(step, "GFLOP", static_cast<int64_t>(operations / kGiga));
    } else {
      LogInfo("{} ...", step);
      stop_at_once_.emplace();
    }
  }
  void Add(double operations) {
    ThrowIfStopRequested();
    const std::scoped_lock lock(mutex_);
    done_ += operations;
    const int64_t whole = done_ / kGiga;
    progress_->Add(whole - shown_);
    shown_ = whole;
  }

  static constexpr double kGiga = 1e9;
  std::mutex mutex_;
  std::optional<Progress> progress_;
  std::optional<StopAtOnce> stop_at_once_;
  double done_ = 0;
  int64_t shown_ = 0;  // of done_, in whole GFLOP
};

// Rows first.. of `components` become arbitrary directions, orthogonal to those
// before after Orthonormalise.
void FillArbitrary(Matrix<double>& components, size_t first, uint64_t seed) {
  for (size_t i = first; i < components.rows(); ++i) {
    Stream stream(seed, "pca/beyond-rank", i);
    for (double& value : components.Row(i)) value = stream.Normal();
  }
}

Matrix<double> ComponentsOfColumns(const TrainingRows& rows, const ExactSettings& settings,
                                   model::Reduction& model) {
  Scatter scatter = SumScatter(rows, settings.checkpoint, *settings.algebra);
  model.mean = scatter.mean;
  for (size_t j = 0; j < scatter.mean.size(); ++j) model.total_variance += scatter.sums(j, j);
  EigenProgress progress;
  linalg::Eigenpairs pairs = settings.algebra->LargestEigenpairs(
      scatter.sums,
      [&](const std::vector<double>& values) {
        const Spectrum spectrum(values, rows, settings.repeat);
        Note(spectrum, model);
        return Choose(spectrum, settings);
      },
      progress.Watch());
  return std::move(pairs.vectors);
}

Matrix<float> ReadAllRows(const TrainingRows& rows) {
  Matrix<float> all(rows.rows(), rows.columns());
  size_t next = 0;
  for (size_t block = 0; block < rows.block_count(); ++block) {
    ThrowIfStopRequested(
        "a fit on no more rows than columns has no checkpoints: the same command begins anew");
    const Matrix<float> part = rows.Read(block);
    std::copy(part.data(), part.data() + part.rows() * part.columns(), all.Row(next).data());
    next += part.rows();
  }
  return all;
}

// components = vectors * (rows - mean): rows of length sqrt(eigenvalue), until
// they are divided by it.
void ProjectBack(const Matrix<double>& vectors, const Matrix<float>& rows,
                 const std::vector<double>& mean, Matrix<double>& components) {
  for (size_t first = 0; first < rows.columns(); first += kColumns) {
    const size_t columns = std::min(kColumns, rows.columns() - first);
    Matrix<double> centred(rows.rows(), columns);
    ParallelFor(rows.rows(), [&](size_t i) {
      for (size_t j = 0; j < columns; ++j) centred(i, j) = rows(i, first + j) - mean[first + j];
    });
    Matrix<double> slice(vectors.rows(), columns);
    linalg::AddProduct(vectors.View(), std::as_const(centred).View(), slice.View());
    for (size_t i = 0; i < slice.rows(); ++i)
      std::ranges::copy(slice.Row(i), components.Row(i).begin() + first);
  }
}

// row / |row|.
void ScaleRowsToOne(Matrix<double>& components, size_t count) {
  ParallelFor(count, [&](size_t i) {
    double square = 0;
    for (const double value : components.Row(i)) square += value * value;
    for (double& value : components.Row(i)) value /= std::sqrt(square);
  });
}

// With X X^T u = lambda u is X^T X (X^T u) = lambda (X^T u): the eigenvectors u of the rows'
// products give the components X^T u / sqrt(lambda) (Sirovich, "Turbulence and the dynamics of
// coherent structures", Quarterly of Applied Mathematics 45, 1987).
Matrix<double> ComponentsOfRows(const TrainingRows& rows, const ExactSettings& settings,
                                model::Reduction& model) {
  model.mean = rows.Means();
  const Matrix<float> all = ReadAllRows(rows);
  Matrix<double> sums = SumRowProducts(all, model.mean, *settings.algebra);
  for (size_t i = 0; i < sums.rows(); ++i) model.total_variance += sums(i, i);
  size_t count = 0;
  EigenProgress progress;
  linalg::Eigenpairs pairs = settings.algebra->LargestEigenpairs(
      sums,
      [&](const std::vector<double>& values) {
        const Spectrum spectrum(values, rows, settings.repeat);
        Note(spectrum, model);
        count = Choose(spectrum, settings);
        return std::min(count, static_cast<size_t>(spectrum.rank));
      },
      progress.Watch());
  Matrix<double> components(count, all.columns());
  ProjectBack(pairs.vectors, all, model.mean, components);
  ScaleRowsToOne(components, pairs.vectors.rows());
  FillArbitrary(components, pairs.vectors.rows(), settings.seed);
  // Division by small eigenvalues' roots has cost the rows some of their orthogonality.
  KALLOS_CHECK(linalg::Orthonormalise(components.View()), "components are dependent");
  return components;
}

}  // namespace

uint64_t ExactBytes(const TrainingRows& rows, int64_t components,
                    const linalg::SymmetricAlgebra& algebra) {
  const uint64_t d = rows.columns();
  const uint64_t n = rows.rows();
  const uint64_t k = components;
  const uint64_t order = ByRows(rows) ? n : d;
  const uint64_t eigen = algebra.EigenpairBytes(order, std::min(k, order));
  // The block that is summed, and the file, content, rows and centred rows of the next.
  const uint64_t block = rows.largest_block() * d * (2 * sizeof(double) + 3 * sizeof(float));
  const uint64_t held = ByRows(rows) ? n * d * sizeof(float) + k * d * sizeof(double) : 0;
  const uint64_t result = k * d * (sizeof(float) + (ByRows(rows) ? 0 : sizeof(double)));
  return held + order * order * sizeof(double) + std::max({eigen, block, 2 * result});
}

void RequireDeviceMemory(const TrainingRows& rows, int64_t components,
                         const linalg::SymmetricAlgebra& algebra) {
  const size_t order = std::min(rows.rows(), rows.columns());
  const size_t at_once = ByRows(rows) ? kRowProductColumns : rows.largest_block() + 1;
  algebra.RequireMemory(order, at_once, std::min(static_cast<size_t>(components), order));
}

// Ratio_i = variance_i / total variance; singular value_i of the centred rows =
// sqrt(variance_i (repeat n - 1)).
model::Reduction FitExact(const TrainingRows& rows, const ExactSettings& settings) {
  model::Reduction model;
  Matrix<double> components = ByRows(rows) ? ComponentsOfRows(rows, settings, model)
                                           : ComponentsOfColumns(rows, settings, model);
  FixSigns(components.View());
  model.components = model::ToFloat(components);
  const double n = rows.rows() * settings.repeat;
  for (size_t i = 0; i < components.rows(); ++i) {
    const double variance = model.spectrum[i];
    model.explained_variance.push_back(variance);
    model.explained_variance_ratio.push_back(variance / model.total_variance);
    model.singular_values.push_back(std::sqrt(variance * (n - 1)));
  }
  return model;
}

}  // namespace kallos::pca
