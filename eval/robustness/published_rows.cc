#include "eval/robustness/published_rows.h"

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/measures/intervals.h"
#include "published_rows_data.h"

namespace kallos::eval {
namespace {

struct PublishedCounts {
  std::string benchmark, transform;
  measures::Verdicts verdicts;
};

std::vector<PublishedCounts> ParseCounts() {
  const CsvTable table = ParseCsv(kPublishedRobustness, "configs/paper/robustness_published.csv");
  KALLOS_CHECK(table.columns ==
               std::vector<std::string>({"benchmark", "transform", "tp", "fn", "fp", "tn"}));
  std::vector<PublishedCounts> counts;
  for (const auto& row : table.rows) {
    const auto count = [&](size_t column) { return ParseInt(row[column]).value(); };
    counts.push_back({row[0], row[1], {count(2), count(3), count(4), count(5)}});
  }
  return counts;
}

measures::Measure Share(int64_t successes, int64_t n, bool independent) {
  const double value = measures::ShareOf(successes, n);
  if (!independent)
    return {value, {}, {}, "published without saying which views are of one photograph"};
  const measures::Interval interval = measures::WilsonInterval(value, n);
  return {value, interval.low, interval.high, ""};
}

}  // namespace

std::optional<RobustnessRow> PublishedRow(const std::string& benchmark,
                                          const std::string& transform) {
  static const std::vector<PublishedCounts> all = ParseCounts();
  for (const PublishedCounts& counts : all) {
    if (counts.benchmark != benchmark || counts.transform != transform) continue;
    const auto& [tp, fn, fp, tn] = counts.verdicts;
    const bool independent = transform != kJoint;
    return RobustnessRow{Variant::kPublished,
                         transform,
                         "",
                         benchmark,
                         tp + fn + fp + tn,
                         {{"accuracy", Share(tp + tn, tp + fn + fp + tn, independent)},
                          {"precision", Share(tp, tp + fp, independent)},
                          {"recall", Share(tp, tp + fn, independent)},
                          {"specificity", Share(tn, tn + fp, independent)}}};
  }
  return std::nullopt;
}

}  // namespace kallos::eval
