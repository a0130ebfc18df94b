#include "eval/report/sources.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/store/feature_store.h"

namespace kallos::report {
namespace {

// Settings that name what a command reads.
constexpr const char* kSettings[] = {"model",     "predictions", "bundle",  "initial", "pca",
                                     "selection", "features",    "weights", "manifest"};
constexpr size_t kShownDigits = 12;  // of a hash

// A setting of another kind has the same name: how a search selects parents.
bool IsSelectionFile(const std::string& setting, const std::string& value) {
  return setting != "selection" || fs::path(value).extension() == ".csv";
}

// Inputs from feature stores are named after the extractor; their folders stand in the config.
bool IsExtractor(const RecordedRun::Input& input, const RecordedRun& record) {
  const fs::path path = input.path;
  return !record.ValuesOf("features").empty() && !path.has_extension() &&
         path.filename() != "bundle";
}

// The folder that `out` is in, given what it has become: /a/b/runs/x/test and runs/x -> /a/b.
std::optional<fs::path> FolderOfCommand(const fs::path& made, const std::string& out) {
  fs::path relative = fs::path(out).lexically_normal();
  if (!relative.has_filename()) relative = relative.parent_path();  // runs/x/
  if (out.empty() || relative.is_absolute()) return std::nullopt;
  for (fs::path place = fs::weakly_canonical(made); place.has_relative_path();
       place = place.parent_path()) {
    fs::path above = place;
    for (size_t parts = std::distance(relative.begin(), relative.end()); parts > 0; --parts)
      above = above.parent_path();
    if ((above / relative).lexically_normal() == place) return above;
  }
  return std::nullopt;
}

// What a run may have recorded as the hash.
std::vector<std::string> HashesOf(const fs::path& path) {
  if (fs::is_regular_file(path)) return {Sha256OfFile(path)};
  if (fs::exists(path / "bundle.yaml")) return {Sha256OfFile(path / "bundle.yaml")};
  if (!fs::exists(path / "store.json")) return {};
  const store::FeatureStore store(path);
  return {store.content_hash(), store.info().fingerprint};
}

fs::path RecordOf(const fs::path& made) {
  return fs::is_directory(made) ? made / "run.yaml" : fs::path(made) += ".run.yaml";
}

}  // namespace

fs::path PathFromHere(const Origin& origin, const std::string& named) {
  if (fs::path(named).is_absolute() || fs::exists(named)) return named;
  for (const std::string& out : origin.record.ValuesOf("out")) {
    if (const auto folder = FolderOfCommand(origin.path, out)) return *folder / named;
  }
  return named;
}

std::vector<std::string> SourcesOf(const RecordedRun& record) {
  std::vector<std::string> sources;
  const auto is_known = [&](const std::string& path) {
    return std::ranges::any_of(
        sources, [&](const std::string& s) { return path == s || path.starts_with(s + "/"); });
  };
  for (const char* setting : kSettings) {
    for (const std::string& value : record.ValuesOf(setting)) {
      if (!value.empty() && IsSelectionFile(setting, value) && !is_known(value))
        sources.push_back(value);
    }
  }
  for (const RecordedRun::Input& input : record.inputs) {
    if (!IsExtractor(input, record) && !is_known(input.path)) sources.push_back(input.path);
  }
  return sources;
}

std::optional<Origin> OriginOf(const fs::path& path) {
  const fs::path whole = fs::weakly_canonical(path);
  for (const fs::path& made : {whole, whole.parent_path()}) {
    if (fs::exists(RecordOf(made))) return Origin{made, ReadRunRecord(RecordOf(made))};
  }
  return std::nullopt;
}

std::string StateOf(const fs::path& path, const std::string& named, const RecordedRun& record) {
  if (!fs::exists(path)) return "no longer there";
  const std::vector<std::string> hashes = HashesOf(path);
  if (hashes.empty()) return "";
  const std::string text = "sha256 " + hashes[0].substr(0, kShownDigits);
  const auto input = std::ranges::find(record.inputs, named, &RecordedRun::Input::path);
  const bool changed = input != record.inputs.end() && !std::ranges::count(hashes, input->sha256);
  return changed ? text + ", changed since: was " + input->sha256.substr(0, kShownDigits) : text;
}

}  // namespace kallos::report
