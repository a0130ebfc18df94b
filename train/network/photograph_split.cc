#include "train/network/photograph_split.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"
#include "lib/parallel/parallel.h"
#include "train/inner_validation.h"

namespace kallos::train {

bool MayLearnFrom(const store::ManifestRow& row, bool label_required) {
  if (label_required && !row.label) return false;
  return row.benchmark.empty() && (row.split.empty() || row.split == "train" || row.split == "val");
}

store::Manifest LabelledPhotographs(const fs::path& path) {
  store::Manifest manifest = store::ReadManifest(path);
  const size_t rows = manifest.rows.size();
  std::erase_if(manifest.rows,
                [](const store::ManifestRow& row) { return !MayLearnFrom(row, true); });
  if (manifest.rows.empty())
    throw InputError(
        "{}: none of its {} rows has a label and may be learnt from (split 'train' or 'val', or "
        "none)",
        PathText(path), rows);
  std::ranges::sort(manifest.rows, {}, &store::ManifestRow::id);
  FillHashes(manifest);
  return manifest;
}

void FillHashes(store::Manifest& photographs) {
  ParallelFor(photographs.rows.size(), [&](size_t i) {
    store::ManifestRow& row = photographs.rows[i];
    const fs::path path = photographs.PathOf(row);
    std::error_code unreadable;
    if (row.sha256.empty() && fs::is_regular_file(path, unreadable))
      row.sha256 = Sha256OfFile(path);
  });
}

std::string ContentOf(const store::Manifest& photographs) {
  Sha256 hash;
  for (const store::ManifestRow& row : photographs.rows)
    hash.Update(
        fmt::format("{}\n{}\n{}\n{}\n", row.id, row.label.value_or(-1), row.split, row.sha256));
  return hash.Hex();
}

PhotographSplit Divide(const store::Manifest& photographs, double inner_validation, uint64_t seed) {
  PhotographSplit split;
  std::vector<const store::ManifestRow*> training;
  for (size_t i = 0; i < photographs.rows.size(); ++i) {
    const bool validates = photographs.rows[i].split == "val";
    (validates ? split.validation_rows : split.train_rows).push_back(i);
    if (!validates) training.push_back(&photographs.rows[i]);
  }
  if (split.validation_rows.empty() && !training.empty()) {
    LogInfo("no row of split 'val': {:.0f} % of the training rows validate (--inner-validation)",
            100 * inner_validation);
    split.validation_rows = InnerValidation(training, inner_validation, seed);
    std::erase_if(split.train_rows, [&](size_t row) {
      return std::ranges::binary_search(split.validation_rows, row);
    });
  }
  if (split.train_rows.size() >= 2 && !split.validation_rows.empty()) return split;
  throw InputError(
      "{} photographs train and {} validate; expected at least 2 and 1. See the columns split and "
      "label of the "
      "manifest",
      split.train_rows.size(), split.validation_rows.size());
}

}  // namespace kallos::train
