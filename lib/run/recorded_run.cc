#include "lib/run/recorded_run.h"

#include <yaml-cpp/yaml.h>

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace kallos {
namespace {

constexpr size_t kMaxBytes = 4'000'000;

std::string TextOf(const YAML::Node& node) {
  return node.IsDefined() && node.IsScalar() ? node.Scalar() : "";
}

RecordedRun::Texts TextsOf(const YAML::Node& map) {
  RecordedRun::Texts texts;
  for (const auto& entry : map) texts.emplace_back(TextOf(entry.first), TextOf(entry.second));
  return texts;
}

RecordedRun::Setting SettingOf(const std::string& name, const YAML::Node& value) {
  RecordedRun::Setting setting{name, {}};
  if (value.IsScalar()) setting.values.push_back(value.Scalar());
  if (value.IsSequence()) {
    for (const auto& item : value) setting.values.push_back(TextOf(item));
  }
  return setting;
}

RecordedRun RecordOf(const YAML::Node& root) {
  RecordedRun run;
  run.command = TextOf(root["command"]);
  run.version = TextOf(root["kallos"]);
  run.commit = TextOf(root["commit"]);
  run.started = TextOf(root["started"]);
  run.ended = TextOf(root["ended"]);
  run.machine = TextsOf(root["machine"]);
  run.counts = TextsOf(root["counts"]);
  run.facts = TextsOf(root["facts"]);
  for (const auto& entry : root["config"])
    run.config.push_back(SettingOf(TextOf(entry.first), entry.second));
  for (const auto& input : root["inputs"])
    run.inputs.push_back({TextOf(input["path"]), TextOf(input["sha256"])});
  return run;
}

}  // namespace

std::vector<std::string> RecordedRun::ValuesOf(const std::string& name) const {
  for (const Setting& setting : config) {
    if (setting.name == name) return setting.values;
  }
  return {};
}

RecordedRun ReadRunRecord(const fs::path& path) {
  const std::string text = ReadFile(path, kMaxBytes);
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsMap() || TextOf(root["command"]).empty())
      throw InputError("{}: no record of a run: expected a map with the key 'command'",
                       PathText(path));
    return RecordOf(root);
  } catch (const YAML::Exception& error) {
    throw InputError("{}:{}: no record of a run: {}", PathText(path), error.mark.line + 1,
                     error.msg);
  }
}

}  // namespace kallos
