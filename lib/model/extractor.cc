#include "lib/model/extractor.h"

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/image/image.h"
#include "lib/model/extractor_description.h"
#include "lib/nn/backbone.h"
#include "lib/weights/tensor_file.h"

namespace kallos::model {
namespace {

// Loads or draws the weights, and returns what the description says about them.
std::string GiveWeights(const ExtractorSpec& spec, nn::Backbone& backbone) {
  if (spec.random_seed) {
    backbone.RandomWeights(*spec.random_seed);
    return fmt::format("random:{}", *spec.random_seed);
  }
  KALLOS_CHECK(!spec.weights.empty(), "neither weights nor a random seed");
  const weights::TensorFile file = weights::ReadTensorFile(spec.weights);
  if (!spec.weights_sha256.empty() && spec.weights_sha256 != file.sha256) {
    throw InputError(
        "{}: these are not the weights that the features were made with: SHA-256 {} expected, {} "
        "found",
        PathText(spec.weights), spec.weights_sha256, file.sha256);
  }
  backbone.LoadWeights(file);
  return "sha256:" + file.sha256;
}

store::StoreInfo InfoOf(const ExtractorSpec& spec, const nn::Backbone& backbone,
                        const std::string& description) {
  store::StoreInfo info;
  info.extractor = spec.backbone + "/" + EnumName(spec.taps);
  info.description = description;
  info.fingerprint = Sha256Hex(description);
  if (!spec.weights.empty()) info.weights = PathText(std::filesystem::absolute(spec.weights));
  info.dimension = backbone.dimension();
  for (const nn::Tap& tap : backbone.taps())
    info.layers.push_back({tap.layer, tap.offset, tap.channels});
  return info;
}

}  // namespace

Extractor::Extractor(ExtractorSpec spec)
    : spec_(std::move(spec)), device_(ResolveDevice(spec_.device)) {
  backbone_ = nn::MakeBackbone(spec_.backbone, spec_.taps, spec_.outputs);
  const std::string weights_name = GiveWeights(spec_, *backbone_);
  backbone_->Prepare(device_, spec_.precision);
  SetInfo(weights_name);
}

Extractor::Extractor(ExtractorSpec spec, std::unique_ptr<nn::Backbone> backbone,
                     const std::string& weights_name, Device device)
    : spec_(std::move(spec)), backbone_(std::move(backbone)), device_(device) {
  SetInfo(weights_name);
}

void Extractor::SetInfo(const std::string& weights_name) {
  scaling_ = spec_.scaling.value_or(backbone_->default_scaling());
  info_ = InfoOf(spec_, *backbone_, DescriptionOf(spec_, scaling_, weights_name));
}

Result<PictureF> Extractor::Preprocess(const Picture8& picture) const {
  return Preprocess(picture, {});
}

Result<PictureF> Extractor::Preprocess(
    const Picture8& picture, const std::function<PictureF(const Picture8&)>& change) const {
  int height = 0;
  int width = 0;
  image::ResizedSize(spec_.resize, picture.height, picture.width, &height, &width);
  if (const auto failure = TooSmall(height, width, "after resize " + spec_.resize.Name()))
    return *failure;
  try {
    if (!change) return image::Resize(image::ToFloat(picture), spec_.resize);
    PictureF input = change(image::Resize(picture, spec_.resize));
    if (const auto failure = TooSmall(input.height, input.width, "after resize and change"))
      return *failure;
    return input;
  } catch (const Error& error) {
    return Failure{error.what()};
  }
}

std::optional<Failure> Extractor::TooSmall(int height, int width, const std::string& when) const {
  const int minimum = backbone_->minimum_size();
  if (std::min(height, width) >= minimum) return std::nullopt;
  return Failure{fmt::format("too small: {} x {} pixels {}, {} takes at least {} x {}", width,
                             height, when, spec_.backbone, minimum, minimum)};
}

Matrix<float> Extractor::Run(std::span<const PictureF> pictures) const {
  return backbone_->Extract(pictures, scaling_);
}

std::vector<Features> Extractor::ExtractFiles(
    const std::vector<std::filesystem::path>& paths) const {
  std::vector<Photo> photos;
  for (const auto& path : paths) photos.push_back({path, ""});
  std::vector<Features> features;
  for (std::vector<Features>& one : ExtractPhotos(photos, {this}, {}))
    features.push_back(std::move(one[0]));
  return features;
}

}  // namespace kallos::model
