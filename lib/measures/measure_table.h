// The one table of all measures: whatever is measured, printed, compared or averaged goes by it.
//
// To add a measure: its function in class_statistics.h or score_statistics.h, its line in
// measure_table.cc, its case in tests/measures/measure_table_test.cc. Metrics files, tables of
// benchmarks, comparisons and reports then have it, with its interval, in the order of the lines.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "lib/measures/class_statistics.h"
#include "lib/measures/score_statistics.h"

namespace kallos::measures {

enum class Unit {
  kPercent,  // a share in [0, 1], printed times 100 with two decimals, its interval with one
  kNumber    // printed with three decimals
};

enum class Direction { kHigherIsBetter, kLowerIsBetter };

// Without which it is undefined.
enum class Needs {
  kNothing,
  kGood,           // good rows
  kBad,            // bad rows
  kBothClasses,    // good and bad rows
  kLogisticFit,    // a curve from predictions to scores that converges
  kOpinionSds,     // that, and the standard deviation of the opinions of each row
  kDistributions,  // distributions of ratings
};

// How its 95 % interval is made.
enum class IntervalMethod {
  kWilson,    // ProportionInterval: right verdicts among the rows with is_trial
  kDeLong,    // RocAucInterval
  kBootstrap  // percentiles of 1,000 samples
};

struct MeasureInfo {
  std::string key;    // "roc_auc": in files
  std::string title;  // "ROC-AUC": in tables
  Unit unit = Unit::kNumber;
  Direction direction = Direction::kHigherIsBetter;
  Needs needs = Needs::kNothing;
  IntervalMethod interval = IntervalMethod::kBootstrap;
  // One of both, or none: consistency and worst case are accuracies of other rows
  // (eval/robustness).
  ClassStatistic of_classes = {};
  ScoreStatistic of_scores = {};
  bool (*is_trial)(const Prediction&) = nullptr;
  bool is_main = false;  // shown where a table has room for few
  // Counts of verdicts do not give it: it is of the probabilities themselves.
  bool of_probabilities = false;
};

const std::vector<MeasureInfo>& AllMeasures();  // in the order of our tables

std::vector<MeasureInfo> ClassMeasures();                 // with a function of classes
std::vector<MeasureInfo> ScoreMeasures();                 // with a function of scores
const MeasureInfo& MeasureByKey(const std::string& key);  // which must be there

// Those of `keys`, in order; unknown ones, which a newer program may have written,
// last under their own key.
std::vector<MeasureInfo> MeasuresOf(const std::set<std::string>& keys);

}  // namespace kallos::measures
