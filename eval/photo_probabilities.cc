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

std::vector<Result<double>> JudgeOrStop(const PhotoJudge& judge, const std::vector<PhotoFile>& photos,
                                        const std::function<void()>& on_photo) {
  try {
    return judge.Judge(photos, on_photo);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw InterruptedError("stopped; nothing was kept. For many photographs, kallos-extract goes on where it stopped");
  }
}

}  // namespace

struct PhotoJudge::Loaded {
  const train::Bundle& bundle;
  std::vector<std::unique_ptr<extract::Extractor>> extractors;
};

PhotoJudge::PhotoJudge(const train::Bundle& bundle, const std::vector<std::filesystem::path>& weights,
                       const std::string& device)
    : loaded_(new Loaded{bundle, MakeExtractors(bundle, weights, device)}) {}

PhotoJudge::~PhotoJudge() = default;

std::vector<Result<double>> PhotoJudge::Judge(const std::vector<PhotoFile>& photos,
                                              const std::function<void()>& on_photo) const {
  std::vector<const extract::Extractor*> extractors;
  for (const auto& extractor : loaded_->extractors) extractors.push_back(extractor.get());
  std::vector<extract::Photo> files;
  for (const PhotoFile& photo : photos) files.push_back({photo.path, photo.sha256});
  extract::PhotoOptions options;
  options.on_photo = on_photo;
  std::vector<Result<double>> probabilities;
  for (const auto& parts : extract::ExtractPhotos(files, extractors, options))
    probabilities.push_back(Predict(loaded_->bundle, parts));
  return probabilities;
}

std::vector<Result<double>> PhotoProbabilities(const train::Bundle& bundle, const std::vector<PhotoFile>& photos,
                                               const PhotoSettings& settings) {
  const PhotoJudge judge(bundle, settings.weights, settings.device);
  Progress progress(settings.label, "photos", static_cast<int64_t>(photos.size()));
  std::vector<Result<double>> probabilities;
  for (size_t first = 0; first < photos.size(); first += kPhotosAtOnce) {
    const auto begin = photos.begin() + static_cast<ptrdiff_t>(first);
    const std::vector<PhotoFile> some(begin,
                                      begin + static_cast<ptrdiff_t>(std::min(kPhotosAtOnce, photos.size() - first)));
    for (Result<double>& one : JudgeOrStop(judge, some, [&progress] { progress.Add(); }))
      probabilities.push_back(std::move(one));
  }
  return probabilities;
}

}  // namespace kallos::eval
