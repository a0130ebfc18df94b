#include "train/network/frame_folder.h"

#include <cstring>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"
#include "lib/core/text.h"
#include "lib/store/seal.h"

namespace kallos::train {
namespace {

// A line "kallos frame 1 HEIGHT WIDTH DESCRIPTION", the pixels, the seal.
constexpr const char* kKind = "frame";

std::string FirstLine(const std::string& description, int height, int width) {
  return fmt::format("kallos frame 1 {} {} {}\n", height, width, description);
}

std::optional<Picture8> Parse(std::string_view bytes, const std::string& description) {
  const std::optional<std::string_view> content = store::Unsealed(bytes, kKind);
  if (!content) return std::nullopt;
  const size_t line = content->find('\n');
  const std::vector<std::string> words = Split(std::string(content->substr(0, line)), ' ');
  if (line == std::string_view::npos || words.size() < 5) return std::nullopt;
  const std::string_view pixels = content->substr(line + 1);
  const int64_t height = ParseInt(words[3]).value_or(0), width = ParseInt(words[4]).value_or(0);
  constexpr int64_t kMostSide = 1 << 30;
  if (height < 1 || width < 1 || height > kMostSide || width > kMostSide) return std::nullopt;
  if (pixels.size() != static_cast<uint64_t>(height) * static_cast<uint64_t>(width) * 3)
    return std::nullopt;
  Picture8 picture{static_cast<int>(height), static_cast<int>(width), {}};
  if (content->substr(0, line + 1) != FirstLine(description, picture.height, picture.width))
    return std::nullopt;
  picture.rgb.assign(pixels.begin(), pixels.end());
  return picture;
}

}  // namespace

FrameFolder::FrameFolder(std::filesystem::path folder) : folder_(std::move(folder)) {
  MakeFolder(folder_);
}

std::filesystem::path FrameFolder::PathOf(const std::string& description) const {
  return folder_ / (Sha256Hex(description) + ".frame");
}

std::optional<Picture8> FrameFolder::Read(const std::string& description) const {
  const std::filesystem::path path = PathOf(description);
  if (std::error_code ignored; !std::filesystem::exists(path, ignored)) return std::nullopt;
  std::optional<Picture8> picture = Parse(ReadFile(path), description);
  if (!picture) LogWarning("{}: damaged; it is made again", PathText(path));
  return picture;
}

void FrameFolder::Write(const std::string& description, const Picture8& picture) {
  if (!writable_) return;
  std::string bytes = FirstLine(description, picture.height, picture.width);
  bytes.append(reinterpret_cast<const char*>(picture.rgb.data()), picture.rgb.size());
  try {
    PublishBytes(PathOf(description), store::Sealed(std::move(bytes), kKind));
  } catch (const Error& error) {
    if (writable_.exchange(false)) LogWarning("{}; no more frames are kept there", error.what());
  }
}

}  // namespace kallos::train
