#include "eval/report/measures_file.h"

#include <algorithm>
#include <functional>

#include "eval/report.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::report {
namespace {

const std::vector<MeasureStyle>& KnownStyles() {
  static const std::vector<MeasureStyle> styles = {{"accuracy", "accuracy %", 100, 2},
                                                   {"consistency", "consistency %", 100, 2},
                                                   {"worst_case", "worst case %", 100, 2},
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
                                                   {"mae", "MAE"},
                                                   {"emd_1", "EMD r = 1"},
                                                   {"emd_2", "EMD r = 2"}};
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

ModelMeasures ModelOf(const nlohmann::json& json, const std::string& file) {
  ModelMeasures model;
  for (const auto& [name, row] : json.at("benchmarks").items()) {
    model.rows.push_back(RowOf(name, row));
    if (model.rows.back().n < 1) throw InputError("{}: benchmark '{}' has no photographs", file, name);
  }
  if (model.rows.empty()) throw InputError("{}: holds no benchmark; run kallos-eval benchmark again", file);
  std::ranges::stable_partition(model.rows, std::not_fn(&BenchmarkMeasures::of_all));
  if (json.contains("notes")) model.notes = json.at("notes").get<std::vector<std::string>>();
  return model;
}

}  // namespace

bool BenchmarkMeasures::of_all() const {
  return benchmark == eval::kOverall || benchmark == eval::kMacro;
}

MeasuresFile ReadMeasures(const fs::path& metrics_json) {
  MeasuresFile file;
  const std::string name = PathText(metrics_json);
  ReadJson(metrics_json, [&](const nlohmann::json& json) {
    if (json.contains("models"))
      file.models = json.at("models").size();
    else
      file.own = ModelOf(json, name);
    if (!json.contains("published")) return;
    for (const auto& [model, measures] : json.at("published").items()) file.published[model] = ModelOf(measures, name);
  });
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

std::vector<MeasureStyle> StylesOf(const std::set<std::string>& names) {
  std::vector<MeasureStyle> styles;
  std::set<std::string> unknown = names;
  for (const MeasureStyle& style : KnownStyles()) {
    if (unknown.erase(style.name) > 0) styles.push_back(style);
  }
  for (const std::string& name : unknown) styles.push_back({name, name});
  return styles;
}

std::set<std::string> NamesOf(const std::vector<BenchmarkMeasures>& rows) {
  std::set<std::string> names;
  for (const BenchmarkMeasures& row : rows) {
    for (const auto& [name, measure] : row.by_name) names.insert(name);
  }
  return names;
}

}  // namespace kallos::report
