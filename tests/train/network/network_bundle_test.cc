#include "train/network/network_bundle.h"

#include <gmock/gmock.h>

#include <cmath>

#include "lib/core/error.h"
#include "lib/image/image.h"
#include "lib/model/bundle_extractors.h"
#include "lib/model/calibration.h"
#include "lib/model/rater.h"
#include "lib/nn/training/trainable_network.h"
#include "lib/weights/safetensors.h"
#include "tests/train/network/photos.h"

namespace kallos::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr char kNetwork[] = "shufflenet_v2_narrow";
constexpr size_t kOutputs = 5;
constexpr int kSide = 64;
constexpr uint64_t kPhotos = 4;

PictureF Frame(uint64_t seed) {
  return image::ToFloat(Photo(seed, kSide, kSide));
}

// A student that a few steps have moved, and its bundle.
class NetworkBundleTest : public testing::Test {
 protected:
  NetworkBundleTest() : network_(Options()) {
    network_.Initialize(3);
    std::vector<PictureF> pictures;
    for (uint64_t i = 0; i < kPhotos; ++i) pictures.push_back(Frame(i));
    for (int step = 0; step < 3; ++step) {
      network_.Step(pictures, 0.003, 1,
                    [&](MatrixView<const float> outputs, MatrixView<float> gradient) {
                      for (size_t k = 0; k < outputs.rows * outputs.columns; ++k)
                        gradient.data[k] = outputs.data[k] - 1;
                    });
    }
    spec_.backbone = kNetwork;
    spec_.taps = nn::Taps::kOutputs;
    spec_.outputs = kOutputs;
    spec_.resize = image::ParseResizeRule("border:64");
    spec_.device = "cpu";
    bundle_.head = model::InitHead({kOutputs, {6}, {0.1}}, 2);
    bundle_.temperature = 1.5;
    Save(network_.parameters());
  }

  static nn::TrainingOptions Options() {
    nn::TrainingOptions options;
    options.network = kNetwork;
    options.outputs = kOutputs;
    return options;
  }

  void Save(const std::vector<weights::Tensor>& parameters) const {
    SaveNetworkBundle(folder_, spec_, parameters, bundle_);
  }

  // A photograph on disk without loss.
  fs::path Png(uint64_t seed, int height, int width) const {
    const fs::path path = photos_.cache() / fmt::format("{}.png", seed);
    MakeFolder(path.parent_path());
    image::WritePng(path, Photo(seed, height, width));
    return path;
  }

  static std::string MessageOf(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput) << error.what();
      return error.what();
    }
    return "no error";
  }

  const PhotoFolder photos_{"network_bundle", 0};
  const fs::path folder_ = photos_.cache().parent_path() / "bundle";
  nn::TrainableNetwork network_;
  model::ExtractorSpec spec_;
  model::Bundle bundle_;
};

TEST_F(NetworkBundleTest, ScaledParametersGiveScaledOutputs) {
  const std::vector<float> factor = {2, -0.5f, 0, 1, 100}, shift = {0, 3, -7, 0.25f, 1000};
  std::vector<weights::Tensor> parameters = network_.parameters();
  ScaleOutputs(kNetwork, factor, shift, parameters);
  nn::TrainableNetwork scaled(Options());
  weights::WriteSafetensors(folder_ / "scaled.safetensors", parameters);
  scaled.Load(weights::ReadTensorFile(folder_ / "scaled.safetensors"));
  for (uint64_t i = 0; i < 3; ++i) {
    const std::vector<PictureF> picture = {Frame(i)};
    const Matrix<float> plain = network_.Infer(picture), found = scaled.Infer(picture);
    for (size_t j = 0; j < kOutputs; ++j) {
      const double expected = double{factor[j]} * plain(0, j) + shift[j];
      EXPECT_NEAR(found(0, j), expected, 1e-5 * (1 + std::abs(factor[j]) + std::abs(expected)));
    }
  }
}

TEST_F(NetworkBundleTest, ScalingByOneIsNothing) {
  std::vector<weights::Tensor> parameters = network_.parameters();
  ScaleOutputs(kNetwork, std::vector<float>(kOutputs, 1), std::vector<float>(kOutputs, 0),
               parameters);
  const std::vector<weights::Tensor> expected = network_.parameters();
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(parameters[i].values, expected[i].values);
}

// What the network saw in training is a frame of whole grey levels; the extractor does not round
// what it resized. So the two agree on a photograph that has the frame's size, and on any other as
// soon as it is rounded.
TEST_F(NetworkBundleTest, ItsExtractorGivesWhatTheNetworkGave) {
  const auto extractors = model::MakeExtractors(model::LoadBundle(folder_), {}, "cpu");
  ASSERT_EQ(extractors.size(), 1u);
  const auto expect_same = [&](const std::vector<PictureF>& pictures) {
    const Matrix<float> expected = network_.Infer(pictures), found = extractors[0]->Run(pictures);
    ASSERT_EQ(found.columns(), kOutputs);
    for (size_t j = 0; j < kOutputs; ++j) EXPECT_NEAR(found(0, j), expected(0, j), 1e-5);
  };
  for (uint64_t i = 0; i < kPhotos; ++i) {
    const PictureF same = extractors[0]->Preprocess(Photo(i, kSide, kSide)).value();
    EXPECT_EQ(same.rgb, Frame(i).rgb);
    expect_same({same});
    PictureF resized = extractors[0]->Preprocess(Photo(i, 97, 131)).value();
    expect_same({resized});
    for (float& value : resized.rgb) value = std::round(value);
    expect_same({resized});
  }
}

TEST_F(NetworkBundleTest, JudgesPhotographsWithoutAnyOtherFile) {
  const model::Bundle loaded = model::LoadBundle(folder_);
  std::vector<model::PhotoFile> files;
  std::vector<double> expected;
  for (uint64_t i = 0; i < kPhotos; ++i) {
    files.push_back({Png(i, kSide, kSide), ""});
    const Matrix<float> outputs = network_.Infer(std::vector<PictureF>{Frame(i)});
    expected.push_back(
        model::ProbabilityOfGood(model::HeadOutputs(bundle_.head, outputs.View()), 1.5)[0]);
  }
  const auto found = model::PhotoProbabilities(loaded, files, {{}, "cpu", ""});
  ASSERT_EQ(found.size(), files.size());
  for (size_t i = 0; i < files.size(); ++i) {
    ASSERT_TRUE(found[i].ok()) << found[i].reason();
    EXPECT_NEAR(found[i].value(), expected[i], 1e-5);
  }
}

TEST_F(NetworkBundleTest, ACopyElsewhereGivesTheSame) {
  const fs::path copy = folder_.parent_path() / "moved ü" / "copy";
  fs::create_directories(copy.parent_path());
  fs::copy(folder_, copy);
  const auto probability = [&](const fs::path& folder) {
    return model::PhotoProbabilities(model::LoadBundle(folder), {{Png(9, 80, 90), ""}},
                                     {{}, "cpu", ""})[0]
        .value();
  };
  const double expected = probability(folder_);
  fs::remove_all(folder_);
  EXPECT_EQ(probability(copy), expected);
}

TEST_F(NetworkBundleTest, EqualContentGivesEqualBytes) {
  const auto bytes = [&] {
    std::string all;
    for (const char* name : {"student.safetensors", "head.safetensors", "bundle.yaml"})
      all += ReadFile(folder_ / name);
    return all;
  };
  const std::string first = bytes();
  Save(network_.parameters());
  EXPECT_EQ(bytes(), first);
}

TEST_F(NetworkBundleTest, DamagedAndMissingWeightsAreNamed) {
  const fs::path file = folder_ / "student.safetensors";
  const std::string bytes = ReadFile(file);
  const auto message = [&] { return MessageOf([&] { model::LoadBundle(folder_); }); };
  for (const size_t size : {size_t{0}, size_t{8}, bytes.size() / 2, bytes.size() - 1}) {
    PublishBytes(file, bytes.substr(0, size));
    EXPECT_THAT(message(), AllOf(HasSubstr("student.safetensors"), HasSubstr("damaged"))) << size;
  }
  std::string flipped = bytes;
  flipped[bytes.size() - 100] ^= 1;
  PublishBytes(file, flipped);
  EXPECT_THAT(message(), AllOf(HasSubstr("student.safetensors"), HasSubstr("damaged")));
  fs::remove(file);
  EXPECT_THAT(message(), AllOf(HasSubstr("student.safetensors"), HasSubstr("no such file")));
  PublishBytes(file, bytes);
  EXPECT_EQ(message(), "no error");
}

}  // namespace
}  // namespace kallos::train
