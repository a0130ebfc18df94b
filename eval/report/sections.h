// The sections of a report. Each takes all runs and looks at those of its kinds; one without blocks has nothing to say
// and is left out. All throw InputError naming the file where one is damaged.
#pragma once

#include <vector>

#include "eval/report/document.h"
#include "eval/report/runs.h"

namespace kallos::report {

Section SummarySection(const std::vector<Run>& runs);    // what was given, and its main number
Section BenchmarkSection(const std::vector<Run>& runs);  // tables of measures
Section CurvesSection(const std::vector<Run>& runs);     // ROC, precision and recall, confusion; score over prediction
Section CalibrationSection(const std::vector<Run>& runs);  // reliability, before and after correction
Section ComparisonSection(const std::vector<Run>& runs);
Section RobustnessSection(const std::vector<Run>& runs);
Section SearchSection(const std::vector<Run>& runs);      // genetic searches: convergence, layers, stability
Section SelectionsSection(const std::vector<Run>& runs);  // a search beside other ways to choose columns
Section ComponentsSection(const std::vector<Run>& runs);  // spectra of PCA
Section TrainingSection(const std::vector<Run>& runs);
Section LineageSection(const std::vector<Run>& runs);   // from each result back to the photographs
Section SettingsSection(const std::vector<Run>& runs);  // commands and configs

}  // namespace kallos::report
