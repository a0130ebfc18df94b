#include "eval/report/contact_section.h"

#include <algorithm>
#include <map>

#include "eval/report/run_predictions.h"
#include "eval/report/sources.h"
#include "eval/report/thumbnails.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/image/image.h"
#include "lib/measures/predictions.h"
#include "lib/store/manifest.h"

namespace kallos::report {
namespace {

using measures::Prediction;
using FilesById = std::map<std::string, PhotoFile>;

// The manifests that tell where the run's photographs are.
std::vector<fs::path> ManifestsOf(const Run& run, const ContactSettings& settings) {
  if (settings.manifest) return {*settings.manifest};
  std::vector<fs::path> manifests;
  if (!run.record) return manifests;
  const Origin origin{run.path, *run.record};
  for (const std::string& named : run.record->ValuesOf("manifest"))
    manifests.push_back(PathFromHere(origin, named));
  for (const std::string& named : run.record->ValuesOf("features"))
    manifests.push_back(PathFromHere(origin, named) / "manifest.csv");
  std::erase_if(manifests, [](const fs::path& path) { return !fs::exists(path); });
  return manifests;
}

FilesById ReadFiles(const std::vector<fs::path>& manifests) {
  FilesById files;
  for (const fs::path& path : manifests) {
    const store::Manifest manifest = store::ReadManifest(path, false);
    for (const store::ManifestRow& row : manifest.rows) {
      if (!row.path.empty()) files.emplace(row.id, PhotoFile{manifest.PathOf(row), row.sha256});
    }
  }
  return files;
}

double ConfidenceOf(const Prediction& p) {
  return std::max(p.probability, 1 - p.probability);
}

bool IsRight(const Prediction& p) {
  return measures::IsGood(p.probability) == (p.label == 1);
}

std::vector<Prediction> MostConfident(const std::vector<Prediction>& predictions, bool right,
                                      int64_t count) {
  std::vector<Prediction> chosen;
  std::ranges::copy_if(predictions, std::back_inserter(chosen),
                       [&](const Prediction& p) { return IsRight(p) == right; });
  std::ranges::sort(chosen, [](const Prediction& a, const Prediction& b) {
    return ConfidenceOf(a) != ConfidenceOf(b) ? ConfidenceOf(a) > ConfidenceOf(b) : a.id < b.id;
  });
  chosen.resize(std::min(chosen.size(), static_cast<size_t>(count)));
  return chosen;
}

const char* WordOf(bool good) {
  return good ? "good" : "bad";
}

document::Photo PhotoOf(const Prediction& p) {
  document::Photo photo;
  photo.name = p.id;
  photo.verdict =
      fmt::format("{} {:.1f} %", WordOf(measures::IsGood(p.probability)), 100 * ConfidenceOf(p));
  photo.truth = IsRight(p) ? "" : fmt::format("is {}", WordOf(p.label == 1));
  photo.right = IsRight(p);
  return photo;
}

document::Sheet SheetOf(const std::string& caption, const std::vector<Prediction>& chosen,
                        const FilesById& files) {
  std::vector<PhotoFile> found;
  for (const Prediction& p : chosen) {
    if (files.contains(p.id)) found.push_back(files.at(p.id));
  }
  const std::vector<Result<std::string>> thumbnails = Thumbnails(found);
  document::Sheet sheet{caption, {}};
  size_t next = 0;
  for (const Prediction& p : chosen) {
    document::Photo photo = PhotoOf(p);
    if (!files.contains(p.id)) {
      photo.why = "not in the manifest";
    } else {
      const Result<std::string>& thumbnail = thumbnails[next++];
      if (thumbnail.ok())
        photo.jpeg = thumbnail.value();
      else
        photo.why = thumbnail.reason();
    }
    sheet.photos.push_back(std::move(photo));
  }
  return sheet;
}

void AddSheets(const Run& run, const ContactSettings& settings, document::Section& section) {
  const std::vector<fs::path> manifests = ManifestsOf(run, settings);
  if (manifests.empty()) {
    section.blocks.emplace_back(
        document::Paragraph{"No contact sheet: nothing says where the photographs are; --manifest "
                            "does, with the ids of the predictions."});
    return;
  }
  const FilesById files = ReadFiles(manifests);
  const std::vector<Prediction> predictions =
      measures::ReadPredictions(run.path / kPredictionsFile);
  for (const bool right : {true, false}) {
    const std::vector<Prediction> chosen = MostConfident(predictions, right, settings.photos);
    const auto all = std::ranges::count_if(
        predictions, [&](const Prediction& p) { return IsRight(p) == right; });
    const std::string caption =
        fmt::format("{}: the {} most confident of {}", right ? "Right" : "Wrong", chosen.size(),
                    FormatCount(all));
    if (!chosen.empty()) section.blocks.emplace_back(SheetOf(caption, chosen, files));
  }
}

}  // namespace

document::Section ContactSection(const std::vector<Run>& runs, const ContactSettings& settings) {
  document::Section section{"Photographs"};
  if (settings.photos == 0) return section;
  for (const Run& run : runs) {
    if (!HasVerdicts(run)) continue;
    if (!image::CanDecode()) {
      section.blocks = {
          document::Paragraph{"No contact sheets: this program was built without OpenCV, and so "
                              "cannot read photographs."}};
      return section;
    }
    section.blocks.emplace_back(document::Heading{run.name});
    try {
      AddSheets(run, settings, section);
    } catch (const Error& error) {
      if (settings.manifest || error.kind() != ErrorKind::kInput) throw;
      section.blocks.emplace_back(
          document::Paragraph{fmt::format("No contact sheet: damaged: {}", error.what())});
    }
  }
  if (!section.blocks.empty())
    section.blocks.insert(
        section.blocks.begin(),
        document::Paragraph{"Under each photograph the verdict and its confidence, the calibrated "
                            "probability of that verdict; for "
                            "wrong ones what it is."});
  return section;
}

}  // namespace kallos::report
