// The denoising network's parameters, whatever a file calls them, and files that do not hold them.
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "lib/core/error.h"
#include "lib/nn/denoising_network.h"
#include "tests/nn/denoising_weights.h"

namespace kallos::nn {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using weights::FileFormat;
using weights::Tensor;
using weights::TensorFile;

const Tensor& Find(const TensorFile& file, const std::string& name) {
  return *std::find_if(file.tensors.begin(), file.tensors.end(),
                       [&](const Tensor& t) { return t.name == name; });
}

Tensor& Find(TensorFile& file, const std::string& name) {
  return const_cast<Tensor&>(Find(std::as_const(file), name));
}

void Remove(TensorFile& file, const std::function<bool(const Tensor&)>& which) {
  file.tensors.erase(std::remove_if(file.tensors.begin(), file.tensors.end(), which),
                     file.tensors.end());
}

// As a safetensors file has it: names in alphabetical order, no layers.
TensorFile AsSafetensors(TensorFile file) {
  file.format = FileFormat::kSafetensors;
  for (Tensor& tensor : file.tensors) tensor.layer.clear();
  std::sort(file.tensors.begin(), file.tensors.end(),
            [](const Tensor& a, const Tensor& b) { return a.name < b.name; });
  return file;
}

// A PyTorch state dict: kernels OIHW, modules numbered as in nn.Sequential, convolution and batch
// norm in turn.
TensorFile AsPytorch(const TensorFile& keras) {
  static const std::map<std::string, std::string> names = {{"kernel:0", "weight"},
                                                           {"gamma:0", "weight"},
                                                           {"bias:0", "bias"},
                                                           {"beta:0", "bias"},
                                                           {"moving_mean:0", "running_mean"},
                                                           {"moving_variance:0", "running_var"}};
  TensorFile file{"denoiser.pth", FileFormat::kPytorch, "", "", {}};
  std::string layer;
  int module = -1;
  for (Tensor tensor : keras.tensors) {
    if (tensor.layer != layer) ++module;
    layer = tensor.layer;
    tensor.name = fmt::format("net.{}.{}", module, names.at(tensor.name.substr(layer.size() + 1)));
    tensor.layer.clear();
    if (tensor.shape.size() == 4) {
      const auto in = static_cast<size_t>(tensor.shape[2]),
                 out = static_cast<size_t>(tensor.shape[3]);
      std::vector<float> values(tensor.values.size());
      for (size_t i = 0; i < values.size(); ++i)  // HWIO: tap, input, output
        values[(i % out * in + i / out % in) * 9 + i / out / in] = tensor.values[i];
      tensor.values = values;
      tensor.shape = {tensor.shape[3], tensor.shape[2], 3, 3};
    }
    file.tensors.push_back(tensor);
  }
  file.tensors.push_back({"net.2.num_batches_tracked", "", weights::Dtype::kInt64, {}, {}, {7}});
  return file;
}

std::string Refusal(const TensorFile& file) {
  try {
    DenoisingParameters(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  return "taken";
}

TEST(DenoisingParameters, AreTheTensorsOfTheFile) {
  const TensorFile file = DenoisingFile();
  const ParameterValues values = DenoisingParameters(file);
  EXPECT_EQ(values.size(), file.tensors.size());
  for (const Tensor& tensor : file.tensors)
    EXPECT_EQ(values.at(tensor.name.substr(0, tensor.name.size() - 2)), tensor.values)
        << tensor.name;
}

TEST(DenoisingParameters, TheSameWhateverTheFormatAndTheNumbers) {
  const ParameterValues expected = DenoisingParameters(DenoisingFile());
  EXPECT_EQ(DenoisingParameters(DenoisingFile(8)), expected);
  EXPECT_EQ(DenoisingParameters(AsSafetensors(DenoisingFile())), expected);
  EXPECT_EQ(DenoisingParameters(AsSafetensors(DenoisingFile(8))), expected)
      << "conv2d_10 comes after conv2d_9";
  EXPECT_EQ(DenoisingParameters(AsPytorch(DenoisingFile())), expected);
  TensorFile sorted = AsPytorch(DenoisingFile());
  EXPECT_EQ(DenoisingParameters(AsSafetensors(sorted)), expected) << "net.10 comes after net.9";
}

TEST(DenoisingParameters, BiasGammaAndBetaMayBeAbsent) {
  TensorFile file = DenoisingFile();
  Remove(file, [](const Tensor& tensor) {
    return tensor.name == "conv2d_2/bias:0" || tensor.name.ends_with("gamma:0") ||
           tensor.name.ends_with("beta:0");
  });
  const ParameterValues values = DenoisingParameters(file);
  EXPECT_EQ(values.at("conv2d_2/bias"), std::vector<float>(64, 0));
  EXPECT_EQ(values.at("batch_normalization_5/gamma"), std::vector<float>(64, 1));
  EXPECT_EQ(values.at("batch_normalization_5/beta"), std::vector<float>(64, 0));
}

TEST(DenoisingParameters, AMissingOrExtraLayerIsNamed) {
  TensorFile file = DenoisingFile();
  Remove(file, [](const Tensor& tensor) { return tensor.layer == "conv2d_4"; });
  EXPECT_THAT(Refusal(file),
              AllOf(HasSubstr("denoiser.h5"), HasSubstr("expected seven convolutions 3 x 3"),
                    HasSubstr("6 convolutions found: conv2d_1, conv2d_2, conv2d_3, conv2d_5"),
                    HasSubstr("5 batch norms found: batch_normalization_1")));
  file = DenoisingFile();
  Remove(file, [](const Tensor& tensor) { return tensor.layer == "batch_normalization_3"; });
  EXPECT_THAT(
      Refusal(file),
      HasSubstr("4 batch norms found: batch_normalization_1, batch_normalization_2, batch_norm"));
  file = DenoisingFile();
  file.tensors.push_back({"extra/kernel:0",
                          "extra",
                          weights::Dtype::kFloat32,
                          {3, 3, 64, 64},
                          std::vector<float>(36864)});
  EXPECT_THAT(Refusal(file), HasSubstr("8 convolutions found"));
  file = DenoisingFile();
  file.tensors.push_back(
      {"dense/kernel:0", "dense", weights::Dtype::kFloat32, {64, 10}, std::vector<float>(640)});
  EXPECT_THAT(Refusal(file), HasSubstr("unexpected dense/kernel:0 [64, 10]"));
  EXPECT_THAT(Refusal({"empty.h5", FileFormat::kKerasHdf5, "", "", {}}),
              HasSubstr("0 convolutions found: none"));
}

TEST(DenoisingParameters, AWrongTensorIsNamed) {
  TensorFile file = DenoisingFile();
  Tensor& kernel = Find(file, "conv2d_3/kernel:0");
  kernel.shape = {3, 3, 64, 24};
  kernel.values.resize(9 * 64 * 24);
  Find(file, "batch_normalization_2/moving_variance:0").values[5] = -1;
  Find(file, "conv2d_1/bias:0").values[0] = std::numeric_limits<float>::quiet_NaN();
  Remove(file,
         [](const Tensor& tensor) { return tensor.name == "batch_normalization_4/moving_mean:0"; });
  EXPECT_THAT(
      Refusal(file),
      AllOf(
          HasSubstr(
              "conv2d_3/kernel:0 (conv2d_3/kernel): expected [3, 3, 64, 64], found [3, 3, 64, 24]"),
          HasSubstr("layer batch_normalization_2: a variance below 0"),
          HasSubstr("conv2d_1/bias:0 (conv2d_1/bias): holds NaN or infinity"),
          HasSubstr("layer batch_normalization_4: no moving_mean")));
  TensorFile pytorch = AsPytorch(DenoisingFile());
  pytorch.tensors[0].shape = {64, 3, 3, 3};
  pytorch.tensors[0].values.resize(1728);
  EXPECT_THAT(
      Refusal(pytorch),
      HasSubstr("net.0.weight (conv2d_1/kernel): expected [64, 5, 3, 3], found [64, 3, 3, 3]"));
}

}  // namespace
}  // namespace kallos::nn
