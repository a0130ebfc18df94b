// Feature stores of photographs in several views: where they lie, and how they describe themselves.
// Heads on the same extractors share them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "eval/robustness/view.h"
#include "lib/model/bundle.h"
#include "lib/store/feature_store.h"

namespace kallos::eval {

// What the features depend on besides extractor and view.
struct ViewSource {
  std::string photographs;  // a hash of the rows
  std::string device;
  uint64_t seed = 0;
  std::string denoiser = {};  // SHA-256 of the published denoiser's weights; "" = non-local means
};

class ViewStores {
 public:
  // FOLDER/KEY/VIEW/FINGERPRINT: KEY names photographs, device and seed.
  ViewStores(const std::filesystem::path& folder, std::vector<model::BundlePart> parts,
             const ViewSource& source);

  // What the store of a view and part says of itself, given the plain extractor's info: the
  // description gains "view", so that transformed photographs are never taken for others. Untouched
  // photographs are those of any store.
  store::StoreInfo InfoOf(const View& view, size_t part, store::StoreInfo plain) const;
  std::filesystem::path FolderOf(const View& view, size_t part) const;
  // In the order of the bundle.
  std::vector<std::filesystem::path> FoldersOf(const View& view) const;
  // Whether all stores of the view are finished, and lack no photograph only because
  // it could not be opened.
  bool AreFinished(const View& view) const;
  void RemoveAll() const;  // of these photographs, device and seed

 private:
  std::string DescriptionOf(const View& view, size_t part, const std::string& plain) const;

  std::filesystem::path folder_;
  std::vector<model::BundlePart> parts_;
  ViewSource source_;
};

}  // namespace kallos::eval
