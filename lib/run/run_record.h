// run.yaml: how an output folder was made.
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace kallos {

// Collects facts while a command runs, and writes them beside its output. The only file that holds
// times.
class RunRecord {
 public:
  // `command_line`: quoted as a shell reads it.
  RunRecord(std::string command_line, std::string config_yaml);

  void AddInput(const std::string& path, const std::string& sha256);  // path as the user gave it
  void AddCount(const std::string& name, int64_t count);
  void AddFact(const std::string& name,
               const std::string& value);  // device used, effective settings, ...
  // Publishes FOLDER/run.yaml.
  void Write(const std::filesystem::path& folder) const;
  // The same under a name of its own, for an output that is a file.
  void WriteAs(const std::filesystem::path& path) const;

 private:
  std::string command_line_;
  std::string config_yaml_;
  std::time_t started_;
  std::vector<std::pair<std::string, std::string>> inputs_;
  std::map<std::string, int64_t> counts_;
  std::map<std::string, std::string> facts_;
};

}  // namespace kallos
