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
  config.decay = 0.1;
  EXPECT_THAT(ViolationsOf(config), testing::IsEmpty());
}

TEST(HeadConfig, EverySettingWithoutEffectIsReportedAtOnce) {
  HeadConfig config;
  config.out = "run";
  config.hidden = {8};
  config.scheduler = Schedule::kCosine;
  config.decay = 0.1;
  config.chunk_order = ChunkOrder::kId;
  config.checkpoint = Checkpoint::kPerFit;
  config.initial = "other/../run/bundle";
  EXPECT_THAT(ViolationsOf(config),
              testing::ElementsAre(HasSubstr("--hidden has 1 layers, --dropout 3"),
                                   HasSubstr("--scheduler cosine has no --decay"),
                                   HasSubstr("--chunk-order id"), HasSubstr("--checkpoint per-fit"),
                                   HasSubstr("--initial")));
  config.balance = Balance::kChunks;
  EXPECT_EQ(ViolationsOf(config).size(), 3u);
}

}  // namespace
}  // namespace kallos::train
