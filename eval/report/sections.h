// The sections of a report. Each takes all runs and looks at those of its kinds; one without blocks
// has nothing to say and is left out. All throw InputError naming the file where one is damaged.
#pragma once

#include <vector>

#include "eval/report/runs.h"
#include "lib/document/document.h"

namespace kallos::report {

document::Section SummarySection(
    const std::vector<Run>& runs);  // what was given, and its main number
document::Section BenchmarkSection(const std::vector<Run>& runs);  // tables of measures
document::Section CurvesSection(
    const std::vector<Run>& runs);  // ROC, precision and recall, confusion; score over prediction
document::Section CalibrationSection(
    const std::vector<Run>& runs);  // reliability, before and after correction
document::Section ComparisonSection(const std::vector<Run>& runs);
document::Section RobustnessSection(const std::vector<Run>& runs);
document::Section SearchSection(
    const std::vector<Run>& runs);  // genetic searches: convergence, layers, stability
document::Section SelectionsSection(
    const std::vector<Run>& runs);  // a search beside other ways to choose columns
document::Section ComponentsSection(const std::vector<Run>& runs);  // spectra of PCA
document::Section TrainingSection(const std::vector<Run>& runs);
document::Section LineageSection(
    const std::vector<Run>& runs);  // from each result back to the photographs
document::Section SettingsSection(const std::vector<Run>& runs);  // commands and configs

}  // namespace kallos::report
