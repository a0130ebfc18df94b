// What is refused before any photograph is opened; tests/e2e/main_path_test.cc has the rest.
#include "lib/model/rater.h"

#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "tests/measures/example_predictions.h"

namespace kallos::model {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Bundle BundleOf(const std::string& description) {
  Bundle bundle;
  bundle.parts = {{"mobilenet_v1_025/pooled", description, Sha256Hex(description), 256}};
  bundle.head = InitHead({256, {4}, {0.0}}, 1);
  return bundle;
}

std::string DescriptionWith(const std::string& weights, const std::string& scaling = "symmetric") {
  return fmt::format(
      R"({{"backbone":"mobilenet_v1_025","format_version":1,"orientation":"apply","precision":"fp32",)"
      R"("resize":"native","scaling":"{}","taps":"pooled","weights":"{}"}})",
      scaling, weights);
}

std::string Fault(const Bundle& bundle, const std::vector<fs::path>& weights, ErrorKind kind) {
  return measures::MessageOf(
      [&] {
        PhotoProbabilities(bundle, {{"photo.jpg", ""}}, {weights, "cpu", "test"});
      },
      kind);
}

TEST(PhotoProbabilities, MissingWeightsAreNamedByTheirHash) {
  const std::string wanted(64, 'a');
  const Bundle bundle = BundleOf(DescriptionWith("sha256:" + wanted));
  EXPECT_THAT(Fault(bundle, {}, ErrorKind::kUsage),
              AllOf(HasSubstr("mobilenet_v1_025"), HasSubstr("--weights"), HasSubstr(wanted),
                    Not(HasSubstr("given:"))));
  const fs::path other = fs::path(testing::TempDir()) / "kallos_other_weights.h5";
  PublishBytes(other, "abc");
  EXPECT_THAT(
      Fault(bundle, {other}, ErrorKind::kUsage),
      AllOf(HasSubstr(wanted), HasSubstr("ba7816bf"), HasSubstr("kallos_other_weights.h5")));
  fs::remove(other);
  EXPECT_THAT(Fault(bundle, {other}, ErrorKind::kInput), HasSubstr("no such weight file"));
}

TEST(PhotoProbabilities, FeaturesMadeElsewhereCannotBeMadeAgain) {
  EXPECT_THAT(Fault(BundleOf(R"({"name":"own"})"), {}, ErrorKind::kInput),
              HasSubstr("give features instead of photographs"));
}

TEST(PhotoProbabilities, RandomWeightsNeedNoFile) {
  const Bundle bundle = BundleOf(DescriptionWith("random:1"));
  const auto answer =
      PhotoProbabilities(bundle, {{"/nonexistent/photo.jpg", ""}}, {{}, "cpu", "test"});
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_THAT(answer[0].reason(), HasSubstr("no such file"));
}

}  // namespace
}  // namespace kallos::model
