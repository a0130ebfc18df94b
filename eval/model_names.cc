#include "eval/model_names.h"

#include <algorithm>
#include <set>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::eval {
namespace {

bool AreDistinct(const std::vector<std::string>& names) {
  return std::set(names.begin(), names.end()).size() == names.size();
}

std::string NameOf(const fs::path& model) {
  const fs::path whole = fs::weakly_canonical(model);
  if (whole.filename() == "predictions.csv" || whole.filename() == "bundle")
    return PathText(whole.parent_path().filename());
  return PathText(fs::is_directory(model) ? whole.filename() : whole.stem());
}

std::string FolderName(std::string name) {
  constexpr std::string_view kUnwanted = "/\\:*?\"<>|";
  std::ranges::replace_if(
      name, [&](char c) { return kUnwanted.find(c) != kUnwanted.npos || (c >= 0 && c < ' '); },
      '_');
  return name == "." || name == ".." ? "_" : name;
}

}  // namespace

std::vector<std::string> ModelNames(const std::vector<fs::path>& models) {
  std::vector<std::string> names, paths;
  for (const fs::path& model : models) {
    names.push_back(NameOf(model));
    paths.push_back(PathText(model));
  }
  return AreDistinct(names) ? names : paths;
}

std::vector<std::string> NameFaults(const std::vector<std::string>& names, size_t models) {
  std::vector<std::string> faults;
  if (names.empty()) return faults;
  if (names.size() != models)
    faults.push_back(fmt::format("--names: {} names for {} models", names.size(), models));
  if (!AreDistinct(names)) faults.push_back("--names: a name stands there twice");
  if (std::ranges::any_of(names, [](const std::string& name) { return Trim(name).empty(); }))
    faults.push_back("--names: a name is blank");
  return faults;
}

std::vector<std::string> FolderNames(const std::vector<std::string>& names) {
  std::vector<std::string> folders;
  for (const std::string& name : names) folders.push_back(FolderName(name));
  if (!AreDistinct(folders))
    throw UsageError("the models' names give equal folders ({}); give --names",
                     Join(folders, ", "));
  return folders;
}

}  // namespace kallos::eval
