#include "eval/rate.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "extract/extractor.h"
#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/log.h"
#include "lib/core/text.h"
#include "train/bundle.h"

namespace kallos::eval {
namespace {

const std::vector<std::string> kExtensions = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff",
                                              ".bmp", ".gif",  ".jp2", ".ppm",  ".pgm"};

// One photograph's answer.
struct Rating {
  fs::path path;
  std::optional<double> probability;  // of good
  std::string reason;                 // where there is none

  bool good() const { return *probability > 0.5; }
  double confidence() const { return std::max(*probability, 1 - *probability); }
};

std::vector<fs::path> FindImages(const std::vector<fs::path>& given) {
  std::vector<fs::path> images;
  for (const fs::path& path : given) {
    if (!fs::exists(path)) throw InputError("{}: no such file or folder", PathText(path));
    if (!fs::is_directory(path)) {
      images.push_back(path);
      continue;
    }
    std::vector<fs::path> inside;
    for (const auto& entry : fs::recursive_directory_iterator(path, fs::directory_options::skip_permission_denied)) {
      const std::string extension = ToLower(entry.path().extension().string());
      if (entry.is_regular_file() && std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end())
        inside.push_back(entry.path());
    }
    if (inside.empty()) throw InputError("{}: no photographs in this folder", PathText(path));
    std::sort(inside.begin(), inside.end());
    images.insert(images.end(), inside.begin(), inside.end());
  }
  return images;
}

std::vector<std::unique_ptr<extract::Extractor>> MakeExtractors(const RateConfig& config, const train::Bundle& bundle) {
  std::vector<extract::ExtractorSpec> specs;
  for (const train::BundlePart& part : bundle.parts) {
    specs.push_back(extract::ParseDescription(part.description));
    specs.back().device = config.device;
  }
  extract::FindWeights(specs, config.weights);
  std::vector<std::unique_ptr<extract::Extractor>> extractors;
  for (const extract::ExtractorSpec& spec : specs) extractors.push_back(std::make_unique<extract::Extractor>(spec));
  return extractors;
}

Rating RateOne(const train::Bundle& bundle, const fs::path& path, const std::vector<extract::Features>& parts) {
  Rating rating{path, {}, ""};
  std::vector<float> row;
  for (const extract::Features& part : parts) {
    if (!part.ok()) {
      rating.reason = part.reason();
      return rating;
    }
    row.insert(row.end(), part.value().begin(), part.value().end());
  }
  Matrix<float> features(1, row.size());
  std::copy(row.begin(), row.end(), features.data());
  rating.probability = train::Predict(bundle, features)[0];
  return rating;
}

std::vector<Rating> RateAll(const RateConfig& config, const train::Bundle& bundle) {
  const std::vector<fs::path> images = FindImages(config.images);
  const auto extractors = MakeExtractors(config, bundle);
  std::vector<const extract::Extractor*> pointers;
  for (const auto& extractor : extractors) pointers.push_back(extractor.get());
  std::vector<extract::Photo> photos;
  for (const fs::path& path : images) photos.push_back({path, ""});
  const auto features = extract::ExtractPhotos(photos, pointers, {});
  std::vector<Rating> ratings;
  for (size_t i = 0; i < images.size(); ++i) ratings.push_back(RateOne(bundle, images[i], features[i]));
  return ratings;
}

std::string FormatTable(const std::vector<Rating>& ratings) {
  std::string text = fmt::format("{:<8}  {:>10}  {}\n", "verdict", "confidence", "photograph");
  for (const Rating& r : ratings) {
    text += r.probability ? fmt::format("{:<8}  {:>9.1f}%  {}\n", r.good() ? "good" : "bad", 100 * r.confidence(),
                                        PathText(r.path))
                          : fmt::format("{:<8}  {:>10}  {}: {}\n", "-", "-", PathText(r.path), r.reason);
  }
  return text;
}

std::string FormatJsonLines(const std::vector<Rating>& ratings) {
  std::string text;
  for (const Rating& r : ratings) {
    nlohmann::json line = {{"path", PathText(r.path)}};
    if (r.probability) {
      line["verdict"] = r.good() ? "good" : "bad";
      line["confidence"] = r.confidence();
      line["probability"] = *r.probability;
    } else {
      line["error"] = r.reason;
    }
    text += line.dump() + "\n";
  }
  return text;
}

std::string FormatRatingsCsv(const std::vector<Rating>& ratings) {
  CsvTable table{{"path", "verdict", "confidence", "probability", "error"}, {}, {}};
  for (const Rating& r : ratings) {
    if (r.probability) {
      table.rows.push_back({PathText(r.path), r.good() ? "good" : "bad", FormatDouble(r.confidence()),
                            FormatDouble(*r.probability), ""});
    } else {
      table.rows.push_back({PathText(r.path), "", "", "", r.reason});
    }
  }
  return FormatCsv(table);
}

}  // namespace

void RunRate(const RateConfig& config, RunContext&) {
  const train::Bundle bundle = train::LoadBundle(config.bundle);
  const std::vector<Rating> ratings = RateAll(config, bundle);
  const std::string text = config.format == RateFormat::kTable ? FormatTable(ratings)
                           : config.format == RateFormat::kCsv ? FormatRatingsCsv(ratings)
                                                               : FormatJsonLines(ratings);
  std::fputs(text.c_str(), stdout);
  const auto failed = std::count_if(ratings.begin(), ratings.end(), [](const Rating& r) { return !r.probability; });
  if (failed > 0)
    throw InputError("{} of {} photographs could not be rated; their reasons stand in the output", failed,
                     ratings.size());
}

}  // namespace kallos::eval
