// JSON files of kallos-eval, which may be damaged or newer.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

namespace kallos::report {

// Reads the file and gives it to `use`. Throws InputError naming the file: no JSON (with the line),
// a format_version that is not 1, or where `use` meets a key that is missing or of another type.
void ReadJson(const std::filesystem::path& path,
              const std::function<void(const nlohmann::json&)>& use);

}  // namespace kallos::report
