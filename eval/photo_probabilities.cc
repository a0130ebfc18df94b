#include "eval/photo_probabilities.h"

#include "eval/bundle_extractors.h"
#include "lib/core/progress.h"

namespace kallos::eval {
namespace {

constexpr size_t kPhotosAtOnce = 256;  // bounds the features in memory

Result<double> Predict(const train::Bundle& bundle, const std::vector<extract::Features>& parts) {
  std::vector<float> row;
  for (const extract::Features& part : parts) {
    if (!part.ok()) return Failure{part.reason()};
    row.insert(row.end(), part.value().begin(), part.value().end());
  }
  Matrix<float> features(1, row.size());
  std::copy(row.begin(), row.end(), features.data());
  return train::Predict(bundle, features)[0];
}

std::vector<std::vector<extract::Features>> ExtractOrStop(const std::vector<extract::Photo>& photos,
                                                          const std::vector<const extract::Extractor*>& extractors,
                                                          const extract::PhotoOptions& options) {
  try {
    return extract::ExtractPhotos(photos, extractors, options);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw InterruptedError("stopped; nothing was kept. For many photographs, kallos-extract goes on where it stopped");
  }
}

}  // namespace

std::vector<Result<double>> PhotoProbabilities(const train::Bundle& bundle, const std::vector<PhotoFile>& photos,
                                               const PhotoSettings& settings) {
  const auto owned = MakeExtractors(bundle, settings.weights, settings.device);
  std::vector<const extract::Extractor*> extractors;
  for (const auto& extractor : owned) extractors.push_back(extractor.get());
  Progress progress(settings.label, "photos", static_cast<int64_t>(photos.size()));
  extract::PhotoOptions options;
  options.on_photo = [&progress] { progress.Add(); };
  std::vector<Result<double>> probabilities;
  for (size_t first = 0; first < photos.size(); first += kPhotosAtOnce) {
    std::vector<extract::Photo> some;
    for (size_t i = first; i < std::min(first + kPhotosAtOnce, photos.size()); ++i)
      some.push_back({photos[i].path, photos[i].sha256});
    for (const auto& parts : ExtractOrStop(some, extractors, options)) probabilities.push_back(Predict(bundle, parts));
  }
  return probabilities;
}

}  // namespace kallos::eval
