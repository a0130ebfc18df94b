// torchvision's own models, with random weights that it saves: our features and outputs must be
// theirs.
#include <fstream>

#include "lib/core/error.h"
#include "tests/nn/pytorch_peer.h"
#include "tests/nn/reference_features.h"

namespace kallos::nn {
namespace {

// Batch norms get statistics and scales of their own, as trained ones have. x.txt holds the
// picture, 0..255, HWC.
constexpr const char* kProgram = R"(import numpy, torch, torchvision
torch.manual_seed(1)
values = numpy.loadtxt("x.txt", dtype="float32").reshape(85, 70, 3) / 255
x = (values - numpy.float32([0.485, 0.456, 0.406])) / numpy.float32([0.229, 0.224, 0.225])
x = torch.from_numpy(x).permute(2, 0, 1)[None]
for width in ("x0_5", "x1_0", "x1_5", "x2_0"):
    name = "shufflenet_v2_" + width
    model = getattr(torchvision.models, name)(num_classes=11).eval()
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                for tensor, low, high in ((module.weight, .8, 1.2), (module.bias, -.1, .1),
                                          (module.running_mean, -.1, .1), (module.running_var, .01, .1)):
                    tensor.uniform_(low, high)
        torch.save(model.state_dict(), name + ".pth")
        features = {}
        for layer in ("stage2", "stage3", "stage4", "conv5"):
            getattr(model, layer).register_forward_hook(
                lambda module, given, made, layer=layer: features.update({layer: made.mean((2, 3))[0]}))
        numpy.savetxt(name + ".outputs.txt", model(x)[0].numpy())
        numpy.savetxt(name + ".multigap.txt", torch.cat([features[k] for k in sorted(features)[1:]
                                                         + sorted(features)[:1]]).numpy())
)";

using TorchvisionTest = PyTorchPeer;

std::vector<float> ReadNumbers(const std::filesystem::path& path) {
  std::ifstream stream(path);
  std::vector<float> values;
  for (float value = 0; stream >> value;) values.push_back(value);
  return values;
}

TEST_F(TorchvisionTest, ShuffleNetsAreTheirs) {
  const std::vector<PictureF> pictures = {ReferencePicture(85, 70)};
  PublishBytes(folder_ / "x.txt", fmt::format("{}", fmt::join(pictures[0].rgb, "\n")));
  ASSERT_TRUE(Run(kProgram));
  for (const std::string width : {"x0_5", "x1_0", "x1_5", "x2_0"}) {
    const std::string name = "shufflenet_v2_" + width;
    for (const auto& [taps, kind] :
         {std::pair(Taps::kOutputs, "outputs"), std::pair(Taps::kMultigap, "multigap")}) {
      const auto backbone = MakeBackbone(name, taps, taps == Taps::kOutputs ? 11 : 0);
      backbone->LoadWeights(weights::ReadTensorFile(folder_ / (name + ".pth")));
      backbone->Prepare({}, Precision::kFp32);
      const Matrix<float> found = backbone->Extract(pictures, backbone->default_scaling());
      const std::vector<float> expected =
          ReadNumbers(folder_ / fmt::format("{}.{}.txt", name, kind));
      ASSERT_EQ(found.columns(), expected.size());
      const Deviation deviation = Compare(found.Row(0), expected, 1);
      fmt::print("{} {}: relative L2 {:.2e}\n", name, kind, deviation.l2);
      ExpectNear(deviation);
    }
  }
}

}  // namespace
}  // namespace kallos::nn
