#include "lib/store/store_files.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"

namespace kallos::store {
namespace {

using nlohmann::json;

constexpr size_t kMaxBytes = size_t{256} << 20;
constexpr int64_t kMaxDimension = 100'000'000;

json InfoJson(const StoreInfo& info) {
  json layers = json::array();
  for (const Layer& layer : info.layers)
    layers.push_back(
        {{"name", layer.name}, {"offset", layer.offset}, {"channels", layer.channels}});
  return {{"format_version", kStoreFormatVersion},
          {"extractor", info.extractor},
          {"description", info.description},
          {"fingerprint", info.fingerprint},
          {"dimension", info.dimension},
          {"half", info.half},
          {"weights", info.weights},
          {"layers", layers}};
}

void CheckInfo(const StoreInfo& info, const std::string& name) {
  if (info.fingerprint != Sha256Hex(info.description))
    throw InputError("{}: the fingerprint is not that of the description; the file was altered",
                     name);
  if (info.dimension < 1 || info.dimension > kMaxDimension)
    throw InputError("{}: dimension {}; expected 1 to {}", name, info.dimension, kMaxDimension);
  int64_t next = 0;
  for (const Layer& layer : info.layers) {
    if (layer.offset != next || layer.channels < 1 || layer.channels > info.dimension - next)
      throw InputError("{}: layer '{}' does not follow the one before it", name, layer.name);
    next += layer.channels;
  }
  if (next != info.dimension)
    throw InputError("{}: the layers have {} columns of {}", name, next, info.dimension);
}

StoreInfo InfoOf(const json& text, const std::string& name) {
  const int64_t version = text.at("format_version").get<int64_t>();
  if (version != kStoreFormatVersion)
    throw InputError("{}: format version {}; this program reads {}", name, version,
                     kStoreFormatVersion);
  StoreInfo info;
  text.at("extractor").get_to(info.extractor);
  text.at("description").get_to(info.description);
  text.at("fingerprint").get_to(info.fingerprint);
  text.at("dimension").get_to(info.dimension);
  text.at("half").get_to(info.half);
  text.at("weights").get_to(info.weights);
  for (const json& layer : text.at("layers")) {
    info.layers.push_back({layer.at("name").get<std::string>(), layer.at("offset").get<int64_t>(),
                           layer.at("channels").get<int64_t>()});
  }
  CheckInfo(info, name);
  return info;
}

// checksum = SHA-256 of the compact JSON of all other keys, sorted.
std::string Sealed(json content) {
  content["checksum"] = Sha256Hex(content.dump());
  return content.dump(1) + "\n";
}

json Unsealed(const std::string& text, const std::string& name) {
  json content = json::parse(text, nullptr, false);
  if (!content.is_object()) throw InputError("{}: not a JSON object; the file is damaged", name);
  const json checksum = content.value("checksum", json());
  content.erase("checksum");
  // Other versions may be sealed in another way; what they are is said first.
  const json version = content.value("format_version", json());
  if (version != kStoreFormatVersion)
    throw InputError("{}: format version {}; this program reads {}", name, version.dump(),
                     kStoreFormatVersion);
  if (checksum != Sha256Hex(content.dump()) || text != Sealed(content))
    throw InputError(
        "{}: altered since it was written (its checksum differs); make the store again with "
        "--fresh",
        name);
  return content;
}

// Runs `read`, and says which file it was where a key is missing or of another type.
template <typename Read>
auto WithName(const std::string& name, Read read) {
  try {
    return read();
  } catch (const json::exception& error) {
    throw InputError("{}: {}", name, error.what());
  }
}

void CheckCounts(const StoreIndex& index, const std::string& name) {
  int64_t rows = 0;
  int64_t skipped = 0;
  for (size_t k = 0; k < index.shards.size(); ++k) {
    const ShardEntry& shard = index.shards[k];
    if (shard.file != ShardName(k) || shard.rows < 0 || shard.skipped < 0 || shard.bytes < 0)
      throw InputError("{}: the entry of shard {} is not possible", name, k);
    rows += shard.rows;
    skipped += shard.skipped;
  }
  if (rows != index.rows || skipped != index.skipped)
    throw InputError("{}: its shards hold {} rows and {} skipped, the totals are {} and {}", name,
                     rows, skipped, index.rows, index.skipped);
}

}  // namespace

std::string ShardName(int64_t shard) {
  return fmt::format("shard-{:05}.h5", shard);
}

void WritePlan(const fs::path& folder, const StorePlan& plan) {
  json text = InfoJson(plan.info);
  text["rows_per_shard"] = plan.rows_per_shard;
  text["manifest_rows"] = plan.manifest_rows;
  text["manifest_sha256"] = plan.manifest_sha256;
  text["rules"] = plan.rules;
  PublishBytes(folder / kStorePlan, Sealed(text));
}

StorePlan ReadPlan(const fs::path& folder) {
  const std::string name = PathText(folder / kStorePlan);
  const json text = Unsealed(ReadFile(folder / kStorePlan, kMaxBytes), name);
  return WithName(name, [&] {
    StorePlan plan;
    plan.info = InfoOf(text, name);
    text.at("rows_per_shard").get_to(plan.rows_per_shard);
    text.at("manifest_rows").get_to(plan.manifest_rows);
    text.at("manifest_sha256").get_to(plan.manifest_sha256);
    text.at("rules").get_to(plan.rules);
    if (plan.rows_per_shard < 1 || plan.manifest_rows < 1)
      throw InputError("{}: sizes below 1", name);
    return plan;
  });
}

std::string FirstDifference(const StorePlan& there, const StorePlan& now) {
  const auto differs = [](const char* what, const auto& a, const auto& b) {
    return a == b ? std::string() : fmt::format("{}: {} there, {} now", what, a, b);
  };
  for (const std::string& difference :
       {differs("extractor", there.info.extractor, now.info.extractor),
        differs("dimension", there.info.dimension, now.info.dimension),
        differs("description", there.info.description, now.info.description),
        differs("float16", there.info.half, now.info.half),
        differs("rows per shard", there.rows_per_shard, now.rows_per_shard),
        differs("rules", there.rules, now.rules),
        differs("manifest rows", there.manifest_rows, now.manifest_rows),
        differs("manifest (SHA-256)", there.manifest_sha256, now.manifest_sha256)}) {
    if (!difference.empty()) return difference;
  }
  return "";
}

std::string FormatIndex(const StoreIndex& index) {
  json shards = json::array();
  int64_t first = 0;
  for (const ShardEntry& shard : index.shards) {
    shards.push_back({{"file", shard.file},
                      {"sha256", shard.sha256},
                      {"bytes", shard.bytes},
                      {"first_row", first},
                      {"rows", shard.rows},
                      {"skipped", shard.skipped}});
    first += shard.rows;
  }
  json text = InfoJson(index.info);
  text["rows"] = index.rows;
  text["skipped"] = index.skipped;
  text["manifest_sha256"] = index.manifest_sha256;
  text["skipped_sha256"] = index.skipped_sha256;
  text["shards"] = shards;
  return Sealed(text);
}

StoreIndex ParseIndex(const std::string& text, const std::string& name) {
  const json content = Unsealed(text, name);
  return WithName(name, [&] {
    StoreIndex index;
    index.info = InfoOf(content, name);
    content.at("rows").get_to(index.rows);
    content.at("skipped").get_to(index.skipped);
    content.at("manifest_sha256").get_to(index.manifest_sha256);
    content.at("skipped_sha256").get_to(index.skipped_sha256);
    for (const json& shard : content.at("shards")) {
      index.shards.push_back({shard.at("file").get<std::string>(),
                              shard.at("sha256").get<std::string>(),
                              shard.at("bytes").get<int64_t>(), shard.at("rows").get<int64_t>(),
                              shard.at("skipped").get<int64_t>()});
    }
    CheckCounts(index, name);
    return index;
  });
}

}  // namespace kallos::store
