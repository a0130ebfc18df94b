#include "lib/measures/measure_titles.h"

namespace kallos::measures {

std::vector<MeasureTitle> TitlesOf(const std::set<std::string>& names) {
  static const std::vector<MeasureTitle> known = {{"accuracy", "accuracy %", true},
                                                  {"consistency", "consistency %", true},
                                                  {"worst_case", "worst case %", true},
                                                  {"precision", "precision %", true},
                                                  {"recall", "recall %", true},
                                                  {"specificity", "specificity %", true},
                                                  {"f1", "F1 %", true},
                                                  {"balanced_accuracy", "balanced %", true},
                                                  {"mcc", "MCC"},
                                                  {"roc_auc", "ROC-AUC"},
                                                  {"pr_auc", "PR-AUC"},
                                                  {"log_loss", "log loss"},
                                                  {"brier", "Brier"},
                                                  {"ece", "ECE"},
                                                  {"srcc", "SRCC"},
                                                  {"krcc", "KRCC"},
                                                  {"plcc", "PLCC"},
                                                  {"plcc_fitted", "PLCC, fitted"},
                                                  {"rmse_fitted", "RMSE, fitted"},
                                                  {"outlier_ratio", "outliers %", true},
                                                  {"rmse", "RMSE"},
                                                  {"mae", "MAE"},
                                                  {"emd_1", "EMD r = 1"},
                                                  {"emd_2", "EMD r = 2"}};
  std::vector<MeasureTitle> titles;
  std::set<std::string> unknown = names;
  for (const MeasureTitle& one : known) {
    if (unknown.erase(one.name) > 0) titles.push_back(one);
  }
  for (const std::string& name : unknown) titles.push_back({name, name});
  return titles;
}

}  // namespace kallos::measures
