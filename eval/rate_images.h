// The photographs that the arguments of kallos-rate mean.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kallos::eval {

struct ImageToRate {
  std::filesystem::path path;
  std::string problem;  // why it cannot even be tried; else ""
};

// In the order given. A path that exists is taken as it is, whatever its name; a folder means the
// photographs below it, sorted; else a name with * ? or [ is a pattern as shells have it, for those
// who quoted it, its matches sorted. Throws InputError for what is not there and for a folder
// without photographs.
std::vector<ImageToRate> FindImages(const std::vector<std::filesystem::path>& given);

}  // namespace kallos::eval
