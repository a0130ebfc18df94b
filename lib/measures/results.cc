#include "lib/measures/results.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/measures/macro_average.h"
#include "lib/measures/score_measures.h"

namespace kallos::measures {
namespace {

void NoteGroups(const std::string& name, const Measures& m, std::vector<std::string>& notes) {
  if (m.groups == m.n) return;
  notes.push_back(fmt::format("{}: its {} rows form {} groups; intervals count groups, not rows.",
                              name, FormatCount(m.n), FormatCount(m.groups)));
}

void NoteBenchmark(const std::string& name, const Measures& m, std::vector<std::string>& notes) {
  if (m.one_class()) {
    notes.push_back(
        fmt::format("{}: {}, so its accuracy is its {}, and AUC and the like are undefined.", name,
                    m.by_name.at("roc_auc").why, m.positives == 0 ? "specificity" : "recall"));
  } else if (!m.by_name.at("roc_auc").why.empty()) {
    notes.push_back(fmt::format("{}: ROC-AUC: {}.", name, m.by_name.at("roc_auc").why));
  }
  NoteGroups(name, m, notes);
}

std::vector<Prediction> Together(const std::vector<std::vector<Prediction>>& parts) {
  std::vector<Prediction> all;
  for (const std::vector<Prediction>& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

nlohmann::json JsonOf(const Report& report) {
  nlohmann::json benchmarks = nlohmann::json::object();
  for (const auto& [name, m] : report.benchmarks) {
    nlohmann::json& entry = benchmarks[name];
    entry = {{"n", m.n}, {"groups", m.groups}};
    if (!report.of_scores) entry["positives"] = m.positives;
    for (const auto& [key, measure] : m.by_name) entry[key] = measure;
  }
  return {{"benchmarks", benchmarks}, {"notes", report.notes}};
}

}  // namespace

std::string TitleOf(const Report& report) {
  return report.model + (report.published ? " (published)" : "");
}

void RequireBenchmarkName(const std::string& name) {
  if (name == kOverall || name == kMacro)
    throw InputError(
        "a benchmark is named '{}', which is the name of a row over all of them; rename it", name);
}

Report MakeReport(const std::vector<Prediction>& predictions, uint64_t seed) {
  std::map<std::string, std::vector<Prediction>> by_benchmark;
  for (const Prediction& p : predictions) by_benchmark[p.benchmark].push_back(p);
  Report report;
  std::vector<std::string> pooled_names, apart;
  std::vector<std::vector<Prediction>> pooled;
  for (const auto& [name, rows] : by_benchmark) {
    RequireBenchmarkName(name);
    report.benchmarks.emplace_back(name, MeasureClassification(rows, seed));
    const Measures& measures = report.benchmarks.back().second;
    NoteBenchmark(name, measures, report.notes);
    (measures.one_class() ? apart : pooled_names).push_back(name);
    if (!measures.one_class()) pooled.push_back(rows);
  }
  if (pooled.size() < 2) return report;
  report.benchmarks.emplace_back(kOverall, MeasureClassification(Together(pooled), seed));
  report.benchmarks.emplace_back(kMacro, MacroAverage(pooled, seed));
  report.notes.push_back(
      fmt::format("{} pools the rows of {}; {} is the mean of their measures{}.", kOverall,
                  Join(pooled_names, ", "), kMacro,
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
        report.notes.push_back(
            fmt::format("{}: no {}: {}.", name, measure, m.by_name.at(measure).why));
    }
    NoteGroups(name, m, report.notes);
  }
  return report;
}

std::string FormatMetricsJson(const std::vector<Report>& reports) {
  nlohmann::json json = {{"format_version", 1}};
  const bool several = std::ranges::count(reports, false, &Report::published) > 1;
  for (const Report& report : reports) {
    if (report.published) {
      json["published"][report.model] = JsonOf(report);
    } else if (several) {
      json["models"][report.model] = JsonOf(report);
    } else {
      json.update(JsonOf(report));
    }
  }
  return json.dump(1) + "\n";
}

std::string FormatTableCsv(const std::vector<Report>& reports) {
  const bool named = reports.size() > 1;
  CsvTable table{{"benchmark", "n", "measure", "value", "low", "high", "why"}, {}, {}};
  if (named) table.columns.insert(table.columns.begin(), "model");
  for (const Report& report : reports) {
    for (const auto& [benchmark, m] : report.benchmarks) {
      for (const auto& [name, measure] : m.by_name) {
        std::vector<std::string> cells = {benchmark, std::to_string(m.n), name};
        std::ranges::copy(CsvCellsOf(measure), std::back_inserter(cells));
        if (named) cells.insert(cells.begin(), TitleOf(report));
        table.rows.push_back(std::move(cells));
      }
    }
  }
  return FormatCsv(table);
}

}  // namespace kallos::measures
