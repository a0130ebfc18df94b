#include "eval/robustness/view_stores.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/model/extractor.h"
#include "lib/store/store_files.h"

namespace kallos::eval {
namespace {

constexpr int kKeyVersion = 2;  // another one when the same key would give other features

}  // namespace

ViewStores::ViewStores(const fs::path& folder, std::vector<model::BundlePart> parts,
                       const ViewSource& source)
    : parts_(std::move(parts)), source_(source) {
  const std::string facts =
      fmt::format("{} {} {} {}", kKeyVersion, source.photographs, source.device, source.seed);
  folder_ = folder / Sha256Hex(facts).substr(0, 16);
}

std::string ViewStores::DescriptionOf(const View& view, size_t part,
                                      const std::string& plain) const {
  if (!view.transform) return plain;
  nlohmann::json description = nlohmann::json::parse(plain, nullptr, false);
  if (!description.is_object()) description = {{"features", plain}};
  nlohmann::json& added = description["view"];
  added = {{"name", view.Name()}, {"seed", source_.seed}};
  if (view.severity != kAsPublished) return description.dump();
  added["backbone"] = part;  // each has random numbers of its own
  if (view.transform == image::Transform::kDenoise && !source_.denoiser.empty())
    added["denoiser"] = source_.denoiser;
  return description.dump();
}

store::StoreInfo ViewStores::InfoOf(const View& view, size_t part, store::StoreInfo plain) const {
  plain.description = DescriptionOf(view, part, plain.description);
  plain.fingerprint = Sha256Hex(plain.description);
  return plain;
}

fs::path ViewStores::FolderOf(const View& view, size_t part) const {
  const std::string fingerprint = Sha256Hex(DescriptionOf(view, part, parts_[part].description));
  return folder_ / view.Name() / fingerprint.substr(0, 16);
}

std::vector<fs::path> ViewStores::FoldersOf(const View& view) const {
  std::vector<fs::path> folders;
  for (size_t part = 0; part < parts_.size(); ++part) folders.push_back(FolderOf(view, part));
  return folders;
}

bool ViewStores::AreFinished(const View& view) const {
  return std::ranges::all_of(FoldersOf(view), [](const fs::path& folder) {
    if (!fs::exists(folder / store::kStoreIndex)) return false;
    const store::FeatureStore opened(folder);
    return std::ranges::none_of(opened.skipped(), [](const store::Skipped& row) {
      return row.reason.starts_with(model::kUnreachable);
    });
  });
}

void ViewStores::RemoveAll() const {
  std::error_code error;
  fs::remove_all(folder_, error);
  if (error)
    throw EnvironmentError("{}: cannot be removed: {}", PathText(folder_), error.message());
}

}  // namespace kallos::eval
