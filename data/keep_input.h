// Outputs that lack rows of their input never take its place: nothing that a user made
// is ever lost.
#pragma once

#include <filesystem>

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace kallos::data {

// Throws UsageError when `output` is the file `input`, under this name or another.
inline void RefuseToOverwrite(const std::filesystem::path& input,
                              const std::filesystem::path& output) {
  std::error_code absent;
  if (fs::equivalent(input, output, absent))
    throw UsageError("{} is the input, which is never overwritten; give another file to write",
                     PathText(output));
}

}  // namespace kallos::data
