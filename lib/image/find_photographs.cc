#include "lib/image/find_photographs.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/image/image.h"

namespace kallos::image {
namespace {

constexpr std::array<std::string_view, 16> kExtensions = {
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff",
    ".bmp", ".gif",  ".ppm", ".pgm",  ".pbm", ".pnm",  ".jp2", ".dib"};

// Photographs that we cannot read: worth a word, where other files are passed over.
constexpr std::array<std::string_view, 16> kUnreadable = {
    ".heic", ".heif", ".avif", ".jxl", ".psd", ".ico", ".svg", ".dng",
    ".cr2",  ".cr3",  ".nef",  ".arw", ".orf", ".raf", ".rw2", ".exr"};

bool HasExtensionOf(const fs::path& path, const std::array<std::string_view, 16>& extensions) {
  const std::string extension = ToLower(path.extension().native());
  return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

// Walks one folder tree and sorts what it meets.
class Walker {
 public:
  Walker(const fs::path& root, Names names) : root_(root), names_(names) {}

  void Walk(const fs::path& folder) {
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    if (error)
      throw EnvironmentError("{}: the folder cannot be read: {}; its photographs would be missing",
                             PathText(folder), error.message());
    std::vector<fs::path> paths;
    for (const fs::directory_entry& entry : entries) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) Visit(path);
  }

  FoundFiles Take() {
    std::sort(found_.files.begin(), found_.files.end());
    return std::move(found_);
  }

 private:
  void Visit(const fs::path& path) {
    std::error_code error;
    const bool link = fs::is_symlink(path, error);
    const fs::file_status status = fs::status(path, error);
    if (fs::is_directory(status))
      return link ? Problem(path, "a link to a folder is not followed") : Walk(path);
    if (fs::is_regular_file(status)) return VisitFile(path);
    if (!HasPhotographName(path)) return static_cast<void>(++found_.ignored);
    Problem(path, error && status.type() == fs::file_type::none
                      ? "cannot be reached: " + error.message()
                  : link ? "a link that leads nowhere"
                         : "not a regular file");
  }

  void VisitFile(const fs::path& path) {
    if (HasExtensionOf(path, kUnreadable))
      return Problem(path, "a picture of a kind that is not read here; convert it to JPEG or PNG");
    if (!HasPhotographName(path) && !IsUnnamedPhotograph(path))
      return static_cast<void>(++found_.ignored);
    const fs::path relative = path.lexically_relative(root_);
    if (names_ == Names::kUtf8 && !IsValidUtf8(relative.native()))
      return Problem(path, "the name is not valid UTF-8; rename the file");
    found_.files.push_back(relative.generic_string());
  }

  static bool IsUnnamedPhotograph(const fs::path& path) {
    if (path.has_extension()) return false;
    std::array<char, 16> start{};
    std::ifstream(path, std::ios::binary).read(start.data(), start.size());
    const std::string_view bytes(start.data(), start.size());
    return bytes.starts_with("\xFF\xD8\xFF") || bytes.starts_with("\x89PNG\r\n") ||
           bytes.starts_with("GIF8") || (bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP");
  }

  void Problem(const fs::path& path, const std::string& reason) {
    const std::string name = PathText(path.lexically_relative(root_));
    found_.problems.push_back({name, name, reason});
  }

  const fs::path root_;
  const Names names_;
  FoundFiles found_;
};

}  // namespace

bool HasPhotographName(const fs::path& path) {
  return HasExtensionOf(path, kExtensions);
}

FoundFiles FindPhotographs(const fs::path& folder, Names names) {
  std::error_code error;
  if (!fs::exists(folder, error)) throw InputError("{}: no such folder", PathText(folder));
  if (!fs::is_directory(folder, error)) throw InputError("{}: not a folder", PathText(folder));
  fs::directory_iterator readable(folder, error);
  if (error) throw EnvironmentError("{}: cannot be read: {}", PathText(folder), error.message());
  Walker walker(folder, names);
  walker.Walk(folder);
  return walker.Take();
}

}  // namespace kallos::image
