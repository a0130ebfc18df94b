// Several extractors, each with the feature store that it fills, in one pass over the photographs
// of a manifest.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "lib/model/extractor.h"
#include "lib/store/feature_store.h"

namespace kallos::model {

// The shards with index % count == index of the part.
struct Part {
  int64_t index = 0;
  int64_t count = 1;
};

struct Filling {
  const Extractor& extractor;
  const store::StoreWriter& writer;  // all writers of one pass have the same shards
};

// The shards of a part that some store lacks, or in which a photograph could not be opened that now
// can be.
struct Work {
  std::vector<int64_t> shards;
  int64_t photos = 0;  // of all shards of the part
  int64_t done = 0;    // of those that need no work
};
Work FindWork(const std::vector<Filling>& fillings, const store::Manifest& manifest,
              Part part = {});

struct FillOptions {
  PhotoOptions photos;
  bool half = false;  // whether the stores hold float16
  // What happens to the photograph of a row; its `input` gets the index of the filling.
  std::function<Change(const store::ManifestRow&)> change = [](const store::ManifestRow&) {
    return Change{};
  };
};

// Writes the shards of `work`, each as soon as it is done. Throws as ExtractPhotos and
// StoreWriter::WriteShard do, and InputError naming the photograph for a feature that float16 does
// not hold.
void FillStores(const std::vector<Filling>& fillings, const store::Manifest& manifest,
                const Work& work, const FillOptions& options);

}  // namespace kallos::model
