#include "ga/search_file.h"

#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace kallos::ga {
namespace {

using nlohmann::json;

constexpr int64_t kFormatVersion = 1;
constexpr int64_t kMostColumns = int64_t{1} << 31;

[[noreturn]] void ThrowDamaged(const std::string& name, const std::string& what) {
  throw InputError("{}: damaged ({}); remove it, and the same kallos-ga run command writes it anew",
                   name, what);
}

json SettingsJson(Settings settings) {
  FieldList list;
  DescribeSettings(list, settings);
  json out;
  for (const Field& field : list.fields()) {
    const std::string value = field.values().at(0);
    out[field.name] = field.is_number || field.is_bool ? json::parse(value) : json(value);
  }
  return out;
}

Settings SettingsOf(const json& values, const std::string& name) {
  Settings settings;
  FieldList list;
  DescribeSettings(list, settings);
  for (const Field& field : list.fields()) {
    if (!values.contains(field.name)) continue;  // of a version before it
    const json& value = values.at(field.name);
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (!field.assign({text})) ThrowDamaged(name, fmt::format("{} is {}", field.name, text));
  }
  Violations violations;
  CheckRules(list.fields(), violations);
  if (!violations.empty()) ThrowDamaged(name, violations[0]);
  return settings;
}

SearchFile SearchOf(const json& content, const std::string& name) {
  const int64_t version = content.at("format_version").get<int64_t>();
  if (version != kFormatVersion)
    throw InputError("{}: format version {}; this program reads {}", name, version, kFormatVersion);
  SearchFile search;
  content.at("key").get_to(search.key);
  content.at("seed").get_to(search.seed);
  content.at("selected_on").get_to(search.selected_on);
  content.at("metric").get_to(search.metric);
  content.at("features").get_to(search.features);
  search.settings = SettingsOf(content.at("settings"), name);
  for (const json& layer : content.at("layers")) {
    const auto columns = layer.at("columns").get<int64_t>();
    if (columns < 1 || columns > kMostColumns - search.columns())
      ThrowDamaged(name, fmt::format("{} columns of a layer", columns));
    search.layers.push_back(
        {layer.at("extractor").get<std::string>(), layer.at("layer").get<std::string>(), columns});
  }
  if (search.settings.select > search.columns())
    ThrowDamaged(name, fmt::format("{} of {} columns", search.settings.select, search.columns()));
  return search;
}

}  // namespace

int64_t SearchFile::columns() const {
  int64_t sum = 0;
  for (const LayerColumns& layer : layers) sum += layer.columns;
  return sum;
}

void WriteSearchFile(const fs::path& file, const SearchFile& search) {
  json layers = json::array();
  for (const LayerColumns& layer : search.layers)
    layers.push_back(
        {{"extractor", layer.extractor}, {"layer", layer.layer}, {"columns", layer.columns}});
  const json content = {{"format_version", kFormatVersion},
                        {"key", search.key},
                        {"seed", search.seed},
                        {"selected_on", search.selected_on},
                        {"metric", search.metric},
                        {"settings", SettingsJson(search.settings)},
                        {"features", search.features},
                        {"layers", layers}};
  PublishBytes(file, content.dump(1) + "\n");
}

SearchFile ReadSearchFile(const fs::path& file) {
  const std::string name = PathText(file);
  const std::string text = ReadFile(file);
  try {
    return SearchOf(json::parse(text), name);
  } catch (const json::exception&) {
    ThrowDamaged(name, "not the JSON that it should be");
  }
}

}  // namespace kallos::ga
