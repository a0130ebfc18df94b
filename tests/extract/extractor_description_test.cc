// Extractors as text and back, and the flags that describe them.
#include "lib/model/extractor_description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "extract/extract_config.h"
#include "lib/core/error.h"

namespace kallos::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

ExtractorSpec Student(int64_t outputs) {
  ExtractorSpec spec;
  spec.backbone = "shufflenet_v2_narrow";
  spec.taps = nn::Taps::kOutputs;
  spec.outputs = outputs;
  spec.resize = image::ParseResizeRule("border:600");
  spec.apply_orientation = false;
  return spec;
}

std::string MessageOf(const std::string& description) {
  try {
    ParseDescription(description);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  return "no error";
}

TEST(Description, OutputsGoBothWays) {
  for (const int64_t outputs : {1, 90, 1'000'000}) {
    const std::string text = DescriptionOf(Student(outputs), nn::Scaling::kUnit, "sha256:ab");
    const ExtractorSpec found = ParseDescription(text);
    EXPECT_EQ(found.backbone, "shufflenet_v2_narrow");
    EXPECT_EQ(found.taps, nn::Taps::kOutputs);
    EXPECT_EQ(found.outputs, outputs);
    EXPECT_EQ(found.scaling, nn::Scaling::kUnit);
    EXPECT_EQ(found.weights_sha256, "ab");
    EXPECT_FALSE(found.apply_orientation);
    EXPECT_EQ(DescriptionOf(found, nn::Scaling::kUnit, "sha256:ab"), text);
  }
  EXPECT_NE(DescriptionOf(Student(3), nn::Scaling::kUnit, "x"),
            DescriptionOf(Student(4), nn::Scaling::kUnit, "x"));
}

// Features that were made before there were outputs keep their fingerprint.
TEST(Description, OfOtherTapsSaysNothingAboutOutputs) {
  ExtractorSpec spec = Student(0);
  spec.taps = nn::Taps::kMultigap;
  const std::string text = DescriptionOf(spec, nn::Scaling::kUnit, "random:3");
  EXPECT_THAT(text, Not(HasSubstr("outputs")));
  const ExtractorSpec found = ParseDescription(text);
  EXPECT_EQ(found.outputs, 0);
  EXPECT_EQ(found.random_seed, 3u);
}

TEST(Description, OutputsThatAreNoCountAreNamed) {
  const std::string good = DescriptionOf(Student(90), nn::Scaling::kUnit, "sha256:ab");
  const std::string key = R"("outputs":90)";
  for (const std::string bad :
       {R"("outputs":0)", R"("outputs":-1)", R"("outputs":1.5)", R"("outputs":"90")",
        R"("outputs":1000001)", R"("outputs":1e30)", R"("outputs":null)", R"("other":90)"}) {
    std::string text = good;
    EXPECT_THAT(MessageOf(text.replace(text.find(key), key.size(), bad)), HasSubstr("outputs"))
        << bad;
  }
}

class OutputsFlags : public testing::Test {
 protected:
  OutputsFlags() {
    config_.backbone = {"shufflenet_v2_narrow"};
    config_.random_weights = 1;
    config_.out = {"out"};
  }
  Violations Found() const {
    Violations violations;
    Validate(config_, violations);
    return violations;
  }
  extract::ExtractConfig config_;
};

TEST_F(OutputsFlags, GoTogether) {
  EXPECT_THAT(Found(), IsEmpty());
  config_.outputs = 5;
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("--outputs goes with --taps outputs only")));
  config_.taps = {nn::Taps::kOutputs};
  EXPECT_THAT(Found(), IsEmpty());
  EXPECT_EQ(extract::SpecsOf(config_)[0].outputs, 5);
  config_.outputs = 0;
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("give --outputs")));
}

TEST_F(OutputsFlags, AreOfTheBackbonesWithSuchTaps) {
  config_.backbone = {"shufflenet_v2_narrow", "mobilenet_v1_025"};
  config_.out = {"a", "b"};
  config_.taps = {nn::Taps::kOutputs, nn::Taps::kPooled};
  config_.outputs = 5;
  EXPECT_THAT(Found(), IsEmpty());
  const std::vector<ExtractorSpec> specs = extract::SpecsOf(config_);
  EXPECT_EQ(specs[0].outputs, 5);
  EXPECT_EQ(specs[1].outputs, 0);
  const Extractor student(specs[0]), other(specs[1]);
  EXPECT_EQ(student.Info().dimension, 5);
  EXPECT_EQ(other.Info().dimension, 256);
}

}  // namespace
}  // namespace kallos::model
