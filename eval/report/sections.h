// The sections of a report. Each takes all runs and shows those of its kinds; a section without
// blocks is left out. All throw InputError naming the file where one is damaged.
#pragma once

#include <vector>

#include "eval/report/runs.h"
#include "lib/document/document.h"

namespace kallos::report {

// What was given, and its main number.
document::Section SummarySection(const std::vector<Run>& runs);
// Tables of measures.
document::Section BenchmarkSection(const std::vector<Run>& runs);
// ROC, precision and recall, confusion; score over prediction.
document::Section CurvesSection(const std::vector<Run>& runs);
// Reliability, before and after correction.
document::Section CalibrationSection(const std::vector<Run>& runs);
// Differences of each pair of models, with their tests.
document::Section ComparisonSection(const std::vector<Run>& runs);
// Measures over the severity of each transform.
document::Section RobustnessSection(const std::vector<Run>& runs);
// Genetic searches: convergence, layers, stability.
document::Section SearchSection(const std::vector<Run>& runs);
// A search beside other ways to choose columns.
document::Section SelectionsSection(const std::vector<Run>& runs);
// Spectra of PCA.
document::Section ComponentsSection(const std::vector<Run>& runs);
// Losses over the epochs.
document::Section TrainingSection(const std::vector<Run>& runs);
// From each result back to the photographs.
document::Section LineageSection(const std::vector<Run>& runs);
// Commands and configs.
document::Section SettingsSection(const std::vector<Run>& runs);

}  // namespace kallos::report
