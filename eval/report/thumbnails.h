// Small copies of photographs, for pages.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lib/core/result.h"

namespace kallos::report {

struct PhotoFile {
  std::filesystem::path path;
  std::string sha256;  // what the file must have; "" = any
};

// JPEG bytes of each, longer side 160 pixels, in order; a Failure for one that is gone, changed or
// unreadable. Reads in parallel. Throws InterruptedError on a stop request.
std::vector<Result<std::string>> Thumbnails(const std::vector<PhotoFile>& files);

}  // namespace kallos::report
