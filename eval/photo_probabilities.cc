#include "eval/photo_probabilities.h"

#include "extract/extractor.h"
#include "lib/core/progress.h"
#include "lib/image/published_transform.h"

namespace kallos::eval {
namespace {

constexpr size_t kPhotosAtOnce = 256;  // bounds the features in memory

std::vector<std::unique_ptr<extract::Extractor>> MakeExtractors(const train::Bundle& bundle,
                                                                const std::vector<std::filesystem::path>& weights,
                                                                const std::string& device) {
  std::vector<extract::ExtractorSpec> specs;
  for (const train::BundlePart& part : bundle.parts) {
    specs.push_back(extract::ParseDescription(part.description));
    specs.back().device = device;
  }
  extract::FindWeights(specs, weights);
  std::vector<std::unique_ptr<extract::Extractor>> extractors;
  std::vector<store::StoreInfo> infos;
  for (const extract::ExtractorSpec& spec : specs) {
    extractors.push_back(std::make_unique<extract::Extractor>(spec));
    infos.push_back(extractors.back()->Info());
  }
  train::RequireSameExtractors(bundle, infos);
  return extractors;
}

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

// Backbones count from 1, the photograph itself is 0.
Stream StreamOf(const PhotoFile& photo, size_t backbone) {
  return {photo.seed, "eval/robustness/" + photo.view.TransformName(), photo.stream, backbone};
}

extract::Change ChangeOf(const PhotoFile& photo) {
  if (!photo.view.transform) return {};
  if (photo.view.severity != kAsPublished) {
    return {[photo](const Picture8& picture) {
              return image::Apply(picture, *photo.view.transform, photo.view.severity, StreamOf(photo, 0));
            },
            {}};
  }
  return {{}, [photo](const Picture8& input, size_t extractor) {
            return image::ApplyAsPublished(input, *photo.view.transform, StreamOf(photo, extractor + 1));
          }};
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
  std::vector<extract::Photo> changed;
  for (const PhotoFile& photo : photos) changed.push_back({photo.path, photo.sha256, ChangeOf(photo)});
  extract::PhotoOptions options;
  options.on_photo = on_photo;
  std::vector<Result<double>> probabilities;
  for (const auto& parts : extract::ExtractPhotos(changed, extractors, options))
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
