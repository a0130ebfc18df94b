#include "lib/nn/training/trainable_network.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/parallel/parallel.h"
#include "lib/weights/safetensors.h"
#include "tests/nn/reference_weights.h"

namespace kallos::nn {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using weights::Tensor;

constexpr char kStudent[] = "shufflenet_v2_narrow";
constexpr int64_t kOutputs = 6;

TrainingOptions Options(const std::string& network = kStudent) {
  TrainingOptions options;
  options.network = network;
  options.outputs = kOutputs;
  options.optimizer.average = 0.5;
  return options;
}

std::vector<PictureF> Pictures(size_t count) {
  std::vector<PictureF> pictures;
  for (size_t i = 0; i < count; ++i) {
    pictures.push_back(ReferencePicture(64, 64));
    for (size_t k = 0; k < pictures[i].rgb.size(); ++k)
      pictures[i].rgb[k] *= static_cast<float>(k / 3 % (i + 2)) / static_cast<float>(i + 1);
  }
  return pictures;
}

// Half the squared distance to a target of each picture.
double Distance(MatrixView<const float> outputs, MatrixView<float> gradient) {
  double loss = 0;
  for (size_t i = 0; i < outputs.rows; ++i) {
    for (size_t k = 0; k < outputs.columns; ++k) {
      const auto target = static_cast<float>(std::sin(static_cast<double>(3 * i + k)));
      gradient(i, k) = (outputs(i, k) - target) / static_cast<float>(outputs.rows);
      loss += 0.5 * std::pow(outputs(i, k) - target, 2);
    }
  }
  return loss;
}

double StepOn(TrainableNetwork& network, const std::vector<PictureF>& pictures,
              double rate = 0.003) {
  double loss = 0;
  network.Step(pictures, rate, 9, [&](const auto& outputs, const auto& gradient) {
    loss = Distance(outputs, gradient);
  });
  return loss;
}

void ExpectSame(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    EXPECT_EQ(a[i].shape, b[i].shape);
    EXPECT_EQ(a[i].values, b[i].values) << a[i].name;
  }
}

TEST(TrainableNetwork, LearnsWhatItIsTaught) {
  for (const std::string name : {kStudent, "shufflenet_v2_x0_5", "efficientnet_b0"}) {
    TrainingOptions options = Options(name);
    options.dropout = 0.0;
    TrainableNetwork network(options);
    network.Initialize(1);
    const std::vector<PictureF> pictures = Pictures(4);
    const double first = StepOn(network, pictures);
    double last = first;
    for (int i = 0; i < 25; ++i) last = StepOn(network, pictures);
    EXPECT_LT(last, 0.05 * first) << name;
    EXPECT_EQ(network.steps(), 26);
  }
}

// In inference mode it is the backbone that extraction would use.
TEST(TrainableNetwork, InfersAsTheBackboneDoes) {
  TrainableNetwork network(Options());
  network.Initialize(2);
  const std::vector<PictureF> pictures = Pictures(3);
  for (int i = 0; i < 3; ++i) StepOn(network, pictures);
  for (const bool averaged : {false, true}) {
    weights::TensorFile file{"student", weights::FileFormat::kSafetensors, "", "", {}};
    file.tensors = averaged ? network.average() : network.parameters();
    const auto backbone = MakeBackbone(kStudent, Taps::kOutputs, kOutputs);
    backbone->LoadWeights(file);
    backbone->Prepare({}, Precision::kFp32);
    const Matrix<float> expected = backbone->Extract(pictures, backbone->default_scaling());
    const Matrix<float> found = network.Infer(pictures, averaged);
    for (size_t i = 0; i < pictures.size(); ++i) {
      EXPECT_THAT(found.Row(i), testing::ElementsAreArray(expected.Row(i)));
    }
  }
}

// A first step of Adam goes as far as the learning rate, whatever the gradient's length; later ones
// remember.
TEST(TrainableNetwork, ForgottenMomentsAreNew) {
  const std::vector<PictureF> pictures = Pictures(2);
  TrainableNetwork network(Options());
  network.Initialize(2);
  for (int i = 0; i < 3; ++i) StepOn(network, pictures);
  weights::TensorFile file{"student", weights::FileFormat::kSafetensors, "", "",
                           network.parameters()};
  TrainableNetwork fresh(Options());
  fresh.Load(file);
  const auto largest_change = [&](TrainableNetwork& one) {
    const std::vector<weights::Tensor> before = one.parameters();
    StepOn(one, pictures);
    double largest = 0;
    for (const weights::Tensor& after : one.parameters()) {
      const auto same = std::ranges::find(before, after.name, &weights::Tensor::name);
      if (after.name.find("moving_") != std::string::npos) continue;
      for (size_t i = 0; i < after.values.size(); ++i)
        largest = std::max(largest, std::abs(double{after.values[i]} - same->values[i]));
    }
    return largest;
  };
  network.ForgetMoments();
  EXPECT_EQ(network.steps(), 3);
  const double expected = largest_change(fresh);
  EXPECT_NEAR(largest_change(network), expected, 0.02 * expected);
}

TEST(TrainableNetwork, GoesOnFromItsStateToTheSameBytes) {
  const std::vector<PictureF> pictures = Pictures(3);
  TrainableNetwork network(Options());
  network.Initialize(3);
  for (int i = 0; i < 2; ++i) StepOn(network, pictures);
  const auto path = std::filesystem::path(testing::TempDir()) / "kallos_training_state.safetensors";
  weights::WriteSafetensors(path, network.state());
  for (int i = 0; i < 2; ++i) StepOn(network, pictures);
  SetThreads(1);
  TrainableNetwork resumed(Options());
  resumed.set_state(weights::ReadTensorFile(path).tensors, path.string());
  EXPECT_EQ(resumed.steps(), 2);
  for (int i = 0; i < 2; ++i) StepOn(resumed, pictures);
  SetThreads(0);
  ExpectSame(resumed.state(), network.state());
  std::filesystem::remove(path);
}

TEST(TrainableNetwork, RefusesTheStateOfAnother) {
  TrainableNetwork network(Options());
  network.Initialize(3);
  std::vector<Tensor> state = network.state();
  state.pop_back();
  EXPECT_THAT([&] { network.set_state(state, "s.safetensors"); },
              ThrowsMessage<Error>(testing::AllOf(HasSubstr("s.safetensors: expected average/"),
                                                  HasSubstr("found none"))));
  state = network.state();
  state.push_back({"more", "", weights::Dtype::kFloat32, {1}, {0}});
  EXPECT_THAT([&] { network.set_state(state, "s"); },
              ThrowsMessage<Error>(HasSubstr("unexpected more")));
  TrainingOptions other = Options();
  other.outputs = kOutputs + 1;
  EXPECT_THAT([&] { TrainableNetwork(other).set_state(network.state(), "s"); },
              ThrowsMessage<Error>(HasSubstr("dense1/")));
}

TEST(TrainableNetwork, FreezesUpToALayer) {
  TrainingOptions options = Options();
  options.freeze = "block2";
  TrainableNetwork network(options);
  network.Initialize(4);
  const std::vector<Tensor> before = network.parameters();
  StepOn(network, Pictures(2));
  const std::vector<Tensor> after = network.parameters();
  for (size_t i = 0; i < before.size(); ++i) {
    const std::string& name = before[i].name;
    const bool frozen = name.starts_with("conv1/") || name.starts_with("bn1/") ||
                        name.starts_with("block1/") || name.starts_with("block2/");
    const bool moves = name.ends_with("moving_mean");
    if (frozen || moves) {
      EXPECT_EQ(before[i].values == after[i].values, frozen) << name;
    }
  }
  options.freeze = "blok2";
  EXPECT_THAT([&] { TrainableNetwork network2(options); },
              ThrowsMessage<Error>(HasSubstr("block2")));
}

TEST(TrainableNetwork, TakesABodyAndBeginsItsTop) {
  weights::TensorFile file =
      ReferenceWeights(kStudent, 100);  // a classifier of another size is left out
  TrainableNetwork network(Options());
  network.LoadBody(file, 5);
  TrainableNetwork fresh(Options());
  fresh.Initialize(5);
  const std::vector<Tensor> loaded = network.parameters(), initial = fresh.parameters();
  for (size_t i = 0; i < loaded.size(); ++i) {
    if (loaded[i].name.starts_with("dense1/")) {
      EXPECT_EQ(loaded[i].values, initial[i].values);
    } else {
      const auto same = [&](const Tensor& t) { return t.name == loaded[i].name; };
      EXPECT_EQ(loaded[i].values,
                std::find_if(file.tensors.begin(), file.tensors.end(), same)->values);
    }
  }
  EXPECT_THAT([&] { network.Load(file); },
              ThrowsMessage<Error>(HasSubstr("dense1/kernel: expected [256, 6]")));
}

TEST(TrainableNetwork, RefusesWhatIsNotFinite) {
  TrainableNetwork network(Options());
  network.Initialize(6);
  const auto loss = [](const auto&, MatrixView<float> gradient) { gradient(0, 0) = NAN; };
  EXPECT_THAT([&] { network.Step(Pictures(2), 0.1, 1, loss); },
              ThrowsMessage<Error>(HasSubstr("not finite")));
  TrainingOptions options = Options();
  options.dropout = 1.0;
  EXPECT_THROW(TrainableNetwork{options}, Error);
  options = Options();
  options.precision = Precision::kTf32;
  EXPECT_THAT([&] { TrainableNetwork{options}; }, ThrowsMessage<Error>(HasSubstr("fp32")));
}

}  // namespace
}  // namespace kallos::nn
