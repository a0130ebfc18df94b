// Exported networks, loaded and run by PyTorch, must give what the backbone gives.
#include "lib/nn/torchscript.h"

#include <fstream>

#include "tests/nn/pytorch_peer.h"
#include "tests/nn/reference_features.h"

namespace kallos::nn {
namespace {

using TorchScriptTest = PyTorchPeer;

struct Case {
  std::string name;
  Taps taps;
  int64_t outputs;
  int height, width;
};

// Writes y.txt, what the exported network makes of the pictures in x.txt.
constexpr const char* kProgram = R"(import numpy, torch
model = torch.jit.load("network.pt")
x = numpy.loadtxt("x.txt", dtype="float32").reshape(1, HEIGHT, WIDTH, 3)
with torch.no_grad():
    y = model(torch.from_numpy(x).permute(0, 3, 1, 2).repeat(2, 1, 1, 1))
assert (y[0] - y[1]).abs().max() < 1e-4, "pictures of a batch"
numpy.savetxt("y.txt", y[0].numpy())
)";

std::string ProgramFor(const Case& c) {
  return fmt::format("HEIGHT, WIDTH = {}, {}\n{}", c.height, c.width, kProgram);
}

TEST_F(TorchScriptTest, RunsInPyTorchAsHere) {
  for (const Case& c : {Case{"shufflenet_v2_narrow", Taps::kOutputs, 12, 97, 64},
                        Case{"shufflenet_v2_narrow_legacy", Taps::kMultigap, 0, 64, 75},
                        Case{"shufflenet_v2_x0_5", Taps::kOutputs, 12, 75, 96},
                        Case{"mobilenet_v1_025", Taps::kPooled, 0, 64, 65},
                        Case{"efficientnet_b0", Taps::kMultigap, 0, 70, 101},
                        Case{"inception_resnet_v2", Taps::kMultigap, 0, 99, 120}}) {
    const weights::TensorFile file = ReferenceWeights(c.name, c.outputs);
    const auto backbone = MakeBackbone(c.name, c.taps, c.outputs);
    backbone->LoadWeights(file);
    backbone->Prepare({}, Precision::kFp32);
    const std::vector<PictureF> pictures = {ReferencePicture(c.height, c.width)};
    const Matrix<float> expected = backbone->Extract(pictures, backbone->default_scaling());
    WriteTorchScript(folder_ / "network.pt", c.name, file, c.taps, backbone->default_scaling(),
                     c.outputs);
    PublishBytes(folder_ / "x.txt", fmt::format("{}", fmt::join(pictures[0].rgb, "\n")));
    ASSERT_TRUE(Run(ProgramFor(c))) << c.name;
    std::ifstream stream(folder_ / "y.txt");
    std::vector<float> found;
    for (float value = 0; stream >> value;) found.push_back(value);
    ASSERT_EQ(found.size(), expected.columns()) << c.name;
    const Deviation deviation = Compare(found, {expected.Row(0).begin(), expected.Row(0).end()}, 1);
    fmt::print("{}: relative L2 {:.1e}, largest {:.1e}\n", c.name, deviation.l2, deviation.largest);
    EXPECT_LT(deviation.l2, 1e-5) << c.name;
    EXPECT_LT(deviation.largest, 1e-5) << c.name;
  }
}

TEST(TorchScript, RefusesOtherWeights) {
  EXPECT_THROW(
      WriteTorchScript("unwritten.pt", "mobilenet_v1_025", ReferenceWeights("shufflenet_v2_narrow"),
                       Taps::kPooled, Scaling::kUnit),
      Error);
  EXPECT_FALSE(std::filesystem::exists("unwritten.pt"));
}

}  // namespace
}  // namespace kallos::nn
