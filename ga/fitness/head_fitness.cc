#include "ga/fitness/head_fitness.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/core/stop.h"
#include "lib/measures/class_statistics.h"
#include "lib/model/calibration.h"
#include "lib/parallel/parallel.h"
#include "train/trainer.h"

namespace kallos::ga {
namespace {

constexpr size_t kRowsAtOnce = 256;

Matrix<float> LogitsOf(const model::Head& head, const FitnessData& data,
                       const std::vector<size_t>& rows, const Columns& columns) {
  Matrix<float> logits(rows.size(), model::OutputsOf(head));
  for (size_t first = 0; first < rows.size(); first += kRowsAtOnce) {
    const size_t count = std::min(kRowsAtOnce, rows.size() - first);
    Matrix<float> inputs(count, model::InputsOf(head));
    for (size_t i = 0; i < count; ++i)
      model::CopyColumns(data.features.Row(rows[first + i]), columns, inputs.Row(i));
    const Matrix<float> part = model::HeadOutputs(head, std::as_const(inputs).View());
    std::copy_n(part.data(), count * part.columns(), logits.Row(first).data());
  }
  return logits;
}

// A row's score is z1 - z0 of its logits. P(good) = 1 / (1 + exp(z0 - z1)) grows with it, but ties
// large scores, which round to P(good) = 1. NaN where a score is NaN.
double Auc(const Matrix<float>& logits, const std::vector<int>& labels) {
  std::vector<std::pair<double, int>> rows;
  for (size_t i = 0; i < labels.size(); ++i) {
    const float score = logits(i, 1) - logits(i, 0);
    if (std::isnan(score)) return std::numeric_limits<double>::quiet_NaN();
    rows.emplace_back(double{score}, labels[i]);
  }
  return measures::RocAuc(measures::ThresholdsOf(std::move(rows)));
}

// A row's probability is its verdict: 1 where z1 > z0, else 0.
double BalancedAccuracy(const Matrix<float>& logits, const std::vector<int>& labels) {
  measures::Threshold bad{0.0}, good{1.0};
  for (size_t i = 0; i < labels.size(); ++i) {
    measures::Threshold& verdict = logits(i, 1) > logits(i, 0) ? good : bad;
    ++(labels[i] == 1 ? verdict.good : verdict.bad);
  }
  return measures::BalancedAccuracy({bad, good});
}

}  // namespace

Recipe WithBudget(Recipe recipe, const Budget& budget) {
  if (budget.resource == Resource::kEpochs)
    recipe.epochs =
        std::max<int64_t>(1, std::llround(static_cast<double>(recipe.epochs) / budget.divisor));
  return recipe;
}

std::vector<Fold> WithBudget(const FitnessData& data, const Budget& budget, uint64_t seed) {
  std::vector<Fold> folds = data.folds;
  if (budget.resource != Resource::kRows || budget.divisor == 1) return folds;
  const size_t divisor = budget.divisor;
  for (size_t f = 0; f < folds.size(); ++f) {
    std::map<int, std::vector<size_t>> of_class;
    for (const size_t row : folds[f].train_rows) of_class[data.labels[row]].push_back(row);
    folds[f].train_rows.clear();
    for (auto& [label, rows] : of_class) {
      Stream(seed, "train/fewer-rows", f, static_cast<uint64_t>(label)).Shuffle(rows);
      rows.resize((rows.size() + divisor - 1) / divisor);
      folds[f].train_rows.insert(folds[f].train_rows.end(), rows.begin(), rows.end());
    }
    std::ranges::sort(folds[f].train_rows);
  }
  return folds;
}

model::Head TrainOnColumns(const Recipe& recipe, const FitnessData& data, const Fold& fold,
                           const Columns& columns, uint64_t seed, const OnStep& on_step) {
  const std::vector<float> class_weights =
      train::ClassWeights(recipe.balance, data.labels, fold.train_rows);
  const std::vector<double> rates = recipe.LearningRates();
  train::Trainer trainer(
      model::InitHead({columns.size(), recipe.hidden, recipe.dropout}, seed, columns),
      {recipe.dropout, seed, recipe.moving_statistics, false, recipe.precision});
  for (size_t epoch = 0; epoch < rates.size(); ++epoch) {
    const std::vector<size_t> rows =
        train::EpochRows(recipe.balance, data.labels, fold.train_rows, seed, epoch);
    for (const std::vector<size_t>& batch : train::Batches(rows, recipe.batch)) {
      ThrowIfStopRequested();
      const double loss =
          trainer.Step({data.features, data.labels, class_weights, columns}, batch, rates[epoch]);
      if (!std::isfinite(loss)) return {};
      if (on_step) on_step(loss);
    }
  }
  return trainer.head();
}

double MetricOf(Metric metric, const model::Head& head, const FitnessData& data,
                const std::vector<size_t>& rows, const Columns& columns) {
  std::vector<int> labels;
  for (const size_t row : rows) labels.push_back(data.labels[row]);
  return MetricOf(metric, LogitsOf(head, data, rows, columns), labels);
}

double MetricOf(Metric metric, const Matrix<float>& logits, const std::vector<int>& labels) {
  switch (metric) {
    case Metric::kAccuracy:
      return model::Measure(logits, labels).accuracy;
    case Metric::kBalancedAccuracy:
      return BalancedAccuracy(logits, labels);
    case Metric::kAuc:
      return Auc(logits, labels);
    case Metric::kLogLoss:
      return -model::Measure(logits, labels).loss;
  }
  throw BugError("metric");
}

double HeadFitness(const Recipe& recipe, Metric metric, const FitnessData& data,
                   const Columns& columns, uint64_t seed) {
  double sum = 0;
  for (const Fold& fold : data.folds) {
    const model::Head head = TrainOnColumns(recipe, data, fold, columns, seed);
    if (head.empty()) return std::numeric_limits<double>::quiet_NaN();
    sum += MetricOf(metric, head, data, fold.validation_rows, columns);
  }
  return sum / data.folds.size();
}

void HeadFitnesses(const Recipe& recipe, Metric metric, const FitnessData& data,
                   std::span<const Columns> individuals, uint64_t seed,
                   const std::function<void(size_t i, double fitness)>& done) {
  ParallelFor(individuals.size(),
              [&](size_t i) { done(i, HeadFitness(recipe, metric, data, individuals[i], seed)); });
}

// Forward, gradient by the kernel, gradient by the input: one multiplication and one addition per
// weight each. The first layer needs no gradient by its input.
double OperationsPerRow(const Recipe& recipe, int64_t inputs) {
  const model::HeadSpec spec{static_cast<size_t>(inputs), recipe.hidden, recipe.dropout};
  const double weights = model::KernelWeights(spec);
  return 6 * weights - 2.0 * inputs * recipe.hidden.at(0);
}

}  // namespace kallos::ga
