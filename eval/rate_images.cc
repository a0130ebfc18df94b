#include "eval/rate_images.h"

#include <glob.h>

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/image/find_photographs.h"

namespace kallos::eval {
namespace {

std::vector<fs::path> Matches(const fs::path& pattern) {
  glob_t found{};
  const int status = glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found);
  std::vector<fs::path> paths(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  if (status == GLOB_NOSPACE) throw std::bad_alloc();
  std::sort(paths.begin(), paths.end());
  return paths;
}

void AddFolder(const fs::path& folder, std::vector<ImageToRate>& images) {
  const image::FoundFiles found = image::FindPhotographs(folder, image::Names::kAny);
  if (found.files.empty() && found.problems.empty()) {
    throw InputError("{}: no photographs in this folder ({} files of other kinds)",
                     PathText(folder), found.ignored);
  }
  for (const std::string& file : found.files) images.push_back({folder / file, ""});
  for (const store::Skipped& problem : found.problems)
    images.push_back({folder / problem.path, problem.reason});
}

}  // namespace

std::vector<ImageToRate> FindImages(const std::vector<fs::path>& given) {
  std::vector<ImageToRate> images;
  for (const fs::path& argument : given) {
    std::vector<fs::path> paths = {argument};
    if (!fs::exists(argument)) {
      const bool is_pattern = argument.native().find_first_of("*?[") != std::string::npos;
      if (is_pattern) paths = Matches(argument);
      if (!is_pattern || paths.empty())
        throw InputError("{}: {}", PathText(argument),
                         is_pattern ? "no file matches" : "no such file or folder");
    }
    for (const fs::path& path : paths) {
      if (fs::is_directory(path)) {
        AddFolder(path, images);
      } else {
        images.push_back({path, ""});
      }
    }
  }
  return images;
}

}  // namespace kallos::eval
