#include "eval/classification.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "lib/core/error.h"
#include "lib/core/rng.h"

namespace kallos::eval {
namespace {

constexpr double kZ = 1.959963984540054;  // 97.5 % point of the standard normal
constexpr int kBootstraps = 1000;
constexpr size_t kBins = 10;

using Predictions = std::vector<Prediction>;

struct Counts {
  int64_t tp = 0, fn = 0, fp = 0, tn = 0;
};

Counts Count(const Predictions& predictions) {
  Counts c;
  for (const Prediction& p : predictions) {
    const bool good = p.probability > 0.5;
    (p.label == 1 ? (good ? c.tp : c.fn) : (good ? c.fp : c.tn)) += 1;
  }
  return c;
}

Measure Undefined(const std::string& why) {
  return {{}, {}, {}, why};
}

Measure Proportion(int64_t successes, int64_t n, const std::string& why_empty) {
  if (n == 0) return Undefined(why_empty);
  const Interval interval = WilsonInterval(successes, n);
  return {static_cast<double>(successes) / static_cast<double>(n), interval.low, interval.high, ""};
}

double F1(const Predictions& p) {
  const Counts c = Count(p);
  const auto denominator = static_cast<double>(2 * c.tp + c.fp + c.fn);
  return denominator > 0 ? static_cast<double>(2 * c.tp) / denominator : 0;
}

double BalancedAccuracy(const Predictions& p) {
  const Counts c = Count(p);
  return 0.5 * static_cast<double>(c.tp) / static_cast<double>(c.tp + c.fn) +
         0.5 * static_cast<double>(c.tn) / static_cast<double>(c.tn + c.fp);
}

// 0 where a row or column of the confusion matrix is empty, as scikit-learn has it.
double Mcc(const Predictions& p) {
  const Counts c = Count(p);
  const double product = static_cast<double>(c.tp + c.fp) * static_cast<double>(c.tp + c.fn) *
                         static_cast<double>(c.tn + c.fp) * static_cast<double>(c.tn + c.fn);
  if (product == 0) return 0;
  return (static_cast<double>(c.tp) * static_cast<double>(c.tn) -
          static_cast<double>(c.fp) * static_cast<double>(c.fn)) /
         std::sqrt(product);
}

double Brier(const Predictions& predictions) {
  double sum = 0;
  for (const Prediction& p : predictions) sum += (p.probability - p.label) * (p.probability - p.label);
  return sum / static_cast<double>(predictions.size());
}

double LogLoss(const Predictions& predictions) {
  constexpr double kSmallest = 1e-15;
  double sum = 0;
  for (const Prediction& p : predictions)
    sum -= std::log(std::max(kSmallest, p.label == 1 ? p.probability : 1 - p.probability));
  return sum / static_cast<double>(predictions.size());
}

std::vector<size_t> OrderByProbability(const Predictions& predictions) {
  std::vector<size_t> order(predictions.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return predictions[a].probability < predictions[b].probability; });
  return order;
}

// Expected calibration error of the probability of good, in ten bins of equal mass.
double Ece(const Predictions& predictions) {
  const std::vector<size_t> order = OrderByProbability(predictions);
  const size_t n = order.size();
  double error = 0;
  for (size_t bin = 0; bin < kBins; ++bin) {
    double gap = 0;
    for (size_t i = bin * n / kBins; i < (bin + 1) * n / kBins; ++i)
      gap += predictions[order[i]].probability - predictions[order[i]].label;
    error += std::abs(gap) / static_cast<double>(n);
  }
  return error;
}

// Average precision: the sum of precision times the step in recall, ties taken together.
double AveragePrecision(const Predictions& predictions) {
  std::vector<size_t> order = OrderByProbability(predictions);
  std::reverse(order.begin(), order.end());
  const auto positives = static_cast<double>(
      std::count_if(predictions.begin(), predictions.end(), [](const Prediction& p) { return p.label == 1; }));
  double area = 0, tp = 0, recall = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    tp += predictions[order[i]].label;
    const bool tie = i + 1 < order.size() && predictions[order[i + 1]].probability == predictions[order[i]].probability;
    if (tie) continue;
    area += tp / static_cast<double>(i + 1) * (tp / positives - recall);
    recall = tp / positives;
  }
  return area;
}

// Midranks, from 1, of `values`.
std::vector<double> Midranks(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t i = 0; i < order.size();) {
    size_t end = i;
    while (end < order.size() && values[order[end]] == values[order[i]]) ++end;
    for (size_t k = i; k < end; ++k) ranks[order[k]] = 0.5 * static_cast<double>(i + end + 1);
    i = end;
  }
  return ranks;
}

double Variance(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return values.size() > 1 ? sum / (n - 1) : 0;
}

// AUC with DeLong's variance through midranks (Sun and Xu, IEEE Signal Processing Letters 2014).
Measure RocAuc(const Predictions& predictions) {
  std::vector<double> good, bad, all;
  for (const Prediction& p : predictions) (p.label == 1 ? good : bad).push_back(p.probability);
  all = good;
  all.insert(all.end(), bad.begin(), bad.end());
  const std::vector<double> pooled = Midranks(all), of_good = Midranks(good), of_bad = Midranks(bad);
  const auto m = static_cast<double>(good.size());
  const auto n = static_cast<double>(bad.size());
  std::vector<double> above(good.size()), below(bad.size());  // share of the other class that each one beats
  for (size_t i = 0; i < good.size(); ++i) above[i] = (pooled[i] - of_good[i]) / n;
  for (size_t i = 0; i < bad.size(); ++i) below[i] = 1 - (pooled[good.size() + i] - of_bad[i]) / m;
  const double auc = std::accumulate(above.begin(), above.end(), 0.0) / m;
  const double sd = std::sqrt(Variance(above) / m + Variance(below) / n);
  return {auc, std::max(0.0, auc - kZ * sd), std::min(1.0, auc + kZ * sd), ""};
}

// Draws as many predictions of each class as there are, with replacement.
Predictions Resample(const Predictions& predictions, uint64_t seed, int round) {
  std::vector<size_t> by_class[2];
  for (size_t i = 0; i < predictions.size(); ++i) by_class[predictions[i].label].push_back(i);
  Stream stream(seed, "eval/bootstrap", static_cast<uint64_t>(round));
  Predictions sample;
  for (const std::vector<size_t>& rows : by_class) {
    for (size_t i = 0; i < rows.size(); ++i) sample.push_back(predictions[rows[stream.Below(rows.size())]]);
  }
  return sample;
}

using Statistic = double (*)(const Predictions&);

void AddBootstrapped(const Predictions& predictions, const std::map<std::string, Statistic>& statistics, uint64_t seed,
                     Measures& out) {
  std::map<std::string, std::vector<double>> draws;
  for (int round = 0; round < kBootstraps; ++round) {
    const Predictions sample = Resample(predictions, seed, round);
    for (const auto& [name, statistic] : statistics) draws[name].push_back(statistic(sample));
  }
  for (const auto& [name, statistic] : statistics) {
    std::vector<double>& values = draws[name];
    std::sort(values.begin(), values.end());
    out.by_name[name] = {statistic(predictions), values[kBootstraps / 40], values[kBootstraps - 1 - kBootstraps / 40],
                         ""};
  }
}

}  // namespace

Interval WilsonInterval(int64_t successes, int64_t n) {
  KALLOS_CHECK(n > 0 && successes >= 0 && successes <= n);
  const auto count = static_cast<double>(n);
  const double p = static_cast<double>(successes) / count;
  const double centre = p + kZ * kZ / (2 * count);
  const double half = kZ * std::sqrt(p * (1 - p) / count + kZ * kZ / (4 * count * count));
  const double scale = 1 + kZ * kZ / count;
  return {std::max(0.0, (centre - half) / scale), std::min(1.0, (centre + half) / scale)};
}

Measures MeasureClassification(const Predictions& predictions, uint64_t seed) {
  KALLOS_CHECK(!predictions.empty());
  const Counts c = Count(predictions);
  Measures out;
  out.n = static_cast<int64_t>(predictions.size());
  out.positives = c.tp + c.fn;
  const std::string no_good = "the benchmark has no good photographs";
  const std::string no_bad = "the benchmark has no bad photographs";
  out.by_name["accuracy"] = Proportion(c.tp + c.tn, out.n, "");
  out.by_name["recall"] = Proportion(c.tp, c.tp + c.fn, no_good);
  out.by_name["specificity"] = Proportion(c.tn, c.tn + c.fp, no_bad);
  out.by_name["precision"] =
      out.positives == 0 ? Undefined(no_good) : Proportion(c.tp, c.tp + c.fp, "nothing was called good");
  AddBootstrapped(predictions, {{"brier", Brier}, {"ece", Ece}, {"log_loss", LogLoss}}, seed, out);
  if (out.positives == 0 || out.positives == out.n) {
    for (const char* name : {"f1", "balanced_accuracy", "mcc", "roc_auc", "pr_auc"}) {
      out.by_name[name] = Undefined((out.positives == 0 ? no_good : no_bad) + "; it has one class only");
    }
    return out;
  }
  AddBootstrapped(predictions,
                  {{"f1", F1}, {"balanced_accuracy", BalancedAccuracy}, {"mcc", Mcc}, {"pr_auc", AveragePrecision}},
                  seed, out);
  out.by_name["roc_auc"] = RocAuc(predictions);
  return out;
}

}  // namespace kallos::eval
