#include "eval/report/search_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace kallos::report {
namespace {

constexpr size_t kMostGenerations = 500;  // of a curve

document::Cell AgreementCell(const std::optional<ga::Agreement>& agreement, int digits) {
  if (!agreement) return {"-"};
  const double unit = std::pow(10, -digits);
  const auto rounded = [&](double value) {
    return std::round(value / unit) * unit + 0.0;
  };  // no -0.000
  return {fmt::format("{:.{}f}", rounded(agreement->found), digits),
          fmt::format("by chance {:.{}f} ± {:.{}f}", rounded(agreement->random_mean), digits,
                      agreement->random_sd, digits),
          agreement->found};
}

}  // namespace

Course Thinned(const Course& course) {
  const size_t size = course.history.size();
  const size_t every = std::max<size_t>(1, (size + kMostGenerations - 1) / kMostGenerations);
  Course thinned{course.name, {}};
  for (size_t i = 0; i < size; i += every) thinned.history.push_back(course.history[i]);
  if (size > 0 && (size - 1) % every != 0) thinned.history.push_back(course.history.back());
  return thinned;
}

document::Chart ConvergenceChart(const std::vector<Course>& courses, const std::string& fitness) {
  document::Chart chart{"Convergence", {"generation"}, {fitness}};
  chart.note = "Solid: best so far. Dashed: mean, with a band of one standard deviation.";
  for (size_t i = 0; i < courses.size(); ++i) {
    const int colour = i;
    document::Series best{courses[i].name, document::SeriesStyle::kLine, colour},
        mean{"", document::SeriesStyle::kDashed, colour};
    for (const ga::HistoryRow& row : courses[i].history) {
      const double x = row.generation;
      best.points.push_back({x, row.best_so_far});
      mean.points.push_back({x, row.mean, row.mean - row.sd, row.mean + row.sd});
    }
    chart.series.push_back(std::move(mean));
    chart.series.push_back(std::move(best));
  }
  return chart;
}

document::Chart DiversityChart(const std::vector<Course>& courses, double chance) {
  document::Chart chart{"Diversity: columns that two individuals share", {"generation"}, {"%"}};
  chart.note = "Dashed: random individuals.";
  double last = 0;
  for (size_t i = 0; i < courses.size(); ++i) {
    document::Series series{courses[i].name, document::SeriesStyle::kLine, i};
    for (const ga::HistoryRow& row : courses[i].history) {
      series.points.push_back({static_cast<double>(row.generation), 100 * row.overlap});
      last = std::max(last, static_cast<double>(row.generation));
    }
    chart.series.push_back(std::move(series));
  }
  chart.series.push_back(
      {"", document::SeriesStyle::kDashed, {}, {{0, 100 * chance}, {last, 100 * chance}}});
  return chart;
}

document::Table StabilityTable(const std::string& caption,
                               const std::vector<NamedStability>& rows) {
  document::Table table{caption,
                        {{"selections of"},
                         {"how many", true},
                         {"shared by two", true},
                         {"Jaccard", true},
                         {"Kuncheva", true},
                         {"Nogueira", true}}};
  for (const NamedStability& row : rows) {
    const ga::Stability& s = row.stability;
    document::Cell nogueira = AgreementCell(s.nogueira, 3);
    if (s.interval)
      nogueira.detail = fmt::format("[{:.3f}, {:.3f}]", s.interval->first, s.interval->second);
    table.rows.push_back({{row.name},
                          {std::to_string(row.selections), "", row.selections},
                          AgreementCell(s.shared, 1),
                          AgreementCell(s.jaccard, 3),
                          AgreementCell(s.kuncheva, 3),
                          std::move(nogueira)});
  }
  return table;
}

}  // namespace kallos::report
