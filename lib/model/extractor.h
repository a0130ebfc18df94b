// Photographs to features: one backbone with its weights and its preprocessing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/picture.h"
#include "lib/core/result.h"
#include "lib/image/resize.h"
#include "lib/nn/backbone.h"
#include "lib/store/feature_store.h"

namespace kallos::model {

// Everything that decides what the features are, and where they are computed.
struct ExtractorSpec {
  std::string backbone;
  nn::Taps taps = nn::Taps::kPooled;
  int64_t outputs = 0;  // of the dense layer at the top, with Taps::kOutputs
  image::ResizeRule resize;
  std::optional<nn::Scaling> scaling;  // nothing = the backbone's own
  bool apply_orientation = true;       // EXIF
  Precision precision = Precision::kFp32;
  std::filesystem::path weights;        // empty with random weights
  std::string weights_sha256;           // what the file must have; "" = any
  std::optional<uint64_t> random_seed;  // untrained weights of this seed instead of a file
  std::string device = "auto";          // not part of the fingerprint, like the path of the weights
};

// The spec of a store's or bundle's description (StoreInfo::description): all but `weights` and
// `device`, with `weights_sha256` or `random_seed` set. Throws InputError when the features were
// not made by an extractor of ours.
ExtractorSpec ParseDescription(const std::string& description);

// Gives each spec that wants a weight file the one of `files` with the right SHA-256. Throws
// UsageError naming the backbone and the hash where none has it.
void FindWeights(std::vector<ExtractorSpec>& specs,
                 const std::vector<std::filesystem::path>& files);

using Features = Result<std::vector<float>>;

// Safe to use from several threads at once.
class Extractor {
 public:
  // Loads the weights and moves them to the device. Throws InputError for a weight file of another
  // network or hash, UsageError for an unknown backbone, EnvironmentError for a device that is not
  // there.
  explicit Extractor(ExtractorSpec spec);
  // With a network that is ready to use; `weights_name` is what the description says about its
  // weights.
  Extractor(ExtractorSpec spec, std::unique_ptr<nn::Backbone> backbone,
            const std::string& weights_name, Device device = {});

  const ExtractorSpec& spec() const { return spec_; }
  const store::StoreInfo& Info() const { return info_; }
  const Device& device() const { return device_; }

  // The picture as the network sees it, still 0..255. A Failure where it would be smaller than the
  // network's minimum.
  Result<PictureF> Preprocess(const Picture8& picture) const;
  // The same with the change between resize and network, if it is one.
  Result<PictureF> Preprocess(const Picture8& picture,
                              const std::function<PictureF(const Picture8&)>& change) const;
  // Features of preprocessed pictures of equal size: pictures.size() x Info().dimension.
  Matrix<float> Run(std::span<const PictureF> pictures) const;

  // Both, for the photographs of `paths`, in parallel; a file that does not decode is a Failure
  // with its reason.
  std::vector<Features> ExtractFiles(const std::vector<std::filesystem::path>& paths) const;

 private:
  void SetInfo(const std::string& weights_name);
  // `when` completes "too small: 20 x 20 pixels ...".
  std::optional<Failure> TooSmall(int height, int width, const std::string& when) const;

  ExtractorSpec spec_;
  std::unique_ptr<nn::Backbone> backbone_;
  Device device_;
  nn::Scaling scaling_ = nn::Scaling::kUnit;
  store::StoreInfo info_;
};

// How the reason begins for a photograph that cannot be opened or read at all: it may be there
// again later.
constexpr std::string_view kUnreachable = "unreachable: ";

// What happens to a photograph on its way to the networks; nothing by default. Called from any
// thread; an Error that it throws is the photograph's Failure.
struct Change {
  // Of the decoded picture, before any resize: all extractors see the same.
  std::function<Picture8(const Picture8&)> source;
  // Of the input of each extractor (by index), after its resize, which is then done in 8 bits.
  std::function<PictureF(const Picture8&, size_t extractor)> input;
};

// A photograph on disk.
struct Photo {
  std::filesystem::path path;
  std::string sha256;  // what the file must have; "" = any
  Change change = {};
};

struct PhotoOptions {
  int64_t max_pixels = 100'000'000;  // of the file; more is a Failure
  int64_t batch = 32;                // CUDA: most pictures in one forward pass
  // CUDA: about so many preprocessed pixels are in memory at once, twice.
  int64_t window_pixels = 48'000'000;
  std::function<void()> on_photo = [] {};  // after each photograph, from any thread
};

// result[i][k]: features of photograph i by extractor k. Each photograph is read and decoded once,
// whatever the number of extractors; on the CPU as many are in memory as there are threads, and a
// result depends on its photograph alone. Throws InputError naming the photograph when a feature is
// NaN or infinite, InterruptedError when a stop is requested.
std::vector<std::vector<Features>> ExtractPhotos(const std::vector<Photo>& photos,
                                                 const std::vector<const Extractor*>& extractors,
                                                 const PhotoOptions& options);

}  // namespace kallos::model
