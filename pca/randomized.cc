#include "pca/randomized.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/progress.h"
#include "lib/core/rng.h"
#include "lib/linalg/products.h"
#include "lib/linalg/tall_factors.h"
#include "lib/model/to_float.h"
#include "lib/parallel/parallel.h"
#include "pca/signs.h"

namespace kallos::pca {
namespace {

constexpr size_t kRowsPerTask = 32;  // of the sum of squares

// How many vectors are multiplied by the rows.
size_t VectorCount(const TrainingRows& rows, const RandomizedSettings& settings) {
  return std::min({settings.components + settings.oversamples, rows.rows(), rows.columns()});
}

void CheckSettings(const TrainingRows& rows, const RandomizedSettings& settings) {
  const int64_t most = std::min(rows.rows(), rows.columns());
  if (settings.components < 1 || settings.components > most) {
    throw UsageError("{} components of {} rows with {} columns: expected 1 to {}",
                     settings.components, rows.rows(), rows.columns(), most);
  }
  if (settings.oversamples < 0 || settings.power_iterations.value_or(0) < 0 || settings.repeat < 1)
    throw UsageError("oversamples and power iterations must be at least 0, repeat at least 1");
}

// The centred rows as a matrix [n x D] that is read anew, block by block, for each product.
class CentredRows {
 public:
  // on_block(rows) is called after each block.
  CentredRows(const TrainingRows& rows, const std::vector<double>& mean,
              std::function<void(int64_t rows)> on_block)
      : rows_(rows), mean_(mean), on_block_(std::move(on_block)) {}

  // features [l x D] = samples [l x n] * rows. Returns the sum of all squares of the rows.
  double MultiplyFromLeft(const Matrix<double>& samples, Matrix<double>& features) const {
    std::fill_n(features.data(), features.rows() * features.columns(), 0.0);
    double squares = 0;
    ForBlocks([&](const Matrix<double>& block, size_t first) {
      Matrix<double> part(samples.rows(), block.rows());
      for (size_t i = 0; i < part.rows(); ++i)
        std::ranges::copy(samples.Row(i).subspan(first, block.rows()), part.Row(i).begin());
      linalg::AddProduct(std::as_const(part).View(), block.View(), features.View());
      squares += SumOfSquares(block);
    });
    return squares;
  }

  // samples [l x n] = features [l x D] * rows^T.
  void MultiplyTransposed(const Matrix<double>& features, Matrix<double>& samples) const {
    ForBlocks([&](const Matrix<double>& block, size_t first) {
      Matrix<double> part(samples.rows(), block.rows());
      linalg::AddProductTransposed(features.View(), block.View(), part.View());
      for (size_t i = 0; i < part.rows(); ++i)
        std::ranges::copy(part.Row(i), samples.Row(i).begin() + first);
    });
  }

 private:
  void ForBlocks(const std::function<void(const Matrix<double>& block, size_t first)>& body) const {
    size_t first = 0;
    for (size_t b = 0; b < rows_.block_count(); ++b) {
      const Matrix<double> block = rows_.ReadCentred(b, mean_);
      body(block, first);
      first += block.rows();
      on_block_(block.rows());
    }
  }

  static double SumOfSquares(const Matrix<double>& block) {
    const auto map = [&](size_t begin, size_t end) {
      double sum = 0;
      for (size_t i = begin; i < end; ++i) {
        for (const double value : block.Row(i)) sum += value * value;
      }
      return sum;
    };
    return ParallelReduce(block.rows(), kRowsPerTask, 0.0, map, std::plus<>());
  }

  const TrainingRows& rows_;
  const std::vector<double>& mean_;
  const std::function<void(int64_t rows)> on_block_;
};

// The test matrix Omega of Halko, Martinsson and Tropp: standard normal, a stream for each vector.
Matrix<double> Draw(size_t vectors, size_t length, uint64_t seed) {
  Matrix<double> normal(vectors, length);
  ParallelFor(vectors, [&](size_t i) {
    Stream stream(seed, "pca/randomized", i);
    for (double& value : normal.Row(i)) value = stream.Normal();
  });
  return normal;
}

void RequireFinite(const Matrix<double>& vectors) {
  const double* end = vectors.data() + vectors.rows() * vectors.columns();
  if (std::all_of(vectors.data(), end, [](double value) { return std::isfinite(value); })) return;
  throw UsageError(
      "power iterations without normalisation overflowed; use fewer, or normalisation lu or qr");
}

void Normalise(Matrix<double>& vectors, Normalisation how) {
  if (how == Normalisation::kNone) RequireFinite(vectors);
  if (how == Normalisation::kLu) linalg::LowerFactor(vectors.View());
  if (how == Normalisation::kQr) linalg::OrthonormaliseAny(vectors.View());
}

Normalisation Resolve(Normalisation how, int64_t power_iterations) {
  if (how != Normalisation::kAuto) return how;
  return power_iterations <= 2 ? Normalisation::kNone : Normalisation::kLu;
}

// A fit between two passes over the rows.
struct State {
  std::vector<double> mean;   // D
  double total_variance = 0;  // times the denominator
  Matrix<double> samples;     // l x n
  Matrix<double> basis;       // l x D

  State(size_t vectors, size_t rows, size_t columns)
      : mean(columns), samples(vectors, rows), basis(vectors, columns) {}
};

// Pass 0 finds the means; then products with the centred rows X make `basis` from `samples` and
// `samples` from `basis` in turn, with Omega [l x n] drawn and q power iterations:
//   basis = Omega X,  then q times  samples = basis X^T,  basis = samples X.
// The last pass makes samples = basis X^T of an orthonormal basis (Halko, Martinsson and Tropp,
// SIAM Review 53, 2011, algorithm 4.4, of the transpose).
class Passes {
 public:
  Passes(const TrainingRows& rows, const RandomizedSettings& settings, State& state)
      : rows_(rows),
        settings_(settings),
        count_(RandomizedPasses(rows, settings)),
        how_(Resolve(settings.normalisation, PowerIterations(rows, settings))),
        state_(state),
        centred_(rows, state.mean, [this](int64_t n) { Report(n); }),
        checkpoint_(settings.checkpoint, "passes", count_,
                    [this](int64_t done) { return PartsAfter(done); }),
        done_(checkpoint_.Load()),
        progress_("randomized SVD", "rows", rows.rows() * count_, rows.rows() * done_) {}

  void Run() {
    if (done_ == 0)
      state_.samples = Draw(state_.samples.rows(), state_.samples.columns(), settings_.seed);
    while (done_ < count_) {
      Pass();
      ++done_;
      // At the end both matrices are needed, and no rows any more.
      if (done_ < count_) checkpoint_.SaveIfDue(done_);
    }
  }

 private:
  static bool MakesBasis(int64_t pass) { return pass % 2 == 1; }

  // What the next pass takes; it leaves this as it is until it has ended.
  StateParts PartsAfter(int64_t done) {
    Matrix<double>& input = MakesBasis(done) ? state_.samples : state_.basis;
    return {
        state_.mean, {&state_.total_variance, 1}, {input.data(), input.rows() * input.columns()}};
  }

  void Report(int64_t n) {
    progress_.Add(n);
    if (settings_.on_block) settings_.on_block(n);
    checkpoint_.ThrowIfStopRequested(done_);
  }

  void Pass() {
    if (done_ == 0) {
      state_.mean = rows_.Means([this](int64_t n) { Report(n); });
    } else if (MakesBasis(done_)) {
      MakeBasis();
    } else {
      MakeSamples();
    }
  }

  void MakeBasis() {
    state_.total_variance = centred_.MultiplyFromLeft(state_.samples, state_.basis);
    if (state_.total_variance <= 0)
      throw InputError("all rows are equal: there is no direction in which they differ");
    const bool last = done_ + 2 == count_;
    if (!last) return Normalise(state_.basis, how_);
    if (how_ == Normalisation::kNone) RequireFinite(state_.basis);
    linalg::OrthonormaliseAny(state_.basis.View());
  }

  void MakeSamples() {
    centred_.MultiplyTransposed(state_.basis, state_.samples);
    if (done_ + 1 < count_) Normalise(state_.samples, how_);
  }

  const TrainingRows& rows_;
  const RandomizedSettings& settings_;
  const int64_t count_;
  const Normalisation how_;
  State& state_;
  CentredRows centred_;
  Checkpoint checkpoint_;
  int64_t done_;
  Progress progress_;
};

// The first `count` rows of right * basis.
Matrix<double> Rotate(const Matrix<double>& right, size_t count, const Matrix<double>& basis) {
  Matrix<double> rotated(count, basis.columns());
  linalg::AddProduct({right.data(), count, right.columns()}, basis.View(), rotated.View());
  return rotated;
}

// Variances, ratios and rank from the singular values of the n rows, each counted `repeat` times:
// variance_i = repeat value_i^2 / (repeat n - 1).
void FillSpectrum(const std::vector<double>& values, const TrainingRows& rows,
                  const RandomizedSettings& settings, model::Reduction& model) {
  const double repeat = settings.repeat;
  const double degrees = rows.rows() * repeat - 1;
  for (const double value : values) model.spectrum.push_back(value * value * repeat / degrees);
  model.total_variance *= repeat / degrees;
  const double size = std::max(rows.rows(), rows.columns());
  const double floor = model.spectrum[0] * size * std::numeric_limits<double>::epsilon();
  model.rank =
      std::ranges::count_if(model.spectrum, [&](double variance) { return variance > floor; });
  // Centring takes one dimension, whatever rounding leaves of it.
  model.rank = std::min(model.rank, rows.rows() - 1);
  for (size_t i = 0; i < static_cast<size_t>(settings.components); ++i) {
    model.explained_variance.push_back(model.spectrum[i]);
    model.explained_variance_ratio.push_back(model.spectrum[i] / model.total_variance);
    model.singular_values.push_back(values[i] * std::sqrt(repeat));
  }
}

}  // namespace

int64_t PowerIterations(const TrainingRows& rows, const RandomizedSettings& settings) {
  const bool few = 10 * settings.components < std::min(rows.rows(), rows.columns());
  return settings.power_iterations.value_or(few ? 7 : 4);
}

int64_t RandomizedPasses(const TrainingRows& rows, const RandomizedSettings& settings) {
  return 2 * PowerIterations(rows, settings) + 3;
}

uint64_t RandomizedBytes(const TrainingRows& rows, const RandomizedSettings& settings) {
  const size_t n = rows.rows();
  const size_t d = rows.columns();
  const size_t k = settings.components;
  const size_t b = rows.largest_block();
  const size_t l = VectorCount(rows, settings);
  const size_t block = b * d * (sizeof(float) + sizeof(double)) + l * b * sizeof(double);
  const size_t products =
      l * n * sizeof(double) + std::max(block, linalg::TallFactorBytes(l, std::max(n, d)));
  const size_t svd = l * l * sizeof(double) + linalg::SquareSvdBytes(l);
  const size_t result = 2 * l * l * sizeof(double) + k * d * (sizeof(double) + sizeof(float));
  return l * d * sizeof(double) + std::max({products, svd, result});
}

model::Reduction FitRandomized(const TrainingRows& rows, const RandomizedSettings& settings) {
  CheckSettings(rows, settings);
  State state(VectorCount(rows, settings), rows.rows(), rows.columns());
  Passes(rows, settings, state).Run();
  // X basis^T = Q R and R = U S V^T give X ~ Q U S (V^T basis): the components are V^T basis, and R
  // is as small as the number of vectors.
  Matrix<double> triangle = linalg::TriangularFactor(state.samples.View());
  state.samples = {};
  const linalg::Svd svd = linalg::SquareSvd(triangle);
  Matrix<double> components = Rotate(svd.right, settings.components, state.basis);
  FixSigns(components.View());

  model::Reduction model;
  model.method = model::ReductionMethod::kRandomized;
  model.mean = state.mean;
  model.total_variance = state.total_variance;
  model.components = model::ToFloat(components);
  FillSpectrum(svd.values, rows, settings, model);
  return model;
}

}  // namespace kallos::pca
