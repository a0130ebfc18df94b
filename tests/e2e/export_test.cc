// What kallos-distill export writes of the student in configs/quickstart.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "lib/core/csv.h"
#include "lib/core/file.h"
#include "lib/core/rng.h"
#include "lib/core/text.h"
#include "lib/image/image.h"
#include "lib/weights/tensor_file.h"
#include "tests/e2e/command.h"
#include "tests/nn/pytorch_peer.h"

namespace kallos::e2e {
namespace {

using testing::HasSubstr;

constexpr int kSize = 160;  // of the student's input: its resize leaves such a photograph as it is
const std::string kStudent = KALLOS_SOURCE_DIR "/configs/quickstart/student";

Outcome Export(const fs::path& bundle, const fs::path& to) {
  return RunProgram({"kallos-distill", "export", "--bundle", bundle.string(), "--to", to.string()});
}

using ExportToPyTorch = nn::PyTorchPeer;

TEST_F(ExportToPyTorch, JudgesAPhotographAsKallosRateDoes) {
  Stream random(1, "tests/e2e/export");
  Picture8 picture{kSize, kSize, {}};
  for (int i = 0; i < kSize * kSize * 3; ++i)
    picture.rgb.push_back(
        static_cast<uint8_t>(i / 3 / kSize + static_cast<int>(random.Uniform(0, 90))));
  image::WritePng(folder_ / "photo.png", picture);
  PublishBytes(folder_ / "x.txt", fmt::format("{}", fmt::join(picture.rgb, "\n")));
  ASSERT_EQ(Export(kStudent, folder_ / "student.PT").code, 0);
  ASSERT_TRUE(Run(R"(import numpy, torch
x = torch.from_numpy(numpy.loadtxt("x.txt", dtype="float32").reshape(1, 160, 160, 3)).permute(0, 3, 1, 2)
with torch.no_grad():
    numpy.savetxt("y.txt", torch.jit.load("student.PT")(x).numpy())
)"));
  double theirs = -1;
  std::ifstream(folder_ / "y.txt") >> theirs;
  const Outcome rated = RunProgram({"kallos-rate", "--log-level", "error", "--bundle", kStudent,
                                    "--format", "csv", (folder_ / "photo.png").string()});
  ASSERT_EQ(rated.code, 0) << rated.output;
  const CsvTable table = ParseCsv(rated.output, "kallos-rate");
  EXPECT_NEAR(ParseDouble(table.rows.at(0).at(*table.Find("probability"))).value(), theirs, 2e-6);
}

class ExportTest : public testing::Test {
 protected:
  const fs::path folder_ = MakeTestFolder("export");
};

TEST_F(ExportTest, SafetensorsHaveNetworkAndHead) {
  const fs::path to = folder_ / "夕日 student.safetensors";
  ASSERT_EQ(Export(kStudent, to).code, 0);
  const std::vector<weights::Tensor> exported = weights::ReadTensorFile(to).tensors;
  const auto expect = [&](const std::string& file, const std::string& prefix) {
    const std::vector<weights::Tensor> tensors =
        weights::ReadTensorFile(kStudent + "/" + file).tensors;
    for (const weights::Tensor& tensor : tensors) {
      const auto found = std::ranges::find(exported, prefix + tensor.name, &weights::Tensor::name);
      EXPECT_TRUE(found != exported.end() && found->values == tensor.values)
          << prefix + tensor.name;
    }
    return tensors.size();
  };
  const size_t of_network = expect("student.safetensors", ""),
               of_head = expect("head.safetensors", "head/");
  EXPECT_EQ(exported.size(), of_network + of_head);
}

TEST_F(ExportTest, WhatIsWrongIsNamed) {
  const auto expect = [](const Outcome& outcome, int code, const std::string& message) {
    EXPECT_EQ(outcome.code, code) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(message));
  };
  expect(Export(kStudent, folder_ / "student.onnx"), 2, ".pt or .safetensors");
  fs::create_directory(folder_ / "folder.pt");
  expect(Export(kStudent, folder_ / "folder.pt"), 2, "is a folder");
  expect(Export(folder_ / "nowhere", folder_ / "a.pt"), 3, "is no model bundle");
  fs::create_directory(folder_ / "run");
  fs::copy(kStudent, folder_ / "run/bundle", fs::copy_options::recursive);
  expect(Export(folder_ / "run", folder_ / "a.pt"), 3,
         "did you mean " + (folder_ / "run/bundle").string());
  expect(Export(folder_ / "run/bundle", folder_ / "run/bundle/head.safetensors"), 2,
         "lies in --bundle");
  fs::resize_file(folder_ / "run/bundle/student.safetensors", 1000);
  expect(Export(folder_ / "run/bundle", folder_ / "a.pt"), 3, "student.safetensors: damaged");
  EXPECT_FALSE(fs::exists(folder_ / "a.pt"));
}

}  // namespace
}  // namespace kallos::e2e
