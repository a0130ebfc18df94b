#include "lib/measures/logistic_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <unsupported/Eigen/NonLinearOptimization>
#include <vector>

#include "lib/measures/correlation.h"

namespace kallos::measures {
namespace {

constexpr size_t kFewest = 5;  // points, for 4 parameters
constexpr int kRounds = 20;
constexpr int kCallsOfRound = 100;
constexpr double kSettled = 2e-3;  // relative fall of the cost in a round

Logistic FromVector(const Eigen::VectorXd& b) {
  return {b[0], b[1], b[2], b[3]};
}

// Residuals and their derivatives, as Eigen's optimizer wants them.
struct Residuals {
  std::span<const double> x, y;

  int inputs() const { return 4; }
  int values() const { return x.size(); }

  int operator()(const Eigen::VectorXd& b, Eigen::VectorXd& residual) const {
    const Logistic curve = FromVector(b);
    for (size_t i = 0; i < x.size(); ++i) residual[i] = curve(x[i]) - y[i];
    return 0;
  }

  int df(const Eigen::VectorXd& b, Eigen::MatrixXd& jacobian) const {
    const double width = std::abs(b[3]);
    for (size_t i = 0; i < x.size(); ++i) {
      const Eigen::Index row = i;
      // f = b1 + (b0 - b1) s(z), where z = (x - b2) / |b3| and s' = s (1 - s).
      const double z = (x[i] - b[2]) / width;
      const double part = 1 / (1 + std::exp(-z));
      const double slope = (b[0] - b[1]) * part * (1 - part);
      jacobian(row, 0) = part;
      jacobian(row, 1) = 1 - part;
      jacobian(row, 2) = -slope / width;
      jacobian(row, 3) = -slope * z / b[3];
    }
    return 0;
  }
};

double Mean(std::span<const double> values) {
  double mean = 0;
  for (const double value : values) mean += value / values.size();
  return mean;
}

double StandardDeviation(std::span<const double> values) {
  const double mean = Mean(values);
  double square = 0;
  for (const double value : values) square += (value - mean) * (value - mean) / values.size();
  return std::sqrt(square);
}

double Cost(const Residuals& residuals, const Eigen::VectorXd& b) {
  Eigen::VectorXd values(residuals.values());
  residuals(b, values);
  return values.squaredNorm();
}

// Whether b is at a minimum now. Where the best curve is a limit (a straight line, an exponential)
// the parameters run off for ever: there it is enough that the cost falls no more.
bool Minimise(Residuals residuals, Eigen::VectorXd& b) {
  double before = Cost(residuals, b);
  for (int round = 0; round < kRounds; ++round) {
    Eigen::LevenbergMarquardt<Residuals> optimizer(residuals);
    optimizer.parameters.maxfev = kCallsOfRound;
    const int status = optimizer.minimize(b);
    if (!b.allFinite()) return false;
    // 1 to 4 and 6 to 8: one of MINPACK's tolerances is reached.
    if ((status >= 1 && status <= 4) || (status >= 6 && status <= 8)) return true;
    const double cost = Cost(residuals, b);
    if (before - cost <= kSettled * before) return true;
    before = cost;
  }
  return false;
}

}  // namespace

// The logistic of VQEG's final report on the validation of objective models, phase II, 2003.
double Logistic::operator()(double x) const {
  return b2 + (b1 - b2) / (1 + std::exp(-(x - b3) / std::abs(b4)));
}

std::optional<Logistic> FitLogistic(std::span<const double> x, std::span<const double> y) {
  const double spread = x.empty() ? 0 : StandardDeviation(x);
  const auto varies = [](std::span<const double> v) {
    return std::ranges::min(v) < std::ranges::max(v);
  };
  if (x.size() < kFewest || !varies(x) || !varies(y)) return std::nullopt;
  const double centre = Mean(x);
  std::vector<double> z;  // so that neither the place nor the unit of x matters
  for (const double value : x) z.push_back((value - centre) / spread);
  const bool falls = Pearson(x, y) < 0;
  const double top = std::ranges::max(y), bottom = std::ranges::min(y);
  Eigen::VectorXd b(4);
  b << (falls ? bottom : top), (falls ? top : bottom), 0, 0.25;
  const Residuals residuals{z, y};
  if (!Minimise(residuals, b)) return std::nullopt;
  return Logistic{b[0], b[1], centre + spread * b[2], spread * b[3]};
}

}  // namespace kallos::measures
