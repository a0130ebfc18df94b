#include "eval/robustness/robustness_report.h"

#include <algorithm>
#include <cmath>

#include "eval/robustness/published_rows.h"

namespace kallos::eval {
namespace {

// The views that one row of the table pools.
struct ViewSet {
  std::string transform, severity;
  std::vector<const ViewPredictions*> views;
};

void AddOnce(const std::string& name, std::vector<std::string>& names) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

// The untouched view; each transform at each severity and, where there are several, at all; all
// transforms likewise.
std::vector<ViewSet> SetsOf(const std::vector<ViewPredictions>& views) {
  std::vector<ViewSet> sets = {{"none", "", {views.data()}}};
  std::vector<std::string> transforms, severities;
  for (const ViewPredictions& one : views) {
    if (!one.view.transform) continue;
    AddOnce(one.view.TransformName(), transforms);
    AddOnce(one.view.SeverityText(), severities);
  }
  if (transforms.size() > 1) transforms.emplace_back(kJoint);
  if (severities.size() > 1) severities.emplace_back(kAll);
  for (const std::string& transform : transforms) {
    for (const std::string& severity : severities) {
      sets.push_back({transform, severity, {}});
      for (const ViewPredictions& one : views) {
        const bool has_transform = transform == kJoint || transform == one.view.TransformName();
        const bool has_severity = severity == kAll || severity == one.view.SeverityText();
        if (one.view.transform && has_transform && has_severity) sets.back().views.push_back(&one);
      }
    }
  }
  return sets;
}

// The prediction of a view among those of others of the same photograph.
measures::Prediction Pooled(measures::Prediction prediction, const View& view) {
  prediction.group =
      prediction.group.empty() ? "photograph " + prediction.id : "group " + prediction.group;
  prediction.id += " " + view.Name();
  return prediction;
}

// Farther from the label: |p - label|.
bool IsWorse(const measures::Prediction& a, const measures::Prediction& b) {
  return std::abs(a.probability - a.label) > std::abs(b.probability - b.label);
}

// `rows` are those of one benchmark. With verdicts v of each view and v_0 of
// the untouched photograph,
//   consistency = share of views with v = v_0,
//   worst case  = share of photographs whose verdict is right in all views: the accuracy of the
//                 prediction farthest from the label.
RobustnessRow MeasureSet(const ViewSet& set, const std::vector<measures::Prediction>& untouched,
                         const std::vector<size_t>& rows, uint64_t seed) {
  std::vector<measures::Prediction> pooled, stays, worst;
  for (const size_t row : rows) {
    worst.push_back(set.views[0]->predictions[row]);
    for (const ViewPredictions* view : set.views) {
      const measures::Prediction& prediction = view->predictions[row];
      if (IsWorse(prediction, worst.back())) worst.back() = prediction;
      pooled.push_back(Pooled(prediction, view->view));
      stays.push_back(pooled.back());
      stays.back().label = measures::IsGood(untouched[row].probability) ? 1 : 0;
    }
  }
  const measures::Measures measures = measures::MeasureClassification(pooled, seed);
  RobustnessRow out{Variant::kCorrect, set.transform,   set.severity, untouched[rows[0]].benchmark,
                    measures.n,        measures.by_name};
  if (set.views[0]->view.transform) out.by_name["consistency"] = measures::MeasureAccuracy(stays);
  if (set.views.size() > 1) out.by_name["worst_case"] = measures::MeasureAccuracy(worst);
  return out;
}

// The published joint row pools six transforms, and stands beside six.
std::optional<RobustnessRow> PublishedBeside(const ViewSet& set, const std::string& benchmark) {
  constexpr size_t kPublishedTransforms = 6;
  if (set.transform == kJoint && set.views.size() != kPublishedTransforms) return std::nullopt;
  return PublishedRow(benchmark, set.transform);
}

}  // namespace

RobustnessReport MakeRobustnessReport(const std::vector<ViewPredictions>& views, bool legacy,
                                      uint64_t seed) {
  const std::vector<measures::Prediction>& untouched = views[0].predictions;
  std::map<std::string, std::vector<size_t>> benchmarks;
  for (size_t i = 0; i < untouched.size(); ++i) benchmarks[untouched[i].benchmark].push_back(i);
  RobustnessReport report;
  for (const auto& [benchmark, rows] : benchmarks) {
    for (const ViewSet& set : SetsOf(views)) {
      report.rows.push_back(MeasureSet(set, untouched, rows, seed));
      if (!legacy) continue;
      report.rows.back().variant = Variant::kLegacy;
      if (const auto published = PublishedBeside(set, benchmark)) report.rows.push_back(*published);
    }
  }
  return report;
}

}  // namespace kallos::eval
