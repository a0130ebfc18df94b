#include "lib/core/output_folder.h"

#include <vector>

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace kallos {
namespace {

constexpr const char* kTemporary = ".tmp.";  // in the names that PublishFile writes to

}  // namespace

void RequireEmptyFolder(const fs::path& folder, const std::string& what) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".") || name.find(kTemporary) != std::string::npos) continue;
    throw InputError(
        "{}: is no {}, but holds other files ({}), which might be overwritten; give another --out",
        PathText(folder), what, PathText(entry.path().filename()));
  }
}

void RemoveLeftovers(const fs::path& file) {
  std::vector<fs::path> stale;
  for (const auto& entry :
       fs::directory_iterator(file.has_parent_path() ? file.parent_path() : fs::path("."))) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(file.filename().string()) && name.find(kTemporary) != std::string::npos)
      stale.push_back(entry.path());
  }
  for (const fs::path& path : stale) fs::remove(path);
}

}  // namespace kallos
