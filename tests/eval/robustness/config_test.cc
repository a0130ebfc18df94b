#include "eval/robustness/config.h"

#include "lib/config/yaml_file.h"
#include "tests/measures/example_predictions.h"

namespace kallos::eval {
namespace {

using image::Transform;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> NamesOf(const RobustnessConfig& config) {
  std::vector<std::string> names;
  for (const View& view : ViewsOf(config)) names.push_back(view.Name());
  return names;
}

Violations Parse(const std::vector<std::string>& arguments, RobustnessConfig& config) {
  FieldList list;
  Describe(list, config);
  Violations violations;
  ParseConfig(list.fields(), arguments, violations);
  CheckRules(list.fields(), violations);
  Validate(config, violations);
  return violations;
}

TEST(RobustnessConfig, ViewsFollowTheTableWhateverTheOrderGiven) {
  RobustnessConfig config;
  EXPECT_EQ(ViewsOf(config).size(), 31u);
  config.transforms = {Transform::kNoise, Transform::kRotate};
  config.severities = {5, 1};
  EXPECT_THAT(NamesOf(config), ElementsAre("none", "rotate-1", "rotate-5", "noise-1", "noise-5"));
  config.severities = {};
  config.legacy = true;
  EXPECT_THAT(NamesOf(config), ElementsAre("none", "rotate-legacy", "noise-legacy"));
}

TEST(RobustnessConfig, TakesNamesWithCommas) {
  RobustnessConfig config;
  EXPECT_THAT(Parse({"--bundle", "b", "--manifest", "m", "--out", "o", "--transforms", "blur,crop",
                     "--severities", "3"},
                    config),
              ElementsAre());
  EXPECT_THAT(NamesOf(config), ElementsAre("none", "crop-3", "blur-3"));
}

TEST(RobustnessConfig, RefusesWhatMeansNothing) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--transforms", "blur,blur"}, "twice"},
      {{"--severities", "1,1"}, "twice"},
      {{"--severities", "0"}, "[1, 5]"},
      {{"--severities", "6"}, "[1, 5]"},
      {{"--legacy", "--severities", "3"}, "does not go with --legacy"},
      {{"--transforms", "blurr"}, "rotate|crop|denoise|blur|noise|sharpness"},
      {{"--split", "tset"}, "test"}};
  for (const auto& [more, expected] : cases) {
    std::vector<std::string> arguments = {"--bundle", "b", "--manifest", "m", "--out", "o"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    RobustnessConfig config;
    EXPECT_THAT(Parse(arguments, config), ElementsAre(HasSubstr(expected))) << Join(more, " ");
  }
}

TEST(RobustnessConfig, PublishedSettings) {
  RobustnessConfig config;
  FieldList list;
  Describe(list, config);
  Violations violations;
  ApplyYamlFile(std::filesystem::path(KALLOS_SOURCE_DIR) / "configs/paper/robustness.yaml",
                list.fields(), violations);
  EXPECT_THAT(violations, ElementsAre());
  EXPECT_TRUE(config.legacy);
}

TEST(RobustnessConfig, TheLearnedDenoiserIsThePublishedOne) {
  RobustnessConfig config;
  config.denoiser = "w.h5";
  Violations violations;
  Validate(config, violations);
  EXPECT_EQ(violations.size(), 1u);
  violations.clear();
  config.legacy = true;
  Validate(config, violations);
  EXPECT_TRUE(violations.empty());
}

}  // namespace
}  // namespace kallos::eval
