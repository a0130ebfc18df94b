#include "lib/measures/statistics.h"

#include "lib/measures/sample.h"

namespace kallos::measures {

const std::vector<NamedStatistic>& Statistics() {
  static const std::vector<NamedStatistic> statistics = {
      {"accuracy", Accuracy},
      {"precision", Precision, true},
      {"recall", Recall, true},
      {"specificity", Specificity, true},
      {"f1", F1, true},
      {"balanced_accuracy", BalancedAccuracy, true},
      {"mcc", Mcc, true},
      {"roc_auc", RocAuc, true},
      {"pr_auc", AveragePrecision, true},
      {"log_loss", LogLoss},
      {"brier", Brier},
      {"ece", Ece}};
  return statistics;
}

}  // namespace kallos::measures
