// The course of genetic searches, and what their selections have in common.
#pragma once

#include <string>
#include <vector>

#include "ga/evolution/history.h"
#include "ga/stability.h"
#include "lib/document/document.h"

namespace kallos::report {

struct Course {
  std::string name;
  std::vector<ga::HistoryRow> history;
};
// One generation in so many, where there are more than can be seen, and the last.
Course Thinned(const Course& course);

// Best so far, and the mean of each generation with a band of one standard deviation.
document::Chart ConvergenceChart(const std::vector<Course>& courses, const std::string& fitness);
// The share of columns that two individuals have in common; dashed what chance gives.
document::Chart DiversityChart(const std::vector<Course>& courses, double chance);

struct NamedStability {
  std::string name;  // of the method, or of the runs
  size_t selections = 0;
  ga::Stability stability;
};
// Shared columns, Jaccard, Kuncheva and Nogueira, each beside what random selections would give.
document::Table StabilityTable(const std::string& caption, const std::vector<NamedStability>& rows);

}  // namespace kallos::report
