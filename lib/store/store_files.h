// Names and versions of the files of a feature store; shared by its writer and its reader.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "lib/core/error.h"

namespace kallos::store {

constexpr int kStoreFormatVersion = 1;
constexpr const char* kStorePlan = "plan.json";    // published first: what the store will be
constexpr const char* kStoreIndex = "store.json";  // published last: the store is complete
constexpr const char* kStoreManifest = "manifest.csv";
constexpr const char* kStoreSkipped = "skipped.csv";

inline std::string ShardName(int64_t shard) {
  return fmt::format("shard-{:05}.h5", shard);
}

inline nlohmann::json ParseJson(const std::string& text, const std::string& file) {
  nlohmann::json parsed = nlohmann::json::parse(text, nullptr, false);
  if (parsed.is_discarded() || !parsed.is_object())
    throw InputError("{}: not a JSON object; the file is damaged", file);
  return parsed;
}

}  // namespace kallos::store
