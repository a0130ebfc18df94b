#include "eval/report.h"

#include <nlohmann/json.hpp>

#include "eval/score_measures.h"
#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/text.h"

namespace kallos::eval {
namespace {

void NoteGroups(const std::string& name, const Measures& m, std::vector<std::string>& notes) {
  if (m.groups == m.n) return;
  notes.push_back(fmt::format("{}: its {} rows form {} groups; intervals count groups, not rows.", name,
                              FormatCount(m.n), FormatCount(m.groups)));
}

void NoteBenchmark(const std::string& name, const Measures& m, std::vector<std::string>& notes) {
  if (m.one_class()) {
    notes.push_back(fmt::format("{}: {}, so its accuracy is its {}, and AUC and the like are undefined.", name,
                                m.by_name.at("roc_auc").why, m.positives == 0 ? "specificity" : "recall"));
  } else if (!m.by_name.at("roc_auc").why.empty()) {
    notes.push_back(fmt::format("{}: ROC-AUC: {}.", name, m.by_name.at("roc_auc").why));
  }
  NoteGroups(name, m, notes);
}

}  // namespace

void RequireNoOverall(bool is_there) {
  if (is_there)
    throw InputError("a benchmark is named '{}', which is the name of the row that pools them; rename it", kOverall);
}

Report MakeReport(const std::vector<Prediction>& predictions, uint64_t seed) {
  std::map<std::string, std::vector<Prediction>> by_benchmark;
  for (const Prediction& p : predictions) by_benchmark[p.benchmark].push_back(p);
  RequireNoOverall(by_benchmark.contains(kOverall));
  Report report;
  std::vector<std::string> pooled_names, apart;
  std::vector<Prediction> pooled;
  for (const auto& [name, rows] : by_benchmark) {
    report.benchmarks.emplace_back(name, MeasureClassification(rows, seed));
    const Measures& measures = report.benchmarks.back().second;
    NoteBenchmark(name, measures, report.notes);
    (measures.one_class() ? apart : pooled_names).push_back(name);
    if (!measures.one_class()) pooled.insert(pooled.end(), rows.begin(), rows.end());
  }
  if (pooled_names.size() < 2) return report;
  report.benchmarks.emplace_back(kOverall, MeasureClassification(pooled, seed));
  report.notes.push_back(fmt::format("{} pools the rows of {}{}.", kOverall, Join(pooled_names, ", "),
                                     apart.empty() ? "" : "; of one class and left out: " + Join(apart, ", ")));
  return report;
}

Report MakeScoreReport(const std::vector<ScoredPrediction>& predictions, uint64_t seed) {
  std::map<std::string, std::vector<ScoredPrediction>> by_benchmark;
  for (const ScoredPrediction& p : predictions) by_benchmark[p.benchmark].push_back(p);
  Report report;
  report.of_scores = true;
  for (const auto& [name, rows] : by_benchmark) {
    report.benchmarks.emplace_back(name, MeasureScores(rows, seed));
    const Measures& m = report.benchmarks.back().second;
    for (const char* measure : {"srcc", "plcc_fitted"}) {
      if (!m.by_name.at(measure).value)
        report.notes.push_back(fmt::format("{}: no {}: {}.", name, measure, m.by_name.at(measure).why));
    }
    NoteGroups(name, m, report.notes);
  }
  return report;
}

std::string FormatMetricsJson(const Report& report) {
  nlohmann::json benchmarks = nlohmann::json::object();
  for (const auto& [name, m] : report.benchmarks) {
    nlohmann::json& entry = benchmarks[name];
    entry = {{"n", m.n}, {"groups", m.groups}};
    if (!report.of_scores) entry["positives"] = m.positives;
    for (const auto& [key, measure] : m.by_name) entry[key] = measure;
  }
  return nlohmann::json{{"format_version", 1}, {"benchmarks", benchmarks}, {"notes", report.notes}}.dump(1) + "\n";
}

std::string FormatTableCsv(const Report& report) {
  CsvTable table{{"benchmark", "n", "measure", "value", "low", "high", "why"}, {}, {}};
  const auto text = [](const std::optional<double>& value) { return value ? FormatDouble(*value) : ""; };
  for (const auto& [benchmark, m] : report.benchmarks) {
    for (const auto& [name, measure] : m.by_name) {
      table.rows.push_back({benchmark, std::to_string(m.n), name, text(measure.value), text(measure.low),
                            text(measure.high), measure.why});
    }
  }
  return FormatCsv(table);
}

}  // namespace kallos::eval
