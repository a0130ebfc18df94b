// Photographs below a folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lib/store/feature_store.h"

namespace kallos::image {

struct FoundFiles {
  std::vector<std::string> files;  // relative to the folder, '/' separated, sorted by bytes
  // What looked like a photograph or a folder but cannot be used.
  std::vector<store::Skipped> problems;
  int64_t ignored = 0;  // files of other kinds
};

// By its name: jpg, jpeg, png, webp, tif, bmp, gif, ppm and the like, in any case.
bool HasPhotographName(const std::filesystem::path& path);

// Manifests hold text, so that their files need names in UTF-8.
enum class Names { kUtf8, kAny };

// Recursive; pictures of kinds that are not read here (HEIC, AVIF, raw files ...) are reported;
// links to files are followed, links to folders are not (they may loop) and are reported. A file
// without any extension counts when its first bytes are those of a picture. Throws InputError when
// `folder` is no readable folder.
FoundFiles FindPhotographs(const std::filesystem::path& folder, Names names = Names::kUtf8);

}  // namespace kallos::image
