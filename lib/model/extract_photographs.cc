#include <cmath>
#include <map>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/stop.h"
#include "lib/image/image.h"
#include "lib/model/extractor.h"
#include "lib/parallel/parallel.h"

namespace kallos::model {
namespace {

// CUDA; a constant, so that batches do not depend on the thread count.
constexpr size_t kPhotosDecodedAtOnce = 16;

// One photograph as each extractor wants to see it.
using Prepared = std::vector<Result<PictureF>>;

Result<std::string> ReadPhoto(const Photo& photo) {
  try {
    std::string bytes = ReadFile(photo.path);
    if (photo.sha256.empty()) return bytes;
    const std::string found = Sha256Hex(bytes);
    if (found == photo.sha256) return bytes;
    return Failure{fmt::format("content changed since import: SHA-256 {} in the manifest, {} now",
                               photo.sha256, found)};
  } catch (const Error& error) {
    return Failure{std::string(kUnreachable) + error.what()};
  }
}

// Decodes the bytes, and changes the picture, at most once for each of the two ways to treat the
// orientation.
class Decoder {
 public:
  Decoder(const Photo& photo, int64_t max_pixels)
      : bytes_(ReadPhoto(photo)), change_(photo.change.source), max_pixels_(max_pixels) {}

  const Result<Picture8>& Get(bool apply_orientation) {
    auto& picture = apply_orientation ? oriented_ : stored_;
    if (!picture) picture = Decode(apply_orientation);
    return *picture;
  }

 private:
  Result<Picture8> Decode(bool apply_orientation) const {
    if (!bytes_.ok()) return Failure{bytes_.reason()};
    Result<Picture8> picture = image::Decode(bytes_.value(), {apply_orientation, max_pixels_});
    if (!change_ || !picture.ok()) return picture;
    try {
      return change_(picture.value());
    } catch (const Error& error) {
      return Failure{error.what()};
    }
  }

  Result<std::string> bytes_;
  const std::function<Picture8(const Picture8&)>& change_;
  int64_t max_pixels_;
  std::optional<Result<Picture8>> oriented_;
  std::optional<Result<Picture8>> stored_;
};

// The input of extractor `k`.
Result<PictureF> Prepare(const Photo& photo, Decoder& decoder, const Extractor& extractor,
                         size_t k) {
  const Result<Picture8>& picture = decoder.Get(extractor.spec().apply_orientation);
  if (!picture.ok()) return Failure{picture.reason()};
  if (!photo.change.input) return extractor.Preprocess(picture.value());
  return extractor.Preprocess(picture.value(),
                              [&](const Picture8& input) { return photo.change.input(input, k); });
}

std::vector<float> CheckedRow(std::span<const float> row, const Photo& photo,
                              const Extractor& extractor) {
  for (size_t j = 0; j < row.size(); ++j) {
    if (std::isfinite(row[j])) continue;
    throw InputError(
        "{}: feature {} of {} is {}; check the weights with kallos-weights verify, or use "
        "--precision fp32",
        PathText(photo.path), j, extractor.Info().extractor, row[j]);
  }
  return {row.begin(), row.end()};
}

// One photograph from file to features, for the CPU: nothing but it is in memory.
std::vector<Features> ExtractOne(const Photo& photo,
                                 const std::vector<const Extractor*>& extractors,
                                 int64_t max_pixels) {
  ThrowIfStopRequested();
  Decoder decoder(photo, max_pixels);
  std::vector<Features> features;
  for (size_t k = 0; k < extractors.size(); ++k) {
    const Result<PictureF> picture = Prepare(photo, decoder, *extractors[k], k);
    if (!picture.ok()) {
      features.push_back(Failure{picture.reason()});
      continue;
    }
    ThrowIfStopRequested();
    const Matrix<float> row = extractors[k]->Run({&picture.value(), 1});
    features.push_back(CheckedRow(row.Row(0), photo, *extractors[k]));
  }
  return features;
}

// For CUDA: photographs are prepared in windows on all cores while the device works on the window
// before.
class BatchedRun {
 public:
  BatchedRun(const std::vector<Photo>& photos, const std::vector<const Extractor*>& extractors,
             const PhotoOptions& options)
      : photos_(photos),
        extractors_(extractors),
        options_(options),
        features_(photos.size(), std::vector<Features>(extractors.size(), Failure{"not run"})) {}

  std::vector<std::vector<Features>> Run() {
    Window ready = PrepareWindow(0);
    while (!ready.photos.empty()) {
      ThrowIfStopRequested();
      Window next;
      ParallelFor(2, [&](size_t task) {
        if (task == 0) next = PrepareWindow(ready.first + ready.photos.size());
        if (task == 1) Forward(ready);
      });
      ready = std::move(next);
    }
    return std::move(features_);
  }

 private:
  struct Window {
    size_t first = 0;
    std::vector<Prepared> photos;
  };

  Prepared PrepareOne(const Photo& photo) const {
    ThrowIfStopRequested();
    Decoder decoder(photo, options_.max_pixels);
    Prepared prepared;
    for (size_t k = 0; k < extractors_.size(); ++k)
      prepared.push_back(Prepare(photo, decoder, *extractors_[k], k));
    return prepared;
  }

  Window PrepareWindow(size_t first) const {
    Window window{first, {}};
    int64_t pixels = 0;
    while (pixels < options_.window_pixels && first + window.photos.size() < photos_.size()) {
      const size_t done = window.photos.size();
      const size_t count = std::min(kPhotosDecodedAtOnce, photos_.size() - first - done);
      window.photos.resize(done + count);
      ParallelFor(count, [&](size_t i) {
        window.photos[done + i] = PrepareOne(photos_[first + done + i]);
      });
      for (size_t i = done; i < done + count; ++i) pixels += PixelsOf(window.photos[i]);
    }
    return window;
  }

  static int64_t PixelsOf(const Prepared& prepared) {
    int64_t pixels = 0;
    for (const Result<PictureF>& picture : prepared) {
      if (picture.ok()) pixels += int64_t{picture.value().height} * picture.value().width;
    }
    return pixels;
  }

  void Forward(Window& window) {
    for (size_t k = 0; k < extractors_.size(); ++k) {
      std::map<std::pair<int, int>, std::vector<size_t>> by_size;
      for (size_t i = 0; i < window.photos.size(); ++i) {
        const Result<PictureF>& picture = window.photos[i][k];
        if (picture.ok()) by_size[{picture.value().height, picture.value().width}].push_back(i);
        if (!picture.ok()) features_[window.first + i][k] = Failure{picture.reason()};
      }
      for (const auto& [size, members] : by_size) ForwardGroup(window, k, members);
    }
    for (size_t i = 0; i < window.photos.size(); ++i) options_.on_photo();
  }

  void ForwardGroup(Window& window, size_t k, const std::vector<size_t>& members) {
    const auto batch = static_cast<size_t>(options_.batch);
    for (size_t begin = 0; begin < members.size(); begin += batch) {
      ThrowIfStopRequested();
      const size_t count = std::min(batch, members.size() - begin);
      std::vector<PictureF> pictures;
      for (size_t i = 0; i < count; ++i)
        pictures.push_back(std::move(window.photos[members[begin + i]][k].value()));
      const Matrix<float> rows = extractors_[k]->Run(pictures);
      for (size_t i = 0; i < count; ++i) {
        const size_t photo = window.first + members[begin + i];
        features_[photo][k] = CheckedRow(rows.Row(i), photos_[photo], *extractors_[k]);
      }
    }
  }

  const std::vector<Photo>& photos_;
  const std::vector<const Extractor*>& extractors_;
  const PhotoOptions& options_;
  std::vector<std::vector<Features>> features_;
};

}  // namespace

std::vector<std::vector<Features>> ExtractPhotos(const std::vector<Photo>& photos,
                                                 const std::vector<const Extractor*>& extractors,
                                                 const PhotoOptions& options) {
  for (const Extractor* extractor : extractors) {
    if (extractor->device().cuda) return BatchedRun(photos, extractors, options).Run();
  }
  std::vector<std::vector<Features>> features(photos.size());
  ParallelFor(photos.size(), [&](size_t i) {
    features[i] = ExtractOne(photos[i], extractors, options.max_pixels);
    options.on_photo();
  });
  return features;
}

}  // namespace kallos::model
