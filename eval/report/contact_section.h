// The photographs that a model is surest about, right and wrong.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "eval/report/runs.h"
#include "lib/document/document.h"

namespace kallos::report {

struct ContactSettings {
  // Of the photographs; by default those that the runs name.
  std::optional<std::filesystem::path> manifest;
  int64_t photos = 24;  // the most in a sheet
};

// For each benchmark of classes a sheet of hits and one of misses, by the confidence max(p, 1 - p),
// equal ones by id. A photograph that is gone, changed or unreadable is a placeholder with the
// reason, and so is a sheet whose manifest, unless it was given here, is damaged.
document::Section ContactSection(const std::vector<Run>& runs, const ContactSettings& settings);

}  // namespace kallos::report
