// The manifest: one row per photograph.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace kallos::store {

struct ManifestRow {
  std::string id;            // unique in the manifest
  std::string path;          // relative to the manifest's folder, '/' separated
  std::optional<int> label;  // 0 bad, 1 good
  std::optional<double> score;
  std::string split;      // "", "train", "val", "test", or a fold: "fold0", ...
  std::string benchmark;  // name of the benchmark that the row belongs to, or ""
  std::string group;      // rows of one group stay in one split; "" = a group of its own
  int64_t width = 0;      // pixels after orientation; 0 = unknown
  int64_t height = 0;
  std::string sha256;              // of the file; "" = unknown
  std::vector<std::string> extra;  // values of Manifest::extra_columns
};

struct Manifest {
  std::filesystem::path folder;  // what `path` is relative to
  std::vector<std::string> extra_columns;
  std::vector<ManifestRow> rows;

  std::filesystem::path PathOf(const ManifestRow& row) const { return folder / row.path; }
};

// Throws InputError naming file, line and column: missing column `id` or `path`, duplicate id,
// label not 0/1, score not a number. `paths_required` = false accepts a manifest without a path
// column (features made elsewhere).
Manifest ReadManifest(const std::filesystem::path& path, bool paths_required = true);

// The CSV text that WriteManifest puts into `path`.
std::string FormatManifest(const Manifest& manifest, const std::filesystem::path& path);

// Writes all columns, paths made relative to the new place. Published atomically.
void WriteManifest(const std::filesystem::path& path, const Manifest& manifest);

}  // namespace kallos::store
