#include "eval/report/measures_file.h"

#include <algorithm>
#include <set>

#include "eval/report.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::report {
namespace {

const std::vector<MeasureStyle>& KnownStyles() {
  static const std::vector<MeasureStyle> styles = {{"accuracy", "accuracy %", 100, 2},
                                                   {"precision", "precision %", 100, 2},
                                                   {"recall", "recall %", 100, 2},
                                                   {"specificity", "specificity %", 100, 2},
                                                   {"f1", "F1 %", 100, 2},
                                                   {"balanced_accuracy", "balanced %", 100, 2},
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
                                                   {"outlier_ratio", "outliers %", 100, 2},
                                                   {"rmse", "RMSE"},
                                                   {"mae", "MAE"}};
  return styles;
}

BenchmarkMeasures RowOf(const std::string& benchmark, const nlohmann::json& json) {
  BenchmarkMeasures row;
  row.benchmark = benchmark;
  row.n = json.at("n").get<int64_t>();
  if (json.contains("positives")) row.positives = json.at("positives").get<int64_t>();
  for (const auto& [name, value] : json.items()) {
    if (value.is_object() && value.contains("value")) row.by_name[name] = MeasureOf(value);
  }
  return row;
}

}  // namespace

MeasuresFile ReadMeasures(const fs::path& metrics_json) {
  MeasuresFile file;
  ReadJson(metrics_json, [&](const nlohmann::json& json) {
    for (const auto& [name, row] : json.at("benchmarks").items()) file.rows.push_back(RowOf(name, row));
    if (json.contains("notes")) file.notes = json.at("notes").get<std::vector<std::string>>();
  });
  if (file.rows.empty())
    throw InputError("{}: holds no benchmark; run kallos-eval benchmark again", PathText(metrics_json));
  for (const BenchmarkMeasures& row : file.rows) {
    if (row.n < 1) throw InputError("{}: benchmark '{}' has no photographs", PathText(metrics_json), row.benchmark);
  }
  std::ranges::stable_partition(file.rows,
                                [](const BenchmarkMeasures& row) { return row.benchmark != eval::kOverall; });
  return file;
}

eval::Measure MeasureOf(const nlohmann::json& json) {
  const auto number = [&](const char* key) -> std::optional<double> {
    if (!json.contains(key) || json.at(key).is_null()) return std::nullopt;
    return json.at(key).get<double>();
  };
  return {number("value"), number("low"), number("high"), json.value("why", "")};
}

Cell MeasureCell(const eval::Measure& measure, double scale, int digits) {
  if (!measure.value) return {"-", measure.why};
  const int interval_digits = scale == 1 ? digits : digits - 1;
  Cell cell{fmt::format("{:.{}f}", scale * *measure.value, digits), "", *measure.value};
  if (measure.low && measure.high)
    cell.detail = fmt::format("[{:.{}f}, {:.{}f}]", scale * *measure.low, interval_digits, scale * *measure.high,
                              interval_digits);
  return cell;
}

Cell CountCell(int64_t count) {
  return {FormatCount(count), "", static_cast<double>(count)};
}

std::vector<MeasureStyle> StylesOf(const std::vector<BenchmarkMeasures>& rows) {
  std::set<std::string> names;
  for (const BenchmarkMeasures& row : rows) {
    for (const auto& [name, measure] : row.by_name) names.insert(name);
  }
  std::vector<MeasureStyle> styles;
  for (const MeasureStyle& style : KnownStyles()) {
    if (names.erase(style.name) > 0) styles.push_back(style);
  }
  for (const std::string& name : names) styles.push_back({name, name});
  return styles;
}

}  // namespace kallos::report
