#include "data/import.h"

#include <algorithm>

#include "data/import_sources.h"
#include "data/keep_input.h"
#include "data/stats.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"
#include "lib/core/progress.h"
#include "lib/core/stop.h"
#include "lib/core/text.h"
#include "lib/image/find_photographs.h"
#include "lib/image/image.h"
#include "lib/parallel/parallel.h"

namespace kallos::data {
namespace {

using store::ManifestRow;
using store::Skipped;

// Reads one file and fills hash and size. Returns why it cannot be used, or "".
std::string Inspect(const fs::path& path, const ImportConfig& config, ManifestRow& row) {
  std::error_code error;
  if (!fs::is_regular_file(path, error))
    return fs::exists(path, error) ? "not a regular file" : "no such file";
  std::string bytes;
  try {
    bytes = ReadFile(path);
  } catch (const Error& problem) {
    return problem.what();
  }
  if (bytes.empty()) return "the file is empty";
  const image::DecodeOptions options{true, config.max_pixels};
  const Result<image::Header> header = image::ReadHeader(bytes, options);
  if (!header.ok()) return header.reason();
  row.sha256 = Sha256Hex(bytes);
  row.width = header.value().width;
  row.height = header.value().height;
  if (!config.verify) return "";
  const Result<Picture8> picture = image::Decode(bytes, options);
  return picture.ok() ? "" : picture.reason();
}

void InspectAll(Imported& imported, const ImportConfig& config) {
  std::vector<ManifestRow>& rows = imported.manifest.rows;
  std::vector<std::string> problems(rows.size());
  {
    Progress progress("import", "photos", rows.size());
    ParallelFor(rows.size(), [&](size_t i) {
      ThrowIfStopRequested();
      problems[i] = Inspect(imported.manifest.PathOf(rows[i]), config, rows[i]);
      progress.Add();
    });
  }
  std::vector<ManifestRow> usable;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (problems[i].empty()) {
      usable.push_back(std::move(rows[i]));
    } else {
      imported.skipped.push_back({rows[i].id, rows[i].path, problems[i]});
    }
  }
  rows = std::move(usable);
}

void SortById(Imported& imported) {
  const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
  std::stable_sort(imported.manifest.rows.begin(), imported.manifest.rows.end(), by_id);
  std::stable_sort(imported.skipped.begin(), imported.skipped.end(), by_id);
}

// The folder in which a photograph lies decides; the innermost that has a label's name.
std::optional<int> LabelOfFolders(const std::string& file, const LabelMap& labels) {
  std::vector<std::string> parts = Split(file, '/');
  parts.pop_back();
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    const auto found = labels.find(ToLower(*part));
    if (found != labels.end()) return found->second;
  }
  return std::nullopt;
}

void AddLabel(const std::string& entry, LabelMap& labels) {
  const size_t equals = std::min(entry.rfind('='), entry.size());
  const std::string name = ToLower(Trim(entry.substr(0, equals)));
  const std::string value(Trim(entry.substr(std::min(equals + 1, entry.size()))));
  if (name.empty() || (value != "0" && value != "1"))
    throw UsageError("--labels '{}': expected NAME=0 (bad) or NAME=1 (good), such as bad=0,good=1",
                     entry);
  const int label = value == "1" ? 1 : 0;
  if (labels.emplace(name, label).first->second != label)
    throw UsageError("--labels: '{}' is given as both 0 and 1; the case of letters does not matter",
                     name);
}

std::string Source(const ImportConfig& config) {
  return PathText(config.photos ? *config.photos : *config.csv);
}

void RequireAny(const ImportConfig& config, const Imported& imported) {
  if (!imported.manifest.rows.empty()) return;
  if (imported.skipped.empty()) {
    throw InputError(
        "{}: no photographs in it; expected files such as {}/good/a.jpg and {}/bad/b.jpg",
        Source(config), Source(config), Source(config));
  }
  throw InputError("{}: not one of {} photographs can be used; the first, {}: {}", Source(config),
                   imported.skipped.size(), PathText(imported.skipped[0].path),
                   imported.skipped[0].reason);
}

void ReportSkipped(const ImportConfig& config, const std::vector<Skipped>& skipped,
                   const fs::path& report) {
  if (skipped.empty()) return;
  const std::string message =
      fmt::format("{} photographs cannot be used (see {}); the first, {}: {}", skipped.size(),
                  PathText(report), PathText(skipped[0].path), skipped[0].reason);
  if (config.strict) throw InputError("{}; --strict allows none", message);
  LogWarning("{}", message);
}

}  // namespace

LabelMap ParseLabels(const std::vector<std::string>& texts) {
  LabelMap labels;
  for (const std::string& text : texts) {
    for (const std::string& entry : Split(text, ',')) AddLabel(entry, labels);
  }
  return labels;
}

Imported RowsOfFolder(const ImportConfig& config, const LabelMap& labels) {
  image::FoundFiles found = image::FindPhotographs(*config.photos);
  Imported imported;
  imported.manifest.folder = fs::absolute(*config.photos).lexically_normal();
  imported.skipped = std::move(found.problems);
  int64_t unlabelled = 0;
  for (const std::string& file : found.files) {
    ManifestRow row;
    row.id = row.path = file;
    row.label = LabelOfFolders(file, labels);
    row.benchmark = config.benchmark;
    unlabelled += row.label ? 0 : 1;
    imported.manifest.rows.push_back(std::move(row));
  }
  if (found.ignored > 0)
    LogInfo("{} files are no photographs by their name and are ignored", found.ignored);
  if (unlabelled > 0)
    LogWarning("{} photographs lie in no folder that --labels names; they get no label",
               unlabelled);
  return imported;
}

void Validate(const ImportConfig& config, Violations& violations) {
  if (config.photos.has_value() == config.csv.has_value())
    violations.push_back("give either a folder of photographs or --csv FILE");
  if (config.root && !config.csv) violations.push_back("--root goes with --csv only");
  if ((config.good_above || config.bad_below) && !config.csv)
    violations.push_back("--good-above and --bad-below go with --csv only");
  if (config.good_above && config.bad_below && *config.bad_below > *config.good_above)
    violations.push_back("--bad-below must not be larger than --good-above");
}

Imported Import(const ImportConfig& config) {
  const LabelMap labels = ParseLabels(config.labels);
  Imported imported = config.csv ? RowsOfCsv(config, labels) : RowsOfFolder(config, labels);
  InspectAll(imported, config);
  SortById(imported);
  return imported;
}

void RunImport(const ImportConfig& config, RunContext&) {
  if (config.csv) RefuseToOverwrite(*config.csv, config.out);
  const Imported imported = Import(config);
  const fs::path report = fs::path(config.out).replace_extension(".skipped.csv");
  PublishBytes(report, FormatSkippedCsv(imported.skipped));
  RequireAny(config, imported);
  ReportSkipped(config, imported.skipped, report);
  store::WriteManifest(config.out, imported.manifest);
  PrintCounts(imported.manifest);
  LogInfo("{} photographs written to {}", imported.manifest.rows.size(), PathText(config.out));
}

}  // namespace kallos::data
