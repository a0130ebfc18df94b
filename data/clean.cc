#include "data/clean.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "data/duplicates.h"
#include "data/keep_input.h"
#include "data/stats.h"
#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"
#include "lib/core/progress.h"
#include "lib/core/stop.h"
#include "lib/image/image.h"
#include "lib/image/phash.h"
#include "lib/parallel/parallel.h"

namespace kallos::data {
namespace {

using store::Manifest;
using store::ManifestRow;

// What is read off one photograph.
struct Inspection {
  std::string kind;  // of the finding, or "" when the photograph is sound
  std::string detail;
  std::string sha256;
  PictureHash hash{};
  int64_t pixels = 0;
};

Inspection Inspect(const fs::path& path, const ManifestRow& row, const CleanConfig& config) {
  std::string bytes;
  try {
    bytes = ReadFile(path);
  } catch (const Error& error) {
    return {"corrupt", error.what(), "", {}, 0};
  }
  Inspection inspection;
  inspection.sha256 = Sha256Hex(bytes);
  if (!row.sha256.empty() && row.sha256 != inspection.sha256)
    return {"changed", "the file is not the one that was imported; import again", "", {}, 0};
  const Result<Picture8> picture = image::Decode(bytes, {true, config.max_pixels});
  if (!picture.ok()) return {"corrupt", picture.reason(), "", {}, 0};
  const int height = picture.value().height;
  const int width = picture.value().width;
  if (std::min(height, width) < config.min_size) {
    return {
        "too-small",
        fmt::format("{} x {} pixels, the shorter side below {}", width, height, config.min_size),
        "",
        {},
        0};
  }
  inspection.hash = image::PerceptualHash(picture.value());
  inspection.pixels = int64_t{height} * width;
  return inspection;
}

std::vector<Inspection> InspectAll(const Manifest& manifest, const CleanConfig& config) {
  std::vector<Inspection> inspections(manifest.rows.size());
  Progress progress("clean", "photos", inspections.size());
  ParallelFor(inspections.size(), [&](size_t i) {
    ThrowIfStopRequested();
    inspections[i] = Inspect(manifest.PathOf(manifest.rows[i]), manifest.rows[i], config);
    progress.Add();
  });
  return inspections;
}

int Rank(const ManifestRow& row) {
  if (!row.benchmark.empty()) return 0;
  return row.split == "test" ? 1 : row.split == "val" ? 2 : 3;
}

// Sound rows, those that stay first.
std::vector<size_t> OrderOf(const Manifest& manifest, const std::vector<Inspection>& inspections) {
  std::vector<size_t> order;
  for (size_t i = 0; i < inspections.size(); ++i) {
    if (inspections[i].kind.empty()) order.push_back(i);
  }
  const auto key = [&](size_t i) {
    const ManifestRow& row = manifest.rows[i];
    return std::make_tuple(Rank(row), -inspections[i].pixels, std::cref(row.id));
  };
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return key(a) < key(b); });
  return order;
}

std::string Place(const ManifestRow& row) {
  const std::string split = row.split.empty() ? "no split" : row.split;
  return row.benchmark.empty() ? split : fmt::format("{} of {}", split, row.benchmark);
}

std::string Detail(const ManifestRow& row, const ManifestRow& other, int distance) {
  std::string detail =
      fmt::format("{} of 256 bits differ; {} and {}", distance, Place(row), Place(other));
  if (row.label && other.label && *row.label != *other.label) detail += "; the labels differ";
  return detail;
}

std::vector<Finding> DuplicateFindings(const Manifest& manifest,
                                       const std::vector<Inspection>& inspections,
                                       const CleanConfig& config) {
  const std::vector<size_t> order = OrderOf(manifest, inspections);
  std::vector<PictureHash> hashes;
  for (const size_t i : order) hashes.push_back(inspections[i].hash);
  const auto duplicates = FindDuplicates(hashes, config.distance);
  std::vector<Finding> findings;
  for (size_t k = 0; k < order.size(); ++k) {
    if (!duplicates[k]) continue;
    const size_t other = order[duplicates[k]->other];
    const ManifestRow& row = manifest.rows[order[k]];
    const bool exact = inspections[order[k]].sha256 == inspections[other].sha256;
    const bool removed = row.benchmark.empty() && (exact || config.near_duplicates);
    const ManifestRow& original = manifest.rows[other];
    findings.push_back({exact ? "duplicate" : "near-duplicate", row.id, original.id,
                        Detail(row, original, duplicates[k]->distance), removed,
                        Place(row) != Place(original)});
  }
  return findings;
}

void Remove(Manifest& manifest, const std::vector<Finding>& findings) {
  std::map<std::string, bool> removed;
  for (const Finding& finding : findings) removed[finding.id] = finding.removed;
  std::erase_if(manifest.rows, [&](const ManifestRow& row) {
    const auto found = removed.find(row.id);
    return found != removed.end() && found->second;
  });
}

void WriteFindings(const fs::path& path, const std::vector<Finding>& findings) {
  CsvTable table{{"kind", "id", "other", "detail", "action"}, {}, {}};
  for (const Finding& f : findings)
    table.rows.push_back({f.kind, f.id, f.other, f.detail, f.removed ? "removed" : "kept"});
  WriteCsv(path, table);
}

void LogSummary(const std::vector<Finding>& findings, const fs::path& path) {
  const auto across =
      std::count_if(findings.begin(), findings.end(), [](const Finding& f) { return f.across; });
  if (across > 0) LogWarning("{} photographs repeat one of another split or benchmark", across);
  std::map<std::string, int64_t> counts;
  for (const Finding& finding : findings)
    ++counts[finding.kind + (finding.removed ? " removed" : " kept")];
  for (const auto& [name, count] : counts) LogInfo("{}: {}", name, count);
  LogInfo("{} findings in {}", findings.size(), PathText(path));
}

}  // namespace

std::vector<Finding> Clean(Manifest& manifest, const CleanConfig& config) {
  const std::vector<Inspection> inspections = InspectAll(manifest, config);
  std::vector<Finding> findings = DuplicateFindings(manifest, inspections, config);
  for (size_t i = 0; i < inspections.size(); ++i) {
    if (!inspections[i].kind.empty())
      findings.push_back(
          {inspections[i].kind, manifest.rows[i].id, "", inspections[i].detail, true});
  }
  std::sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.kind, a.id) < std::tie(b.kind, b.id);
  });
  Remove(manifest, findings);
  return findings;
}

void Validate(const CleanConfig& config, Violations& violations) {
  if (config.findings && fs::weakly_canonical(config.out) == fs::weakly_canonical(*config.findings))
    violations.push_back(
        fmt::format("--out and --findings are both {}; give two files", PathText(config.out)));
}

void RunClean(const CleanConfig& config, RunContext&) {
  const fs::path report =
      config.findings.value_or(fs::path(config.out).replace_extension(".findings.csv"));
  for (const fs::path& output : {config.out, report}) RefuseToOverwrite(config.manifest, output);
  Manifest manifest = store::ReadManifest(config.manifest);
  const std::vector<Finding> findings = Clean(manifest, config);
  WriteFindings(report, findings);
  if (manifest.rows.empty())
    throw InputError("{}: nothing would remain; see {}", PathText(config.manifest),
                     PathText(report));
  store::WriteManifest(config.out, manifest);
  PrintCounts(manifest);
  LogSummary(findings, report);
}

}  // namespace kallos::data
