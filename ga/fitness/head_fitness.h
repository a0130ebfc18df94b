// How good a set of columns is: a new head is trained on them and measured on rows that it did not
// train on.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "lib/config/config.h"
#include "lib/core/matrix.h"
#include "lib/model/head.h"
#include "train/recipe.h"

namespace kallos::ga {

// Larger is better. Accuracy, balanced accuracy (mean of both classes' recall) and the area under
// the ROC curve are in [0, 1]; log loss is the negative mean cross-entropy in nats.
enum class Metric { kAccuracy, kBalancedAccuracy, kAuc, kLogLoss };
inline NamedValues<Metric> EnumTable(Metric) {
  using enum Metric;
  return {{kAccuracy, "accuracy"},
          {kBalancedAccuracy, "balanced-accuracy"},
          {kAuc, "auc"},
          {kLogLoss, "log-loss"}};
}

using train::Recipe;  // how each head is trained; its balance is not chunks

// Rows that train and rows that measure.
struct Fold {
  std::vector<size_t> train_rows, validation_rows;
};

struct FitnessData {
  MatrixView<const float> features;  // rows x D
  const std::vector<int>& labels;    // by row
  std::vector<Fold> folds;           // the fitness is the mean over these
};

// What a training on a small budget has less of: epochs, or training rows.
enum class Resource { kEpochs, kRows };
inline NamedValues<Resource> EnumTable(Resource) {
  using enum Resource;
  return {{kEpochs, "epochs"}, {kRows, "rows"}};
}

// The budget of one training: 1 / divisor of the resource that the recipe and the folds give.
struct Budget {
  Resource resource = Resource::kEpochs;
  int64_t divisor = 1;  // 1 or more; 1 = the whole training
};

// Epochs: epochs / divisor, rounded, at least 1. The schedule of the learning rate runs from its
// first to its last value in the epochs that are left.
Recipe WithBudget(Recipe recipe, const Budget& budget);
// Training rows: of the n of each class ceil(n / divisor), drawn from the seed.
// Validation rows stay.
std::vector<Fold> WithBudget(const FitnessData& data, const Budget& budget, uint64_t seed);

using Columns = std::vector<int32_t>;
// Called after each step with its loss; for tests and benchmarks.
using OnStep = std::function<void(double loss)>;

// The head after the last epoch; empty when a loss was not finite. Same columns, same seed: the
// same head, bit for bit, whatever trains beside it. A column's first weights, the order of the
// rows and the dropout masks depend on the seed only (and the column), so that differences between
// individuals are those of their columns.
model::Head TrainOnColumns(const Recipe& recipe, const FitnessData& data, const Fold& fold,
                           const Columns& columns, uint64_t seed, const OnStep& on_step = {});

// The metric of a head on rows of which it sees `columns`. P(good) = 0.5 counts as bad. Ties count
// half in the AUC.
double MetricOf(Metric metric, const model::Head& head, const FitnessData& data,
                const std::vector<size_t>& rows, const Columns& columns);

// Of logits [rows x 2].
double MetricOf(Metric metric, const Matrix<float>& logits, const std::vector<int>& labels);

// The fitness of one set of columns; NaN when a training diverges. Throws InterruptedError on a
// stop request.
double HeadFitness(const Recipe& recipe, Metric metric, const FitnessData& data,
                   const Columns& columns, uint64_t seed);

// Of many, each by itself on one thread as long as there are enough of them, then on all that are
// free. Calls done(i, fitness) in any order, from any thread.
void HeadFitnesses(const Recipe& recipe, Metric metric, const FitnessData& data,
                   std::span<const Columns> individuals, uint64_t seed,
                   const std::function<void(size_t i, double fitness)>& done);

// Floating point operations of a step per row: 6 per weight, without the gradient of the inputs.
double OperationsPerRow(const Recipe& recipe, int64_t inputs);

}  // namespace kallos::ga
