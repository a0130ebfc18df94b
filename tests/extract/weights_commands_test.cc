#include "extract/weights_commands.h"

#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/nn/weight_mapping.h"
#include "lib/weights/safetensors.h"
#include "tests/nn/reference_weights.h"

namespace kallos::extract {
namespace {

using testing::HasSubstr;

constexpr char kBackbone[] = "mobilenet_v1_025";

class WeightsCommands : public testing::Test {
 protected:
  WeightsCommands()
      : folder_(fs::path(testing::TempDir()) / "weights_commands"),
        source_(folder_ / "in.safetensors") {
    fs::remove_all(folder_);
    std::vector<weights::Tensor> tensors = nn::ReferenceWeights(kBackbone).tensors;
    for (weights::Tensor& tensor : tensors) tensor.name += ":0";
    weights::WriteSafetensors(source_, tensors);
  }

  // Standard output of `run`.
  template <typename Config>
  std::string Output(void (*run)(const Config&, RunContext&), const Config& config) {
    RunRecord record("", "");
    RunContext context{0, record};
    testing::internal::CaptureStdout();
    run(config, context);
    return testing::internal::GetCapturedStdout();
  }

  static nn::ParameterValues Parameters(const fs::path& path) {
    return nn::TakeParameters(nn::KerasLayout(kBackbone), weights::ReadTensorFile(path), kBackbone)
        .values;
  }

  fs::path folder_;
  fs::path source_;
};

TEST_F(WeightsCommands, InspectTellsWhatIsThere) {
  const std::string text = Output(RunInspect, InspectConfig{source_});
  EXPECT_THAT(text, HasSubstr("safetensors"));
  EXPECT_THAT(text, HasSubstr("sha256 " + weights::ReadTensorFile(source_).sha256));
  EXPECT_THAT(text, testing::ContainsRegex("conv1/kernel:0 +float32 +\\[3, 3, 3, 8\\]"));
  EXPECT_THAT(text, HasSubstr("135 tensors, 218,544 numbers, 874,176 bytes"));
  EXPECT_THAT(text, HasSubstr("NaN or infinity: 0\nfits: mobilenet_v1_025\n"));
}

TEST_F(WeightsCommands, InspectCountsNan) {
  weights::WriteSafetensors(source_,
                            {{"a", "", weights::Dtype::kFloat32, {3}, {NAN, 1, -INFINITY}}});
  EXPECT_THAT(Output(RunInspect, InspectConfig{source_}),
              HasSubstr("NaN or infinity: 2\n  2 in a\nfits: none of the known backbones\n"));
}

TEST_F(WeightsCommands, VerifyAcceptsOrListsEverything) {
  EXPECT_THAT(Output(RunVerify, VerifyConfig{source_, kBackbone}),
              HasSubstr("holds the weights of mobilenet_v1_025: 135 tensors, 218,544 numbers"));
  RunRecord record("", "");
  RunContext context{0, record};
  try {
    RunVerify({source_, "mobilenet_v1_050"}, context);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("135 tensors do not fit"),
                                             HasSubstr("conv_pw_13_bn/beta")));
  }
  EXPECT_THROW(RunVerify({source_, "mobilenet"}, context), Error);
}

TEST_F(WeightsCommands, ConvertedFilesGiveTheSameParameters) {
  const nn::ParameterValues values = Parameters(source_);
  for (const std::optional<std::string>& backbone :
       {std::optional<std::string>(), std::optional(std::string(kBackbone))}) {
    const fs::path out = folder_ / "out.safetensors";
    const fs::path again = folder_ / "again.safetensors";
    Output(RunConvert, ConvertConfig{source_, out, backbone});
    Output(RunConvert, ConvertConfig{source_, again, backbone});
    EXPECT_EQ(Parameters(out), values);
    EXPECT_EQ(ReadFile(out), ReadFile(again));
    const std::string name = weights::ReadTensorFile(out).tensors[0].name;
    EXPECT_EQ(name, backbone ? "conv1/kernel" : "conv1/kernel:0");
  }
}

TEST_F(WeightsCommands, ConvertNeverOverwritesItsInput) {
  const std::string bytes = ReadFile(source_);
  fs::create_symlink(source_, folder_ / "link.safetensors");
  RunRecord record("", "");
  RunContext context{0, record};
  for (const fs::path& to :
       {source_, folder_ / "." / "in.safetensors", folder_ / "link.safetensors"}) {
    EXPECT_THAT(
        [&] {
          RunConvert({source_, to, {}}, context);
        },
        testing::ThrowsMessage<Error>(HasSubstr("not overwritten")));
  }
  EXPECT_EQ(ReadFile(source_), bytes);
  EXPECT_THROW(RunConvert({source_, folder_ / "wrong.safetensors", "efficientnet_b0"}, context),
               Error);
  EXPECT_FALSE(fs::exists(folder_ / "wrong.safetensors"));
  Violations violations;
  Validate(ConvertConfig{source_, folder_ / "out.h5", {}}, violations);
  EXPECT_EQ(violations.size(), 1u);
}

TEST_F(WeightsCommands, WithoutABackboneNothingIsJudged) {
  weights::WriteSafetensors(source_, {{"a/b", "", weights::Dtype::kFloat32, {2}, {NAN, 2}}});
  Output(RunConvert, ConvertConfig{source_, folder_ / "out.safetensors", {}});
  EXPECT_TRUE(
      std::isnan(weights::ReadTensorFile(folder_ / "out.safetensors").tensors[0].values[0]));
}

}  // namespace
}  // namespace kallos::extract
