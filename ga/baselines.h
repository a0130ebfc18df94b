// Ways to choose columns that the search is compared with. Those that need no fitness see the
// training rows only. Sums are in double precision; of columns that are equally good the first are
// taken. None depends on the thread count.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ga/evolution/search.h"
#include "lib/core/matrix.h"

namespace kallos::ga {

struct TrainingRows {
  MatrixView<const float> features;  // all rows x D
  const std::vector<int>& labels;    // of all rows: 0 bad, 1 good
  const std::vector<size_t>& rows;   // those that train; both classes
  // The factor that standardised each column; empty where none was standardised.
  std::span<const float> scales;
};

using Scores = std::vector<double>;  // of each column; the larger, the sooner it is taken

// Mean square distance from the mean, of the columns as they were before they were standardised.
Scores Variances(const TrainingRows& training);
// F of the one-way analysis of variance of two classes: the variance between the means of the
// classes, 1 degree of freedom, over the variance within, n - 2. 0 where a column is constant.
Scores AnovaF(const TrainingRows& training);
// Mutual information in nats between the label and the column cut into ten bins of equal frequency:
// a value's bin is floor(10 r / n), r being the number of smaller values, so that equal values
// share one.
Scores MutualInformation(const TrainingRows& training);

// The `count` columns with the largest scores.
Genome TopColumns(const Scores& scores, int64_t count);

// Columns in the order in which they get a weight in logistic regression with an L1 penalty, as the
// penalty falls: minimum of mean log loss + penalty * sum |weight| over standardised columns, with
// a free intercept.
struct L1Path {
  std::vector<int32_t> order;     // columns; those that enter at the same penalty by |weight|
  std::vector<double> penalties;  // at which each entered
  // At the last penalty:
  double penalty = 0;
  std::vector<double> weights;  // D, of the standardised columns
  double intercept = 0;
  // D: |gradient| of the mean log loss by each weight, which is the absolute correlation of the
  // column with the residual up to a factor that all columns share.
  Scores gradient;
};

// Penalties fall by a tenth each, from the largest that has any weight until `count` columns have
// entered, or to a ten thousandth of the largest; each is solved to a thousandth of the penalty, in
// at most 200 rounds. Coordinate descent (Friedman et al., Journal of Statistical Software 2010) on
// the quadratic bound of the logistic loss (Boehning, Annals of the Institute of Statistical
// Mathematics 1992), from the solution before, over the columns whose gradient exceeded the penalty
// so far, until none is left out. Copies those. Throws InterruptedError on a stop request.
L1Path FollowL1Path(const TrainingRows& training, int64_t count);

// What a method of choosing columns is given.
struct Problem {
  TrainingRows training;
  SearchSettings search;  // its space: how many of how many columns; its folder: the method's own
  Fitness fitness;
  int64_t budget = 0;  // individuals that the search of this seed trained
};

struct Choice {
  Genome genome;
  int64_t trained = 0;  // individuals
  double seconds = 0;   // of choosing, added up over resumed runs where the method resumes
  std::string note;     // what a reader of the table should know
};

struct Method {
  std::string name;
  bool by_fitness = false;  // chooses by the rows that fitness is measured on
  Choice (*choose)(const Problem& problem) = nullptr;
};

inline constexpr const char* kSearchMethod = "ga";
inline constexpr const char* kRandomMethod = "random";
inline constexpr const char* kAllColumns = "all";

// One line each; `ga` is the first, since others need its budget.
const std::vector<Method>& Methods();

}  // namespace kallos::ga
