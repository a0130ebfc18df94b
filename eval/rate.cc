#include "eval/rate.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "eval/rate_images.h"
#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/measures/predictions.h"
#include "lib/model/bundle.h"
#include "lib/model/rater.h"

namespace kallos::eval {
namespace {

// One photograph's answer.
struct Rating {
  fs::path path;
  std::optional<double> probability;  // of good
  std::string reason;                 // where there is none

  bool good() const { return measures::IsGood(*probability); }
  double confidence() const { return std::max(*probability, 1 - *probability); }
};

std::vector<Rating> RateAll(const RateConfig& config, const model::Bundle& bundle) {
  std::vector<Rating> ratings;
  std::vector<model::PhotoFile> photos;
  for (const ImageToRate& image : FindImages(config.images)) {
    ratings.push_back({image.path, {}, image.problem});
    if (image.problem.empty()) photos.push_back({image.path, ""});
  }
  const auto probabilities =
      model::PhotoProbabilities(bundle, photos, {config.weights, config.device, "rate"});
  auto next = probabilities.begin();
  for (Rating& rating : ratings) {
    if (!rating.reason.empty()) continue;
    if (next->ok()) rating.probability = next->value();
    if (!next->ok()) rating.reason = next->reason();
    ++next;
  }
  return ratings;
}

std::string FormatTable(const std::vector<Rating>& ratings) {
  std::string text = fmt::format("{:<8}  {:>10}  {}\n", "verdict", "confidence", "photograph");
  for (const Rating& r : ratings) {
    text += r.probability
                ? fmt::format("{:<8}  {:>9.1f}%  {}\n", r.good() ? "good" : "bad",
                              100 * r.confidence(), PathText(r.path))
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
      table.rows.push_back({PathText(r.path), r.good() ? "good" : "bad",
                            FormatDouble(r.confidence()), FormatDouble(*r.probability), ""});
    } else {
      table.rows.push_back({PathText(r.path), "", "", "", r.reason});
    }
  }
  return FormatCsv(table);
}

}  // namespace

void RunRate(const RateConfig& config, RunContext&) {
  const model::Bundle bundle = model::LoadVerdictBundle(config.bundle);
  const std::vector<Rating> ratings = RateAll(config, bundle);
  const std::string text = config.format == RateFormat::kTable ? FormatTable(ratings)
                           : config.format == RateFormat::kCsv ? FormatRatingsCsv(ratings)
                                                               : FormatJsonLines(ratings);
  std::fputs(text.c_str(), stdout);
  if (std::fflush(stdout) != 0) throw EnvironmentError("standard output cannot be written");
  const auto failed =
      std::count_if(ratings.begin(), ratings.end(), [](const Rating& r) { return !r.probability; });
  if (failed > 0)
    throw InputError("{} of {} photographs could not be rated; their reasons stand in the output",
                     failed, ratings.size());
}

}  // namespace kallos::eval
