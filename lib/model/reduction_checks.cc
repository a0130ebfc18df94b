#include "lib/model/reduction_checks.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/parallel/parallel.h"

namespace kallos::model {
namespace {

constexpr double kOrthonormalTolerance = 1e-3;
constexpr double kInverseTolerance = 1e-2;    // of ICA, whose rows are of very different lengths
constexpr double kAgreementTolerance = 1e-4;  // of numbers that may have been rounded to float32
constexpr int kTrials = 3;
constexpr size_t kColumnsPerTask = 512;

bool AllFinite(std::span<const double> values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

// The rows of a matrix, a thread each.
bool AllFinite(const Matrix<float>& values) {
  return ParallelReduce<bool>(
      values.rows(), 16, true,
      [&](size_t first, size_t last) {
        return std::all_of(values.Row(first).data(), values.Row(last - 1).data() + values.columns(),
                           [](float value) { return std::isfinite(value); });
      },
      [](bool a, bool b) { return a && b; });
}

std::string ProblemOfMatrix(const char* name, const Matrix<float>& matrix, size_t rows,
                            size_t columns) {
  if (matrix.rows() != rows || matrix.columns() != columns)
    return fmt::format("{} is {} x {}; expected {} x {} as /mean and /components say", name,
                       matrix.rows(), matrix.columns(), rows, columns);
  return AllFinite(matrix) ? "" : fmt::format("{} holds NaN or infinity", name);
}

// Of numbers that descend to no less than 0.
std::string ProblemOfSpectrum(const char* name, const std::vector<double>& values) {
  if (!AllFinite(values)) return fmt::format("{} holds NaN or infinity", name);
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] < 0)
      return fmt::format("{}[{}] is {}; expected no negative number", name, i, values[i]);
    if (i > 0 && values[i] > values[i - 1])
      return fmt::format("{}[{}] is {}, more than {} before it; expected descending numbers", name,
                         i, values[i], values[i - 1]);
  }
  return "";
}

std::string ProblemOfSpectra(const Reduction& reduction) {
  for (const auto& [name, values] :
       {std::pair{"/explained_variance", &reduction.explained_variance},
        std::pair{"/explained_variance_ratio", &reduction.explained_variance_ratio},
        std::pair{"/singular_values", &reduction.singular_values}}) {
    if (static_cast<int64_t>(values->size()) != reduction.outputs())
      return fmt::format("{} has {} numbers; expected {}, one for each row of /components", name,
                         values->size(), reduction.outputs());
    if (std::string problem = ProblemOfSpectrum(name, *values); !problem.empty()) return problem;
  }
  if (reduction.spectrum.size() < reduction.components.rows())
    return fmt::format(
        "/spectrum has {} numbers; expected at least {}, one for each row of /components",
        reduction.spectrum.size(), reduction.outputs());
  return ProblemOfSpectrum("/spectrum", reduction.spectrum);
}

// variance = ratio * total = singular value ^ 2 / (n - 1).
std::string ProblemOfAgreement(const Reduction& reduction) {
  const double total = reduction.total_variance;
  if (!std::isfinite(total) || total < 0)
    return fmt::format("total_variance is {}; expected a number >= 0", total);
  const double sum = std::accumulate(reduction.explained_variance.begin(),
                                     reduction.explained_variance.end(), 0.0);
  if (sum > total * (1 + kAgreementTolerance))
    return fmt::format("/explained_variance sums to {}, more than the total variance {}", sum,
                       total);
  const auto degrees = static_cast<double>(reduction.source.row_count - 1);
  for (size_t i = 0; i < reduction.explained_variance.size(); ++i) {
    const double variance = reduction.explained_variance[i];
    const double tolerance = kAgreementTolerance * reduction.explained_variance[0];
    if (std::abs(reduction.explained_variance_ratio[i] * total - variance) > tolerance)
      return fmt::format(
          "/explained_variance_ratio[{}] is {}; expected {}, from /explained_variance", i,
          reduction.explained_variance_ratio[i], variance / total);
    const double square = reduction.singular_values[i] * reduction.singular_values[i];
    if (std::abs(square - degrees * variance) > tolerance * degrees)
      return fmt::format(
          "/singular_values[{}] is {}; expected {}, from /explained_variance and {} rows", i,
          reduction.singular_values[i], std::sqrt(degrees * variance), reduction.source.row_count);
  }
  return "";
}

// a^T z
std::vector<double> TransposedTimes(const Matrix<float>& a, const std::vector<double>& z) {
  std::vector<double> out(a.columns());
  ParallelFor((a.columns() - 1) / kColumnsPerTask + 1, [&](size_t task) {
    const size_t last = std::min(a.columns(), (task + 1) * kColumnsPerTask);
    for (size_t i = 0; i < a.rows(); ++i) {
      for (size_t j = task * kColumnsPerTask; j < last; ++j) out[j] += z[i] * a(i, j);
    }
  });
  return out;
}

std::vector<double> Times(const Matrix<float>& a, const std::vector<double>& y) {
  std::vector<double> out(a.rows());
  ParallelFor(a.rows(), [&](size_t i) {
    for (size_t j = 0; j < a.columns(); ++j) out[i] += a(i, j) * y[j];
  });
  return out;
}

// Whether a * b^T is the identity: (a * b^T) z = z for random z of +-1 (Freivalds 1977), in time
// linear in the size.
std::string ProblemOfInverse(const Matrix<float>& a, const Matrix<float>& b, double tolerance,
                             const char* meaning) {
  for (int trial = 0; trial < kTrials; ++trial) {
    Stream random(0, "pca/check", static_cast<uint64_t>(trial));
    std::vector<double> z(a.rows());
    for (double& value : z) value = random.Below(2) == 0 ? -1.0 : 1.0;
    const std::vector<double> image = Times(a, TransposedTimes(b, z));
    for (size_t i = 0; i < z.size(); ++i) {
      const double error = std::abs(image[i] - z[i]);
      if (!(error <= tolerance))
        return fmt::format("/components: {}; row {} is off by {:.2g}, more than {}", meaning, i,
                           error, tolerance);
    }
  }
  return "";
}

std::string ProblemOfRows(const Reduction& reduction) {
  if (reduction.method == ReductionMethod::kIca)
    return ProblemOfInverse(reduction.components, reduction.mixing, kInverseTolerance,
                            "times /mixing^T is not the identity");
  return ProblemOfInverse(reduction.components, reduction.components, kOrthonormalTolerance,
                          "the rows are not orthonormal");
}

std::string ProblemOfMixing(const Reduction& reduction) {
  if (reduction.method == ReductionMethod::kIca) {
    if (reduction.whiten) return "whiten is set for ICA, whose scores have unit variance anyway";
    return ProblemOfMatrix("/mixing", reduction.mixing, reduction.components.rows(),
                           reduction.mean.size());
  }
  return reduction.mixing.rows() == 0 ? "" : "/mixing exists, which only ICA has";
}

}  // namespace

std::string ProblemOf(const Reduction& reduction) {
  if (reduction.mean.empty() || reduction.components.rows() == 0)
    return "/mean or /components is empty";
  if (!AllFinite(reduction.mean)) return "/mean holds NaN or infinity";
  if (reduction.outputs() > reduction.inputs())
    return fmt::format("/components has {} rows of {} columns; expected no more rows than columns",
                       reduction.outputs(), reduction.inputs());
  if (reduction.rank < 0 || reduction.rank > reduction.inputs())
    return fmt::format("rank is {}; expected 0 to {}", reduction.rank, reduction.inputs());
  for (const auto& check : {+[](const Reduction& m) {
                              return ProblemOfMatrix("/components", m.components,
                                                     m.components.rows(), m.mean.size());
                            },
                            ProblemOfMixing, ProblemOfSpectra, ProblemOfAgreement, ProblemOfRows}) {
    if (std::string problem = check(reduction); !problem.empty()) return problem;
  }
  return "";
}

}  // namespace kallos::model
