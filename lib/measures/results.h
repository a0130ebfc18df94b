// Predictions to the table of all benchmarks, and its files.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lib/measures/classification.h"
#include "lib/measures/scored_predictions.h"

namespace kallos::measures {

// Rows of the table that are no benchmarks: all photographs pooled, and the mean of the benchmarks.
constexpr const char* kOverall = "overall";
constexpr const char* kMacro = "macro";

// What one model reaches.
struct Report {
  std::string model = {};
  // In order of name, then kOverall and kMacro.
  std::vector<std::pair<std::string, Measures>> benchmarks = {};
  std::vector<std::string> notes = {};  // sentences below the table
  bool of_scores = false;               // not of verdicts
  bool published = false;               // numbers of a publication, not measured here
};

std::string TitleOf(const Report& report);  // "GA 5,000 (published)"

// Throws InputError where a benchmark has the name of a row that is none.
void RequireBenchmarkName(const std::string& name);

// One row for each benchmark, and, of those with both classes where there are several, one that
// pools their rows and one that averages their measures: a benchmark of one class has no accuracy
// that could be averaged with others, only a recall or specificity. Throws InputError when a
// benchmark is named kOverall or kMacro.
Report MakeReport(const std::vector<Prediction>& predictions, uint64_t seed);

// One row for each benchmark and none of all: scores of several benchmarks have no common scale.
Report MakeScoreReport(const std::vector<ScoredPrediction>& predictions, uint64_t seed);

// The formats of one report or several, either of verdicts or of scores. The model is named where
// there are several.
//
// A row for each benchmark and model.
std::string FormatMarkdown(const std::vector<Report>& reports);
// Of one model transposed: a row for each measure. Of several a row for each benchmark and model,
// and the main measures only.
std::string FormatForTerminal(const std::vector<Report>& reports);
// [model,]benchmark,n,measure,value,low,high,why
std::string FormatTableCsv(const std::vector<Report>& reports);
// Of one model {"benchmarks": {NAME: {"n":, "positives": (of verdicts only), "groups":, MEASURE:
// (measure.h)}}, "notes": [...]}; of several {"models": {MODEL: the same}}. Published ones stand
// under "published" in the same way.
std::string FormatMetricsJson(const std::vector<Report>& reports);

}  // namespace kallos::measures
