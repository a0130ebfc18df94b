#include "train/head_config.h"

#include <gmock/gmock.h>

namespace kallos::train {
namespace {

using testing::HasSubstr;

Violations ViolationsOf(const HeadConfig& config) {
  Violations violations;
  Validate(config, violations);
  return violations;
}

TEST(HeadConfig, DefaultsAreSound) {
  HeadConfig config;
  EXPECT_THAT(ViolationsOf(config), testing::IsEmpty());
  config.settings.recipe.decay = 0.1;
  EXPECT_THAT(ViolationsOf(config), testing::IsEmpty());
}

TEST(HeadConfig, EverySettingWithoutEffectIsReportedAtOnce) {
  HeadConfig config;
  config.out = "run";
  config.settings.recipe.hidden = {8};
  config.settings.recipe.scheduler = Schedule::kCosine;
  config.settings.recipe.decay = 0.1;
  config.settings.chunk_order = ChunkOrder::kId;
  config.settings.checkpoint = Checkpoint::kPerFit;
  config.files.initial = "other/../run/bundle";
  EXPECT_THAT(ViolationsOf(config),
              testing::ElementsAre(HasSubstr("--hidden has 1 layers, --dropout 3"),
                                   HasSubstr("--scheduler cosine has no --decay"),
                                   HasSubstr("--chunk-order id"), HasSubstr("--checkpoint per-fit"),
                                   HasSubstr("--initial")));
  config.settings.recipe.balance = Balance::kChunks;
  EXPECT_EQ(ViolationsOf(config).size(), 3u);
}

}  // namespace
}  // namespace kallos::train
