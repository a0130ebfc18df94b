#include "lib/image/tiff_tags.h"

#include <functional>

namespace kallos::image {
namespace {

constexpr uint64_t kWidth = 256, kHeight = 257, kOrientation = 274, kExtraSamples = 338;
constexpr uint64_t kShort = 3;

struct Entry {
  uint64_t tag;
  uint64_t type;
  size_t value_at;  // where the value lies in the file
  uint64_t value;
};

void ForEachEntry(std::string_view data, const std::function<void(const Entry&)>& visit) {
  const Bytes bytes(data, data.starts_with("II"));
  const auto directory = bytes.Number(4, 4);
  const auto count = directory ? bytes.Number(*directory, 2) : std::nullopt;
  for (uint64_t i = 0; count && i < *count; ++i) {
    const size_t at = *directory + 2 + 12 * i;
    const auto tag = bytes.Number(at, 2);
    const auto type = bytes.Number(at + 2, 2);
    if (!tag || !type) break;
    const auto value = bytes.Number(at + 8, *type == kShort ? 2 : 4);
    if (value) visit({*tag, *type, at + 8, *value});
  }
}

}  // namespace

std::optional<uint64_t> Bytes::Number(size_t at, size_t count) const {
  if (at > data_.size() || data_.size() - at < count) return std::nullopt;
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    value = value << 8 | static_cast<uint8_t>(data_[at + (little_ ? count - 1 - i : i)]);
  }
  return value;
}

TiffTags ReadTiffTags(std::string_view data) {
  TiffTags tags;
  ForEachEntry(data, [&](const Entry& entry) {
    if (entry.tag == kWidth) tags.width = entry.value;
    if (entry.tag == kHeight) tags.height = entry.value;
    if (entry.tag == kOrientation) tags.orientation = entry.value;
  });
  return tags;
}

int OrientationOf(const TiffTags& tags) {
  return tags.orientation && *tags.orientation >= 1 && *tags.orientation <= 8
             ? static_cast<int>(*tags.orientation)
             : 1;
}

int ExifOrientation(std::string_view exif) {
  if (exif.starts_with(std::string_view("Exif\0\0", 6))) exif.remove_prefix(6);
  if (!exif.starts_with("II*") && !exif.starts_with("MM")) return 1;
  return OrientationOf(ReadTiffTags(exif));
}

std::string NeutralTiff(std::string_view data) {
  std::string neutral(data);
  const bool little = data.starts_with("II");
  ForEachEntry(data, [&](const Entry& entry) {
    const bool unassociated_alpha = entry.tag == kExtraSamples && entry.value == 2;
    if (entry.type != kShort || (entry.tag != kOrientation && !unassociated_alpha)) return;
    neutral[entry.value_at] = little ? '\1' : '\0';
    neutral[entry.value_at + 1] = little ? '\0' : '\1';
  });
  return neutral;
}

}  // namespace kallos::image
