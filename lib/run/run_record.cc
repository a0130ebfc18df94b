#include "lib/run/run_record.h"

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <fstream>

#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/core/version.h"
#include "lib/parallel/blas.h"
#include "lib/parallel/parallel.h"

namespace kallos {
namespace {

constexpr int kFormatVersion = 1;

std::string TimeText(std::time_t time) {
  char text[32];
  std::tm utc{};
  gmtime_r(&time, &utc);
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

std::string CpuModel() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return std::string(Trim(line.substr(line.find(':') + 1)));
  }
  return "unknown";
}

template <typename Map>
void EmitMap(YAML::Emitter& out, const char* name, const Map& map) {
  if (map.empty()) return;
  out << YAML::Key << name << YAML::Value << YAML::BeginMap;
  for (const auto& [key, value] : map) out << YAML::Key << key << YAML::Value << value;
  out << YAML::EndMap;
}

void EmitBuildAndMachine(YAML::Emitter& out) {
  const BuildInfo& build = GetBuildInfo();
  out << YAML::Key << "kallos" << YAML::Value << build.version << YAML::Key << "commit"
      << YAML::Value << build.commit;
  out << YAML::Key << "compiler" << YAML::Value << build.compiler << YAML::Key << "build_type"
      << YAML::Value << build.build_type;
  char host[256] = "unknown";
  gethostname(host, sizeof(host) - 1);
  const BlasInfo blas = GetBlasInfo();
  EmitMap(out, "machine",
          std::map<std::string, std::string>{{"host", host},
                                             {"cpu", CpuModel()},
                                             {"threads", std::to_string(Threads())},
                                             {"blas", blas.library + " (" + blas.kernel + ")"}});
}

}  // namespace

RunRecord::RunRecord(std::string command_line, std::string config_yaml)
    : command_line_(std::move(command_line)),
      config_yaml_(std::move(config_yaml)),
      started_(std::time(nullptr)) {}

void RunRecord::AddInput(const std::string& path, const std::string& sha256) {
  inputs_.emplace_back(path, sha256);
}

void RunRecord::AddCount(const std::string& name, int64_t count) {
  counts_[name] = count;
}

void RunRecord::AddFact(const std::string& name, const std::string& value) {
  facts_[name] = value;
}

void RunRecord::Write(const std::filesystem::path& folder) const {
  WriteAs(folder / "run.yaml");
}

void RunRecord::WriteAs(const std::filesystem::path& path) const {
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "format_version" << YAML::Value << kFormatVersion;
  out << YAML::Key << "command" << YAML::Value << command_line_;
  EmitBuildAndMachine(out);
  out << YAML::Key << "config" << YAML::Value << YAML::Load(config_yaml_);
  out << YAML::Key << "inputs" << YAML::Value << YAML::BeginSeq;
  for (const auto& [input, sha256] : inputs_)
    out << std::map<std::string, std::string>{{"path", input}, {"sha256", sha256}};
  out << YAML::EndSeq;
  EmitMap(out, "counts", counts_);
  EmitMap(out, "facts", facts_);
  out << YAML::Key << "started" << YAML::Value << TimeText(started_);
  out << YAML::Key << "ended" << YAML::Value << TimeText(std::time(nullptr)) << YAML::EndMap;
  PublishBytes(path, std::string(out.c_str()) + "\n");
}

}  // namespace kallos
