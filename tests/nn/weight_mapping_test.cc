#include "lib/nn/weight_mapping.h"

#include <gmock/gmock.h>

#include <cmath>

#include "lib/core/error.h"
#include "lib/nn/backbone.h"
#include "lib/nn/weight_names.h"
#include "tests/nn/reference_weights.h"

namespace kallos::nn {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using weights::FileFormat;
using weights::Tensor;
using weights::TensorFile;

constexpr char kSmall[] = "mobilenet_v1_025";

// What Keras does with the tensors of a block that is one layer: the moving statistics come last.
void MoveStatisticsToTheEnd(TensorFile& file) {
  for (auto begin = file.tensors.begin(); begin != file.tensors.end();) {
    const auto end = std::find_if(begin, file.tensors.end(),
                                  [&](const Tensor& t) { return t.layer != begin->layer; });
    std::stable_partition(
        begin, end, [](const Tensor& t) { return t.name.find("/moving_") == std::string::npos; });
    begin = end;
  }
}

// A Keras file of a backbone, names and shapes only; conv2d and batch_normalization counted from
// `first`.
TensorFile KerasIndex(const std::string& backbone, int first = 0, int64_t outputs = 0) {
  TensorFile file{"keras.h5", FileFormat::kKerasHdf5, "", "", {}};
  for (const ParameterLayer& layer : KerasLayout(backbone, outputs)) {
    std::string name = layer.name;
    for (const std::string kind : {"conv2d", "batch_normalization"}) {
      if (name != kind && !name.starts_with(kind + "_")) continue;
      const int number = name == kind ? 0 : std::stoi(name.substr(kind.size() + 1));
      name = fmt::format("{}_{}", kind, number + first);
      if (number + first == 0) name = kind;
    }
    for (size_t k = 0; k < layer.weights.size(); ++k)
      file.tensors.push_back({name + "/" + layer.weights[k] + ":0",
                              name.substr(0, name.find('/')),
                              weights::Dtype::kFloat32,
                              layer.shapes[k],
                              {}});
  }
  MoveStatisticsToTheEnd(file);
  return file;
}

std::vector<std::string> Faults(const TensorFile& file, const std::string& backbone) {
  return MapParameters(KerasLayout(backbone), file, backbone).faults;
}

// Gives two layers of a Keras file each other's names, tensors and all: what a wrong layer_names
// does.
void SwapNames(TensorFile& file, const std::string& a, const std::string& b) {
  for (Tensor& tensor : file.tensors) {
    if (tensor.layer == a) {
      tensor.layer = b;
    } else if (tensor.layer == b) {
      tensor.layer = a;
    }
  }
}

// timm's file of the same parameters, by an index computation of its own.
TensorFile TimmFile(const std::string& backbone, const ParameterValues& values) {
  TensorFile file{"timm.safetensors", FileFormat::kSafetensors, "", "", {}};
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const NamedParameter& own : OwnNames(KerasLayout(backbone))) shapes[own.key] = own.shape;
  for (const NamedParameter& timm : PyTorchNames(backbone, KerasLayout(backbone))) {
    const std::vector<int64_t>& s = shapes.at(timm.key);
    Tensor tensor{timm.name, "", weights::Dtype::kFloat32, s, values.at(timm.key)};
    const std::vector<float>& from = values.at(timm.key);
    if (s.size() == 4) {
      const bool depthwise = timm.key.ends_with("depthwise_kernel");
      tensor.shape = depthwise ? std::vector<int64_t>{s[2], 1, s[0], s[1]}
                               : std::vector{s[3], s[2], s[0], s[1]};
      const int64_t outputs = s[2] * s[3];
      const int64_t places = s[0] * s[1];
      for (int64_t place = 0; place < places; ++place) {
        for (int64_t i = 0; i < s[2]; ++i) {
          for (int64_t o = 0; o < s[3]; ++o) {
            const int64_t row = depthwise ? i : o * s[2] + i;  // [O, I] or [C, 1]
            tensor.values[static_cast<size_t>(row * places + place)] =
                from[static_cast<size_t>(place * outputs + i * s[3] + o)];
          }
        }
      }
    }
    file.tensors.push_back(std::move(tensor));
  }
  return file;
}

ParameterValues RandomWithGammas(const std::string& backbone) {
  ParameterValues values = RandomParameters(KerasLayout(backbone), 3);
  float next = 0.5f;
  for (const NamedParameter& own : OwnNames(KerasLayout(backbone))) {
    if (own.shape.size() == 4) continue;
    std::vector<float>& tensor = values[own.key];
    tensor.resize(static_cast<size_t>(own.shape[0]));
    for (float& value : tensor) value = next += 0.001f;
  }
  return values;
}

TEST(WeightMapping, TimmsNamesGiveTheSameParameters) {
  const ParameterValues values = RandomWithGammas("efficientnet_b0");
  TensorFile file = TimmFile("efficientnet_b0", values);
  file.tensors.push_back({"bn1.num_batches_tracked", "", weights::Dtype::kInt64, {}, {}, {7}});
  file.tensors.push_back({"classifier.weight", "", weights::Dtype::kFloat32, {1000, 1280}, {}});
  file.tensors.push_back({"classifier.bias", "", weights::Dtype::kFloat32, {1000}, {}});
  const MappedParameters mapped =
      TakeParameters(KerasLayout("efficientnet_b0"), file, "efficientnet_b0");
  EXPECT_EQ(mapped.convention, "PyTorch's names, as timm or torchvision has them");
  EXPECT_EQ(mapped.values, values);
}

// Names and shapes as a real file has them: one of each kind.
TEST(WeightNames, KnownNamesOfTimm) {
  std::map<std::string, NamedParameter> own;
  const auto remember = [&](const std::string& backbone) {
    own.clear();
    for (const NamedParameter& p : PyTorchNames(backbone, KerasLayout(backbone))) own[p.key] = p;
  };
  using Shape = std::vector<int64_t>;
  remember("efficientnet_b0");
  EXPECT_EQ(own.size(), 309u);
  EXPECT_EQ(own.at("stem_conv/kernel").name, "conv_stem.weight");
  EXPECT_EQ(own.at("block1a_dwconv/depthwise_kernel").name, "blocks.0.0.conv_dw.weight");
  EXPECT_EQ(own.at("block1a_dwconv/depthwise_kernel").shape, (Shape{32, 1, 3, 3}));
  EXPECT_EQ(own.at("block1a_bn/gamma").name, "blocks.0.0.bn1.weight");
  EXPECT_EQ(own.at("block1a_project_conv/kernel").name, "blocks.0.0.conv_pw.weight");
  EXPECT_EQ(own.at("block1a_project_conv/kernel").shape, (Shape{16, 32, 1, 1}));
  EXPECT_EQ(own.at("block1a_project_bn/moving_variance").name, "blocks.0.0.bn2.running_var");
  EXPECT_EQ(own.at("block2a_se_reduce/bias").name, "blocks.1.0.se.conv_reduce.bias");
  EXPECT_EQ(own.at("block3b_bn/beta").name, "blocks.2.1.bn2.bias");
  EXPECT_EQ(own.at("block3b_project_conv/kernel").name, "blocks.2.1.conv_pwl.weight");
  EXPECT_EQ(own.at("block3b_project_bn/moving_mean").name, "blocks.2.1.bn3.running_mean");
  EXPECT_EQ(own.at("top_bn/gamma").name, "bn2.weight");
  remember("inception_resnet_v2");
  EXPECT_EQ(own.size(), 1100u);
  EXPECT_EQ(own.at("conv2d_4/kernel").name, "conv2d_4a.conv.weight");
  EXPECT_EQ(own.at("conv2d_11/kernel").name, "mixed_5b.branch3.1.conv.weight");
  EXPECT_EQ(own.at("batch_normalization_12/moving_variance").name,
            "repeat.0.branch0.bn.running_var");
  EXPECT_EQ(own.at("block35_10_conv/bias").name, "repeat.9.conv2d.bias");
  EXPECT_EQ(own.at("conv2d_72/kernel").name, "mixed_6a.branch0.conv.weight");
  EXPECT_EQ(own.at("block8_9_conv/kernel").name, "repeat_2.8.conv2d.weight");
  EXPECT_EQ(own.at("block8_10_conv/kernel").name, "block8.conv2d.weight");
  EXPECT_EQ(own.at("conv2d_202/kernel").name, "block8.branch1.2.conv.weight");
  EXPECT_EQ(own.at("conv2d_202/kernel").shape, (Shape{256, 224, 3, 1}));
  EXPECT_EQ(own.at("conv_7b_bn/gamma").name, "conv2d_7b.bn.weight");
  EXPECT_TRUE(PyTorchNames(kSmall, KerasLayout(kSmall)).empty());
}

TEST(WeightMapping, EveryBackboneTakesItsOwnAndTimmsNames) {
  for (const std::string& backbone : BackboneNames()) {
    EXPECT_TRUE(Faults(KerasIndex(backbone), backbone).empty()) << backbone;
    TensorFile file{"timm.pth", FileFormat::kPytorch, "", "", {}};
    for (const NamedParameter& p : PyTorchNames(backbone, KerasLayout(backbone)))
      file.tensors.push_back({p.name, "", weights::Dtype::kFloat32, p.shape, {}});
    if (file.tensors.empty()) continue;
    EXPECT_TRUE(Faults(file, backbone).empty()) << backbone;
    EXPECT_FALSE(Faults(file, kSmall).empty());
  }
}

TEST(WeightMapping, OwnNamesRoundTrip) {
  for (const std::string name : {kSmall, "shufflenet_v2_narrow", "shufflenet_v2_x0_5"}) {
    const std::vector<ParameterLayer> layers = KerasLayout(name);
    const ParameterValues values = TakeParameters(layers, ReferenceWeights(name), name).values;
    TensorFile file{"own.safetensors", FileFormat::kSafetensors, "", "",
                    OwnTensors(layers, values)};
    EXPECT_EQ(TakeParameters(layers, file, name).values, values);
    for (Tensor& tensor : file.tensors) tensor.name += ":0";  // as a Keras file has them
    EXPECT_EQ(TakeParameters(layers, file, name).values, values);
    for (Tensor& tensor : file.tensors) {  // as Keras 3 has them
      tensor.name = tensor.name.substr(0, tensor.name.size() - 2);
      if (tensor.name.ends_with("depthwise_kernel"))
        tensor.name.replace(tensor.name.rfind('/') + 1, 10, "");
    }
    EXPECT_EQ(TakeParameters(layers, file, name).values, values);
  }
}

TEST(WeightMapping, FaultsByName) {
  TensorFile file = ReferenceWeights(kSmall);
  file.tensors[1].values[3] = INFINITY;
  file.tensors[2].values[0] = NAN;
  Tensor& pointwise = *std::find_if(file.tensors.begin(), file.tensors.end(),
                                    [](const Tensor& t) { return t.name == "conv_pw_1/kernel"; });
  std::swap(pointwise.shape[2], pointwise.shape[3]);  // [1, 1, 8, 16] transposed
  file.tensors.push_back({"extra/kernel", "", weights::Dtype::kFloat32, {2}, {1, 2}});
  file.tensors.push_back({"conv1/kernel:0", "", weights::Dtype::kFloat32, {2}, {1, 2}});
  file.tensors.erase(file.tensors.begin() + 4);
  const std::vector<std::string> faults = Faults(file, kSmall);
  EXPECT_THAT(faults,
              testing::UnorderedElementsAre(
                  "conv1_bn/gamma: holds NaN or infinity", "conv1_bn/beta: holds NaN or infinity",
                  "conv_pw_1/kernel: expected [1, 1, 8, 16], found [1, 1, 16, 8]",
                  "unexpected extra/kernel [2]", "conv1/kernel appears twice, as conv1/kernel:0",
                  "missing conv1_bn/moving_variance [8]"));
}

TEST(WeightMapping, FaultsOfTimmFiles) {
  TensorFile file{"timm.pth", FileFormat::kPytorch, "", "", {}};
  for (const NamedParameter& p : PyTorchNames("efficientnet_b0", KerasLayout("efficientnet_b0")))
    file.tensors.push_back({p.name, "", weights::Dtype::kFloat32, p.shape, {}});
  EXPECT_TRUE(Faults(file, "efficientnet_b0").empty());
  EXPECT_THAT(Faults(file, "efficientnet_b1"),
              Contains(HasSubstr("missing blocks.0.1.conv_dw.weight")));
  std::swap(file.tensors[0].shape[0], file.tensors[0].shape[2]);
  EXPECT_THAT(
      Faults(file, "efficientnet_b0"),
      testing::ElementsAre(
          "conv_stem.weight (stem_conv/kernel): expected [32, 3, 3, 3], found [3, 3, 32, 3]"));
}

TEST(WeightMapping, KerasNumbersMayStartAnywhere) {
  for (const int first : {1, 7, 203}) {
    const TensorFile file = KerasIndex("inception_resnet_v2", first);
    EXPECT_TRUE(Faults(file, "inception_resnet_v2").empty());
  }
}

// Three 1x1x320x32 kernels stand in each block35; exchanged they would pass every check of shapes.
TEST(WeightMapping, SwappedLayersOfEqualShape) {
  TensorFile file = KerasIndex("inception_resnet_v2", 1);
  SwapNames(file, "conv2d_13", "conv2d_16");
  EXPECT_THAT(Faults(file, "inception_resnet_v2"),
              testing::UnorderedElementsAre(
                  "layer conv2d_13 (conv2d_12) stands in the place of conv2d_15",
                  "layer conv2d_16 (conv2d_15) stands in the place of conv2d_12"));
  file = KerasIndex("inception_resnet_v2", 1);
  SwapNames(file, "batch_normalization_14", "batch_normalization_15");
  EXPECT_EQ(Faults(file, "inception_resnet_v2").size(), 2u);
}

TEST(WeightMapping, NamesThatMeanSomethingMustStandInTheirPlace) {
  TensorFile file = KerasIndex(kSmall);
  SwapNames(file, "conv_dw_8", "conv_dw_9");
  EXPECT_EQ(Faults(file, kSmall).size(), 2u);
  file = KerasIndex("efficientnet_b0");
  SwapNames(file, "block4b_expand_conv", "block4c_expand_conv");
  EXPECT_THAT(Faults(file, "efficientnet_b0"), Contains(HasSubstr("layer block4b_expand_conv")));
  for (Tensor& tensor : file.tensors)
    tensor.layer = "net_" + tensor.layer;  // names of other origin say nothing
  EXPECT_TRUE(Faults(file, "efficientnet_b0").empty());
}

TEST(WeightMapping, ClassifierAndNormalisationAreLeftOut) {
  TensorFile file = KerasIndex("efficientnet_b0");
  file.tensors.insert(file.tensors.begin(),
                      {"normalization/mean:0", "normalization", weights::Dtype::kFloat32, {3}, {}});
  file.tensors.push_back(
      {"predictions/kernel:0", "predictions", weights::Dtype::kFloat32, {1280, 1000}, {}});
  EXPECT_TRUE(Faults(file, "efficientnet_b0").empty());
}

// Keras writes the published student's blocks as one layer each; and a block that was frozen, layer
// by layer.
TEST(WeightMapping, BlocksOfTheNarrowStudent) {
  const std::string name = "shufflenet_v2_narrow";
  const std::vector<ParameterLayer> layers = KerasLayout(name, 7);
  const ParameterValues values = TakeParameters(layers, ReferenceWeights(name, 7), name).values;
  TensorFile file = KerasIndex(name, 0, 7);
  for (Tensor& tensor : file.tensors) {
    tensor.values = values.at(tensor.name.substr(0, tensor.name.size() - 2));
    tensor.name = "shufflenet_v2/" + tensor.layer + "/batch_normalization_9" +
                  tensor.name.substr(tensor.name.rfind('/'));
  }
  EXPECT_EQ(file.tensors[6].layer, "block1");
  EXPECT_EQ(file.tensors[5].layer, "bn1");
  EXPECT_EQ(TakeParameters(layers, file, name).values, values);
  TensorFile frozen{"keras.h5", FileFormat::kKerasHdf5, "", "", {}};
  for (const ParameterLayer& layer : layers) {
    for (size_t k = 0; k < layer.weights.size(); ++k) {
      const std::string key = layer.name + "/" + layer.weights[k];
      frozen.tensors.push_back({key, layer.name.substr(0, layer.name.find('/')),
                                weights::Dtype::kFloat32, layer.shapes[k], values.at(key)});
    }
  }
  EXPECT_EQ(TakeParameters(layers, frozen, name).values, values);
  std::erase_if(file.tensors, [](const Tensor& t) {
    return t.layer == "block2" && t.name.ends_with("moving_mean:0");
  });
  EXPECT_THAT(MapParameters(layers, file, name).faults,
              testing::ElementsAre(
                  HasSubstr("layer block2 (block2): expected 156 tensors (unit0/conv1/kernel")));
}

TEST(WeightMapping, TopIsTakenOnlyWhereTheNetworkHasOne) {
  for (const auto& [name, file_name] :
       {std::pair("shufflenet_v2_x1_0", "fc"), std::pair("efficientnet_b0", "classifier"),
        std::pair("inception_resnet_v2", "classif")}) {
    const std::vector<ParameterLayer> layers = KerasLayout(name, 5);
    TensorFile file{"net.pth", FileFormat::kPytorch, "", "", {}};
    for (const NamedParameter& p : PyTorchNames(name, layers))
      file.tensors.push_back({p.name, "", weights::Dtype::kFloat32, p.shape, {}});
    EXPECT_TRUE(Faults(file, name).empty()) << name;
    EXPECT_TRUE(MapParameters(layers, file, name).faults.empty()) << name;
    std::erase_if(file.tensors, [&](const Tensor& t) { return t.name.starts_with(file_name); });
    EXPECT_EQ(MapParameters(layers, file, name).faults.size(), 2u) << name;
  }
}

// The counts of the published paper's code, in numbers.
TEST(WeightLayout, ParametersOfTheNarrowStudent) {
  int64_t all = 0, trained = 0;
  for (const ParameterLayer& layer : KerasLayout("shufflenet_v2_narrow", 16928)) {
    for (size_t k = 0; k < layer.weights.size(); ++k) {
      int64_t count = 1;
      for (const int64_t n : layer.shapes[k]) count *= n;
      all += count;
      if (!layer.weights[k].starts_with("moving_")) trained += count;
    }
  }
  EXPECT_EQ(all, 4387038);
  EXPECT_EQ(trained, 4384318);
}

TEST(WeightMapping, MissingAndExtraLayersAreNamed) {
  TensorFile file = KerasIndex("efficientnet_b0");
  std::erase_if(file.tensors, [](const Tensor& t) { return t.layer == "block3a_bn"; });
  EXPECT_THAT(Faults(file, "efficientnet_b0"),
              testing::ElementsAre("130 layers with weights expected, 129 found",
                                   "missing layer block3a_bn"));
  file.tensors.push_back({"own/kernel:0", "own", weights::Dtype::kFloat32, {1}, {}});
  file.tensors.push_back({"own2/kernel:0", "own2", weights::Dtype::kFloat32, {1}, {}});
  EXPECT_THAT(Faults(file, "efficientnet_b0"), Contains("unexpected layer own2 (1 tensors)"));
  EXPECT_THAT([&] { TakeParameters(KerasLayout("efficientnet_b0"), file, "efficientnet_b0"); },
              testing::ThrowsMessage<Error>(
                  AllOf(HasSubstr("keras.h5: these are not the weights of efficientnet_b0"),
                        HasSubstr("missing layer block3a_bn"))));
}

}  // namespace
}  // namespace kallos::nn
