#include "lib/core/output_folder.h"

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace kallos {

void RequireEmptyFolder(const fs::path& folder, const std::string& what) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".") || name.find(".tmp.") != std::string::npos) continue;
    throw InputError("{}: is no {}, but holds other files ({}), which might be overwritten; give another --out",
                     PathText(folder), what, PathText(entry.path().filename()));
  }
}

}  // namespace kallos
