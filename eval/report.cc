#include "eval/report.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::eval {
namespace {

struct Column {
  const char* title;
  const char* name;
  bool percent;
};

constexpr Column kColumns[] = {{"accuracy %", "accuracy", true},
                               {"precision %", "precision", true},
                               {"recall %", "recall", true},
                               {"specificity %", "specificity", true},
                               {"F1 %", "f1", true},
                               {"balanced %", "balanced_accuracy", true},
                               {"MCC", "mcc", false},
                               {"ROC-AUC", "roc_auc", false},
                               {"Brier", "brier", false},
                               {"ECE", "ece", false}};

std::string Cell(const Measure& measure, bool percent) {
  if (!measure.value) return "-";
  const double scale = percent ? 100 : 1;
  const int digits = percent ? 2 : 3;
  std::string text = fmt::format("{:.{}f}", scale * *measure.value, digits);
  if (measure.low)
    text += fmt::format(" [{:.{}f}, {:.{}f}]", scale * *measure.low, percent ? 1 : 3, scale * *measure.high,
                        percent ? 1 : 3);
  return text;
}

std::string Majority(const Measures& m) {
  return fmt::format("{:.2f}",
                     100.0 * static_cast<double>(std::max(m.positives, m.n - m.positives)) / static_cast<double>(m.n));
}

std::string Aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> width(rows[0].size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], row[i].size());
  }
  std::string text;
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t i = 0; i < width.size(); ++i) text += fmt::format("| {:<{}} ", rows[r][i], width[i]);
    text += "|\n";
    if (r > 0) continue;
    for (const size_t w : width) text += "|" + std::string(w + 2, '-');
    text += "|\n";
  }
  return text;
}

std::string Notes(const NamedMeasures& measures) {
  std::string text;
  for (const auto& [benchmark, m] : measures) {
    const Measure& auc = m.by_name.at("roc_auc");
    if (!auc.value)
      text += fmt::format("\n{}: {}: its accuracy is {}.\n", benchmark, auc.why,
                          m.positives == 0 ? "specificity" : "recall");
  }
  return text;
}

nlohmann::json JsonOf(const Measure& measure) {
  if (!measure.value) return {{"value", nullptr}, {"why", measure.why}};
  nlohmann::json out = {{"value", *measure.value}};
  if (measure.low) {
    out["low"] = *measure.low;
    out["high"] = *measure.high;
  }
  return out;
}

}  // namespace

NamedMeasures MeasureBenchmarks(const std::vector<Prediction>& predictions, uint64_t seed) {
  std::map<std::string, std::vector<Prediction>> by_benchmark;
  for (const Prediction& p : predictions) by_benchmark[p.benchmark].push_back(p);
  NamedMeasures out;
  for (const auto& [name, rows] : by_benchmark) out.emplace_back(name, MeasureClassification(rows, seed));
  if (out.size() > 1) out.emplace_back("overall", MeasureClassification(predictions, seed));
  return out;
}

std::string FormatTable(const NamedMeasures& measures) {
  std::vector<std::vector<std::string>> rows = {{"benchmark", "n", "majority %"}};
  for (const Column& column : kColumns) rows[0].emplace_back(column.title);
  for (const auto& [benchmark, m] : measures) {
    rows.push_back({benchmark, FormatCount(m.n), Majority(m)});
    for (const Column& column : kColumns) rows.back().push_back(Cell(m.by_name.at(column.name), column.percent));
  }
  return Aligned(rows) +
         "\nPositive = good; 95 % intervals: Wilson for proportions, DeLong for ROC-AUC, bootstrap for the rest. "
         "'majority' is the "
         "accuracy of always answering with the larger class.\n" +
         Notes(measures);
}

std::string FormatMetricsJson(const NamedMeasures& measures) {
  nlohmann::json benchmarks = nlohmann::json::object();
  for (const auto& [benchmark, m] : measures) {
    nlohmann::json& entry = benchmarks[benchmark];
    entry["n"] = m.n;
    entry["positives"] = m.positives;
    for (const auto& [name, measure] : m.by_name) entry[name] = JsonOf(measure);
  }
  return nlohmann::json{{"format_version", 1}, {"benchmarks", benchmarks}}.dump(1) + "\n";
}

std::string FormatTableCsv(const NamedMeasures& measures) {
  CsvTable table{{"benchmark", "n", "measure", "value", "low", "high", "why"}, {}, {}};
  const auto text = [](const std::optional<double>& value) { return value ? FormatDouble(*value) : ""; };
  for (const auto& [benchmark, m] : measures) {
    for (const auto& [name, measure] : m.by_name) {
      table.rows.push_back({benchmark, std::to_string(m.n), name, text(measure.value), text(measure.low),
                            text(measure.high), measure.why});
    }
  }
  return FormatCsv(table);
}

std::string FormatPredictions(const std::vector<Prediction>& predictions) {
  CsvTable table{{"id", "benchmark", "label", "probability", "verdict"}, {}, {}};
  for (const Prediction& p : predictions) {
    table.rows.push_back(
        {p.id, p.benchmark, std::to_string(p.label), FormatDouble(p.probability), p.probability > 0.5 ? "1" : "0"});
  }
  return FormatCsv(table);
}

std::vector<Prediction> ReadPredictions(const std::filesystem::path& path) {
  const CsvTable table = ReadCsv(path);
  const std::string file = PathText(path);
  const auto column = [&](const char* name) {
    const std::optional<size_t> index = table.Find(name);
    if (!index) throw InputError("{}: column '{}' is missing; found: {}", file, name, Join(table.columns, ", "));
    return *index;
  };
  const size_t id = column("id"), label = column("label"), probability = column("probability");
  const std::optional<size_t> benchmark = table.Find("benchmark");
  std::vector<Prediction> predictions;
  std::set<std::string> seen;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const std::vector<std::string>& row = table.rows[i];
    const std::optional<double> p = ParseDouble(row[probability]);
    if (!p || !(*p >= 0 && *p <= 1))
      throw InputError("{}:{}: probability '{}' is not in [0, 1]", file, table.lines[i], row[probability]);
    if (row[label] != "0" && row[label] != "1")
      throw InputError("{}:{}: label '{}' is not 0 or 1", file, table.lines[i], row[label]);
    if (!seen.insert(row[id]).second) throw InputError("{}:{}: id '{}' appears twice", file, table.lines[i], row[id]);
    const std::string name = benchmark && !row[*benchmark].empty() ? row[*benchmark] : "test";
    predictions.push_back({row[id], name, row[label] == "1" ? 1 : 0, *p});
  }
  if (predictions.empty()) throw InputError("{}: no predictions", file);
  return predictions;
}

}  // namespace kallos::eval
