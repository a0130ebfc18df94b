#include "lib/model/rater.h"

#include "lib/core/progress.h"
#include "lib/model/bundle_extractors.h"

namespace kallos::model {
namespace {

constexpr size_t kPhotosAtOnce = 256;  // bounds the features in memory

Result<double> Predict(const Bundle& bundle, const std::vector<Features>& parts) {
  std::vector<float> row;
  for (const Features& part : parts) {
    if (!part.ok()) return Failure{part.reason()};
    row.insert(row.end(), part.value().begin(), part.value().end());
  }
  Matrix<float> features(1, row.size());
  std::copy(row.begin(), row.end(), features.data());
  return Predict(bundle, features)[0];
}

std::vector<std::vector<Features>> ExtractOrStop(const std::vector<Photo>& photos,
                                                 const std::vector<const Extractor*>& extractors,
                                                 const PhotoOptions& options) {
  try {
    return ExtractPhotos(photos, extractors, options);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw InterruptedError(
        "stopped; nothing was kept. For many photographs, kallos-extract goes on where it stopped");
  }
}

}  // namespace

std::vector<Result<double>> PhotoProbabilities(const Bundle& bundle,
                                               const std::vector<PhotoFile>& photos,
                                               const PhotoSettings& settings) {
  const auto owned = MakeExtractors(bundle, settings.weights, settings.device);
  std::vector<const Extractor*> extractors;
  for (const auto& extractor : owned) extractors.push_back(extractor.get());
  Progress progress(settings.label, "photos", static_cast<int64_t>(photos.size()));
  PhotoOptions options;
  options.on_photo = [&progress] { progress.Add(); };
  std::vector<Result<double>> probabilities;
  for (size_t first = 0; first < photos.size(); first += kPhotosAtOnce) {
    std::vector<Photo> some;
    for (size_t i = first; i < std::min(first + kPhotosAtOnce, photos.size()); ++i)
      some.push_back({photos[i].path, photos[i].sha256});
    for (const auto& parts : ExtractOrStop(some, extractors, options))
      probabilities.push_back(Predict(bundle, parts));
  }
  return probabilities;
}

}  // namespace kallos::model
