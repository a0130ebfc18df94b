// run.yaml read back: how an output was made.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace kallos {

struct RecordedRun {
  using Texts = std::vector<std::pair<std::string, std::string>>;

  struct Input {
    std::string path;  // as the user gave it, from the folder that the command ran in
    std::string sha256;
  };
  struct Setting {
    std::string name;
    std::vector<std::string> values;  // none where unset
  };

  // The command as a shell reads it; runs of the first version have its words unquoted.
  std::string command, version, commit, started, ended;  // times in UTC, ISO 8601
  Texts machine, counts, facts;
  std::vector<Setting> config;  // effective, in the order of the command's flags
  std::vector<Input> inputs;

  // The values of a setting; none where the command has no such setting.
  std::vector<std::string> ValuesOf(const std::string& name) const;
};

// Throws InputError naming the file, and the line where it is no YAML.
RecordedRun ReadRunRecord(const std::filesystem::path& path);

}  // namespace kallos
