// Predictions to the table of all benchmarks, and its files.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "eval/classification.h"
#include "eval/scored_predictions.h"

namespace kallos::eval {

constexpr const char* kOverall = "overall";

struct Report {
  std::vector<std::pair<std::string, Measures>> benchmarks;  // in order of name, then kOverall
  std::vector<std::string> notes;                            // sentences below the table
  bool of_scores = false;                                    // not of verdicts
};

// Throws InputError where a benchmark has the name of the row that pools them.
void RequireNoOverall(bool is_there);

// One row for each benchmark, and one that pools the rows of those with both classes where there are several: a
// benchmark of one class has no accuracy that could be averaged with others, only a recall or specificity. Throws
// InputError when a benchmark is named kOverall.
Report MakeReport(const std::vector<Prediction>& predictions, uint64_t seed);

// One row for each benchmark, none that pools them: scores of several benchmarks have no common scale.
Report MakeScoreReport(const std::vector<ScoredPrediction>& predictions, uint64_t seed);

std::string FormatMarkdown(const Report& report);     // a row for each benchmark
std::string FormatForTerminal(const Report& report);  // a column for each benchmark: fits more terminals
std::string FormatTableCsv(const Report& report);     // benchmark,n,measure,value,low,high,why
// {"benchmarks": {NAME: {"n":, "positives": (of verdicts only), "groups":, MEASURE: {"value":, "low":, "high":,
// "why":}}}, "notes":
// [...]}; low and high only where there is an interval, why only where there is something to say.
std::string FormatMetricsJson(const Report& report);

}  // namespace kallos::eval
