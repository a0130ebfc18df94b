// kallos-eval report: one page of any set of runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "lib/config/config.h"
#include "lib/run/run.h"

namespace kallos::report {

struct ReportConfig {
  std::vector<std::filesystem::path> runs;
  std::optional<std::filesystem::path> manifest;
  int64_t photos = 24;
  std::filesystem::path out;
};

template <class V>
void Describe(V& v, ReportConfig& c) {
  v.Positional(
      "run", c.runs, Required(),
      "Folders of runs, or folders that hold such; also pca.h5. What each is, its files tell.");
  v("manifest", c.manifest,
    "Where the photographs of the contact sheets are; by default the manifests that the benchmarks "
    "name.");
  v("photos", c.photos, InRange(0, 1000),
    "Most photographs in each contact sheet, of hits and of misses; 0 = no sheets.");
  v("out", c.out, Required(), "Folder for report.html, report.md and tables.tex.");
}

// Throws InputError naming a folder that holds no run, or a damaged file; EnvironmentError where
// this build has no chart library.
void RunReport(const ReportConfig& config, RunContext& context);

}  // namespace kallos::report
