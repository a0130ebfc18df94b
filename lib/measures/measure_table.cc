#include "lib/measures/measure_table.h"

#include <algorithm>

#include "lib/core/error.h"

namespace kallos::measures {
namespace {

using enum Unit;
using enum Needs;
using enum IntervalMethod;
constexpr Direction kUp = Direction::kHigherIsBetter, kDown = Direction::kLowerIsBetter;
constexpr bool kMain = true, kOfProbabilities = true;

bool AnyRow(const Prediction&) {
  return true;
}
bool IsGoodRow(const Prediction& p) {
  return p.label == 1;
}
bool IsBadRow(const Prediction& p) {
  return p.label == 0;
}
bool IsCalledGood(const Prediction& p) {
  return IsGood(p.probability);
}

template <typename Predicate>
std::vector<MeasureInfo> Where(Predicate predicate) {
  std::vector<MeasureInfo> found;
  std::ranges::copy_if(AllMeasures(), std::back_inserter(found), predicate);
  return found;
}

}  // namespace

const std::vector<MeasureInfo>& AllMeasures() {
  // clang-format off
  static const std::vector<MeasureInfo> table = {
    // key, title, unit, direction, needs, interval, function of classes, of scores, trials, main,
    // of probabilities
    {"accuracy", "accuracy %", kPercent, kUp, kNothing, kWilson, Accuracy, {}, AnyRow, kMain},
    {"consistency", "consistency %", kPercent, kUp, kNothing, kWilson, {}, {}, AnyRow},
    {"worst_case", "worst case %", kPercent, kUp, kNothing, kWilson, {}, {}, AnyRow},
    {"precision", "precision %", kPercent, kUp, kBothClasses, kWilson, Precision, {}, IsCalledGood,
     kMain},
    {"recall", "recall %", kPercent, kUp, kGood, kWilson, Recall, {}, IsGoodRow, kMain},
    {"specificity", "specificity %", kPercent, kUp, kBad, kWilson, Specificity, {}, IsBadRow},
    {"f1", "F1 %", kPercent, kUp, kBothClasses, kBootstrap, F1},
    {"balanced_accuracy", "balanced %", kPercent, kUp, kBothClasses, kBootstrap, BalancedAccuracy},
    {"mcc", "MCC", kNumber, kUp, kBothClasses, kBootstrap, Mcc},
    {"roc_auc", "ROC-AUC", kNumber, kUp, kBothClasses, kDeLong, RocAuc, {}, nullptr, kMain,
     kOfProbabilities},
    {"pr_auc", "PR-AUC", kNumber, kUp, kBothClasses, kBootstrap, AveragePrecision, {}, nullptr,
     false, kOfProbabilities},
    {"log_loss", "log loss", kNumber, kDown, kNothing, kBootstrap, LogLoss, {}, nullptr, false,
     kOfProbabilities},
    {"brier", "Brier", kNumber, kDown, kNothing, kBootstrap, Brier, {}, nullptr, false,
     kOfProbabilities},
    {"ece", "ECE", kNumber, kDown, kNothing, kBootstrap, Ece, {}, nullptr, kMain,
     kOfProbabilities},
    {"srcc", "SRCC", kNumber, kUp, kNothing, kBootstrap, {}, Srcc, nullptr, kMain},
    {"krcc", "KRCC", kNumber, kUp, kNothing, kBootstrap, {}, Krcc},
    {"plcc", "PLCC", kNumber, kUp, kNothing, kBootstrap, {}, Plcc},
    {"plcc_fitted", "PLCC, fitted", kNumber, kUp, kLogisticFit, kBootstrap, {}, PlccFitted, nullptr,
     kMain},
    {"rmse_fitted", "RMSE, fitted", kNumber, kDown, kLogisticFit, kBootstrap, {}, RmseFitted},
    {"outlier_ratio", "outliers %", kPercent, kDown, kOpinionSds, kBootstrap, {}, OutlierRatio},
    {"rmse", "RMSE", kNumber, kDown, kNothing, kBootstrap, {}, Rmse},
    {"mae", "MAE", kNumber, kDown, kNothing, kBootstrap, {}, Mae},
    {"emd_1", "EMD r = 1", kNumber, kDown, kDistributions, kBootstrap, {}, Emd1, nullptr, kMain},
    {"emd_2", "EMD r = 2", kNumber, kDown, kDistributions, kBootstrap, {}, Emd2},
  };
  // clang-format on
  return table;
}

std::vector<MeasureInfo> ClassMeasures() {
  return Where([](const MeasureInfo& info) { return info.of_classes != nullptr; });
}

std::vector<MeasureInfo> ScoreMeasures() {
  return Where([](const MeasureInfo& info) { return info.of_scores != nullptr; });
}

const MeasureInfo& MeasureByKey(const std::string& key) {
  const auto found = std::ranges::find(AllMeasures(), key, &MeasureInfo::key);
  KALLOS_CHECK(found != AllMeasures().end(), "no measure '{}'", key);
  return *found;
}

std::vector<MeasureInfo> MeasuresOf(const std::set<std::string>& keys) {
  std::vector<MeasureInfo> infos =
      Where([&](const MeasureInfo& info) { return keys.contains(info.key); });
  std::set<std::string> unknown = keys;
  for (const MeasureInfo& info : infos) unknown.erase(info.key);
  for (const std::string& key : unknown) infos.push_back({.key = key, .title = key});
  return infos;
}

}  // namespace kallos::measures
