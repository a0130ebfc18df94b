#include "eval/judged_rows.h"

#include <fmt/format.h>

#include "lib/core/text.h"

namespace kallos::eval {

using store::ManifestRow;

bool IsInSplit(const ManifestRow& row, const std::string& split) {
  if (split == "all" || row.split == split) return true;
  return split == "test" && !row.benchmark.empty();
}

measures::Prediction PredictionOf(const ManifestRow& row, const std::string& split,
                                  double probability) {
  const std::string fallback = split == "all" && !row.split.empty() ? row.split : split;
  return {row.id, row.benchmark.empty() ? fallback : row.benchmark, *row.label, probability,
          row.group};
}

void NoteRows(const std::vector<ManifestRow>& rows, const std::string& split,
              std::vector<std::string>& notes) {
  int64_t unlabelled = 0, trained = 0;
  for (const ManifestRow& row : rows) {
    if (!IsInSplit(row, split)) continue;
    if (!row.label) ++unlabelled;
    if (row.label && row.benchmark.empty() && (row.split == "train" || row.split == "val"))
      ++trained;
  }
  if (unlabelled > 0) {
    notes.push_back(fmt::format("{} rows without a label do not count.", FormatCount(unlabelled)));
  }
  if (trained > 0) {
    notes.push_back(
        fmt::format("{} rows are of the splits train and val, which made the model: what it says "
                    "about them says little "
                    "about new photographs.",
                    FormatCount(trained)));
  }
}

}  // namespace kallos::eval
