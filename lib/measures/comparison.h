// All pairs of models on all benchmarks: differences, intervals, tests.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/measures/classification.h"
#include "lib/measures/paired_tests.h"

namespace kallos::measures {

struct Model {
  std::string name;
  std::vector<Prediction> predictions;  // of all models the same rows in the same order
};

// Two models on one benchmark. Differences are A - B.
struct Pair {
  std::string benchmark, a, b;
  int64_t n = 0, groups = 0;
  Discordant discordant;
  double mcnemar_p = 1, mcnemar_holm = 1;
  std::optional<double> delong_p, delong_holm;
  // By key: accuracy, roc_auc, ...; those that are undefined say why.
  std::map<std::string, Measure> differences;

  bool differs() const { return mcnemar_holm < 0.05; }
};

// Each benchmark, and where there are several of both classes `overall` of their rows.
// Intervals: of the AUC by DeLong, of all others the 2.5 and 97.5 percentiles of a paired
// bootstrap over groups from `seed`. Holm's adjustment is over all pairs and benchmarks,
// for each of the two tests.
std::vector<Pair> ComparePairs(const std::vector<Model>& models, uint64_t seed);

// "A is 1.2 points better than B on X (accuracy, 95 % interval -0.4 to 2.9; McNemar p = 0.21): not
// distinguishable".
std::string SentenceOf(const Pair& pair);

std::string FormatComparisonJson(const std::vector<Pair>& pairs);
// A row for each pair, benchmark and measure.
std::string FormatPairsCsv(const std::vector<Pair>& pairs);
std::string FormatComparisonMarkdown(const std::vector<Pair>& pairs);

}  // namespace kallos::measures
