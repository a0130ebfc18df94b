// Measures of a two-class benchmark from its predictions, with 95 % intervals. Knows nothing of who predicted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kallos::eval {

struct Prediction {
  std::string id;
  std::string benchmark;
  int label = 0;           // 0 bad, 1 good
  double probability = 0;  // of good
};

// A measure, or why there is none. The interval is absent where none is defined.
struct Measure {
  std::optional<double> value;
  std::optional<double> low, high;
  std::string why;
};

// Keys: accuracy precision recall specificity f1 balanced_accuracy mcc roc_auc pr_auc log_loss brier ece.
struct Measures {
  int64_t n = 0;
  int64_t positives = 0;
  std::map<std::string, Measure> by_name;
};

// The verdict is 1 where p > 0.5. Intervals: Wilson for proportions (Wilson, JASA 1927), DeLong for the AUC (DeLong et
// al., Biometrics 1988), else the 2.5 and 97.5 percentiles of 1000 stratified bootstrap samples drawn from `seed`.
Measures MeasureClassification(const std::vector<Prediction>& predictions, uint64_t seed);

struct Interval {
  double low, high;
};
Interval WilsonInterval(int64_t successes, int64_t n);

}  // namespace kallos::eval
