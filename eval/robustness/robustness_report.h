// Predictions of several views to the table of how a model stands up to them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "eval/robustness/view_predictions.h"
#include "lib/measures/classification.h"

namespace kallos::eval {

constexpr const char* kJoint = "joint";  // in place of a transform: all chosen ones
constexpr const char* kAll = "all";      // in place of a severity: all chosen ones

// What a row was measured on. `kPublished` rows were not measured here.
enum class Variant { kCorrect, kLegacy, kPublished };
inline NamedValues<Variant> EnumTable(Variant) {
  using enum Variant;
  return {{kCorrect, "correct"}, {kLegacy, "legacy"}, {kPublished, "published"}};
}

// One or several views of a benchmark's photographs.
struct RobustnessRow {
  Variant variant = Variant::kCorrect;
  std::string transform;  // "none", "rotate", ... or kJoint
  std::string severity;   // "1" to "5" or kAll; "" where there is none
  std::string benchmark;
  int64_t n = 0;  // rows: photographs times views
  // Those of MeasureClassification over the rows of all views, the views of a photograph
  // counting as one draw, and
  //   consistency: share of verdicts that are the same as on the untouched photograph
  //   worst_case (several views): share of photographs whose verdict is right in each
  std::map<std::string, measures::Measure> by_name;
};

struct RobustnessReport {
  std::vector<RobustnessRow> rows;  // by benchmark; then untouched, each transform, joint
  std::vector<std::string> notes;   // sentences below the table
};

// views[0] is the untouched one; all have the same rows in the same order. In the legacy variant
// the published numbers of a benchmark of the same name follow its rows.
RobustnessReport MakeRobustnessReport(const std::vector<ViewPredictions>& views, bool legacy,
                                      uint64_t seed);

std::string FormatRobustnessMarkdown(const RobustnessReport& report);  // a table for each benchmark
std::string FormatRobustnessForTerminal(const RobustnessReport& report);  // of the main measures
std::string FormatRobustnessCsv(const RobustnessReport& report);  // a line for each row and measure
std::string FormatRobustnessJson(const RobustnessReport& report);
// id,variant,transform,severity,benchmark,label,probability
std::string FormatViewPredictions(const std::vector<ViewPredictions>& views, bool legacy);

}  // namespace kallos::eval
