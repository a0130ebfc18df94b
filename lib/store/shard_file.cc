#include "lib/store/shard_file.h"

#include <cmath>

#include "lib/core/error.h"
#include "lib/store/hdf5_image.h"
#include "lib/store/seal.h"
#include "lib/store/store_files.h"

namespace kallos::store {
namespace {

constexpr std::string_view kKind = "shard";

void CheckOrigin(const Hdf5Image& image, const StoreInfo& info, int64_t shard,
                 const std::string& name) {
  const int64_t version = image.IntAttribute("format_version");
  if (version != kStoreFormatVersion)
    throw InputError("{}: format version {}; this program reads {}", name, version,
                     kStoreFormatVersion);
  if (image.StringAttribute("fingerprint") != info.fingerprint)
    throw InputError(
        "{}: belongs to another store (extractor {}); remove it and run the same command again",
        name, image.StringAttribute("extractor"));
  if (image.IntAttribute("shard") != shard)
    throw InputError(
        "{}: is shard {} under another name, expected shard {}; give it its own name back", name,
        image.IntAttribute("shard"), shard);
}

void RequireFinite(const Shard& shard, const std::string& name) {
  for (size_t i = 0; i < shard.ids.size(); ++i) {
    for (size_t j = 0; j < shard.features.columns(); ++j) {
      const float value = shard.features(i, j);
      if (!std::isfinite(value))
        throw InputError("{}: row '{}', column {}: the feature is {}; expected a finite number",
                         name, shard.ids[i], j, value);
    }
  }
}

}  // namespace

// The order of the calls is that of the datasets in the file, and so part of its bytes.
std::string EncodeShard(const StoreInfo& info, int64_t shard, const Shard& content) {
  std::vector<std::string> ids, paths, reasons;
  for (const Skipped& row : content.skipped) {
    ids.push_back(row.id);
    paths.push_back(row.path);
    reasons.push_back(row.reason);
  }
  Hdf5Builder file;
  file.SetAttribute("extractor", info.extractor);
  file.SetAttribute("fingerprint", info.fingerprint);
  file.SetAttribute("format_version", int64_t{kStoreFormatVersion});
  file.SetAttribute("shard", shard);
  file.AddFloats("features",
                 {content.features.data(), content.ids.size(), static_cast<size_t>(info.dimension)},
                 info.half);
  file.AddStrings("id", content.ids);
  file.AddInt8("label", content.labels);
  file.AddStrings("skipped_id", ids);
  file.AddStrings("skipped_path", paths);
  file.AddStrings("skipped_reason", reasons);
  return Sealed(file.Finish(), kKind);
}

bool IsWholeShard(std::string_view bytes) {
  return Unsealed(bytes, kKind).has_value();
}

Shard DecodeShard(std::string_view bytes, const StoreInfo& info, int64_t shard,
                  const std::string& name) {
  if (!IsWholeShard(bytes)) {
    throw InputError(
        "{}: the shard is damaged (cut short or altered); remove it and {}, and run the same "
        "command again",
        name, kStoreIndex);
  }
  return DecodeUnalteredShard(bytes, info, shard, name);
}

Shard DecodeUnalteredShard(std::string_view bytes, const StoreInfo& info, int64_t shard,
                           const std::string& name) {
  const Hdf5Image image(BeforeSeal(bytes, kKind).value_or(bytes), name);
  CheckOrigin(image, info, shard, name);
  Shard content;
  content.ids = image.Strings("id");
  content.labels = image.Int8("label");
  content.features = image.Floats("features");
  const std::vector<std::string> ids = image.Strings("skipped_id");
  const std::vector<std::string> paths = image.Strings("skipped_path");
  const std::vector<std::string> reasons = image.Strings("skipped_reason");
  const size_t rows = content.ids.size();
  if (content.labels.size() != rows || content.features.rows() != rows ||
      paths.size() != ids.size() || reasons.size() != ids.size() ||
      std::cmp_not_equal(content.features.columns(), info.dimension)) {
    throw InputError(
        "{}: /features is {} x {} with {} ids and {} labels; expected {} columns and as many rows "
        "as ids",
        name, content.features.rows(), content.features.columns(), rows, content.labels.size(),
        info.dimension);
  }
  for (size_t i = 0; i < ids.size(); ++i) content.skipped.push_back({ids[i], paths[i], reasons[i]});
  RequireFinite(content, name);
  return content;
}

}  // namespace kallos::store
