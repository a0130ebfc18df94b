#include "eval/report/json_file.h"

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace kallos::report {
namespace {

constexpr int64_t kFormatVersion = 1;

void RequireVersion(const nlohmann::json& json, const std::string& file) {
  const auto version = json.at("format_version").get<int64_t>();
  if (version != kFormatVersion)
    throw InputError(
        "{}: has format_version {}, and this program reads {}; make the report with the program "
        "that made it",
        file, version, kFormatVersion);
}

}  // namespace

void ReadJson(const fs::path& path, const std::function<void(const nlohmann::json&)>& use) {
  const std::string text = ReadFile(path);
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    RequireVersion(json, PathText(path));
    use(json);
  } catch (const nlohmann::json::exception& error) {
    throw InputError("{}: damaged, or of another format: {}", PathText(path), error.what());
  }
}

}  // namespace kallos::report
