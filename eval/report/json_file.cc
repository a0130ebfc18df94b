#include "eval/report/json_file.h"

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace kallos::report {

void ReadJson(const fs::path& path, const std::function<void(const nlohmann::json&)>& use) {
  const std::string text = ReadFile(path);
  try {
    use(nlohmann::json::parse(text));
  } catch (const nlohmann::json::exception& error) {
    throw InputError("{}: damaged, or of another format: {}", PathText(path), error.what());
  }
}

}  // namespace kallos::report
