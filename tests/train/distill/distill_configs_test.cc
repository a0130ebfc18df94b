// What the flags of the three trainings must agree on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train/distill/feature_config.h"
#include "train/distill/finetune_config.h"
#include "train/network/joint_config.h"

namespace kallos::train {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <typename Config>
Violations ViolationsOf(const Config& config) {
  Violations violations;
  Validate(config, violations);
  return violations;
}

FeatureConfig Features() {
  FeatureConfig config;
  config.network.resize = "border:600";
  return config;
}

FinetuneConfig Finetune() {
  FinetuneConfig config;
  config.manifest = "m.csv";
  return config;
}

JointConfig Joint() {
  JointConfig config;
  config.backbone = "shufflenet_v2_narrow";
  config.network.resize = "border:224x160";
  return config;
}

TEST(DistillConfigs, GoodOnes) {
  EXPECT_THAT(ViolationsOf(Features()), IsEmpty());
  EXPECT_THAT(ViolationsOf(Finetune()), IsEmpty());
  EXPECT_THAT(ViolationsOf(Joint()), IsEmpty());
}

TEST(DistillConfigs, OneSizeForAllPhotographs) {
  for (const std::string rule :
       {"native", "max:996", "max-always:64", "area:224x224", "border", "exact:48"}) {
    FeatureConfig features = Features();
    JointConfig joint = Joint();
    features.network.resize = joint.network.resize = rule;
    EXPECT_THAT(ViolationsOf(features),
                ElementsAre(HasSubstr("--resize " + rule + ": expected border:600")))
        << rule;
    EXPECT_THAT(ViolationsOf(joint), ElementsAre(HasSubstr("--resize"))) << rule;
  }
}

TEST(DistillConfigs, NamesAreCorrected) {
  FeatureConfig features = Features();
  features.student = "shuflenet_v2_narrow";
  EXPECT_THAT(ViolationsOf(features),
              ElementsAre(AllOf(HasSubstr("--student"), HasSubstr("did you mean"))));
  JointConfig joint = Joint();
  joint.backbone = "mobilenet_v1_25";
  EXPECT_THAT(ViolationsOf(joint),
              ElementsAre(AllOf(HasSubstr("--backbone"), HasSubstr("did you mean"))));
}

// What all three share is asked for by all three.
template <typename Config>
void ExpectSharedRules(Config config) {
  config.network.decay = 0.1;
  config.network.epochs = 3;
  config.network.warm_up = 3.5;
  config.pool = {1, 1, 1, false};
  EXPECT_THAT(ViolationsOf(config),
              testing::UnorderedElementsAre(HasSubstr("--decay"), HasSubstr("--warm-up 3.5"),
                                            HasSubstr("--pool 1"), HasSubstr("--load 1")));
  config.network.scheduler = Schedule::kExp;
  config.network.warm_up = 3;
  config.pool = {1, 0, 0, true};
  EXPECT_THAT(ViolationsOf(config), ElementsAre(HasSubstr("--new-optimizer")));
  config.pool.load = 100;
  EXPECT_THAT(ViolationsOf(config), IsEmpty());
}
TEST(DistillConfigs, SharedRules) {
  ExpectSharedRules(Features());
  ExpectSharedRules(Finetune());
  ExpectSharedRules(Joint());
}

TEST(DistillConfigs, RepeatedPhotographsAreNotWeightedBesides) {
  JointConfig config = Joint();
  config.pool.repeat_good = 7;
  EXPECT_THAT(ViolationsOf(config), ElementsAre(HasSubstr("--balance none")));
  config.end_to_end.balance = Balance::kNone;
  EXPECT_THAT(ViolationsOf(config), IsEmpty());
}

TEST(DistillConfigs, RatesAreAPrefixAndAFactor) {
  EXPECT_EQ(ParseRate("block1/=0.1"), std::pair(std::string("block1/"), 0.1));
  EXPECT_FALSE(ParseRate("a=0,b=2"));
  EXPECT_EQ(ParseRate("x=0"), std::pair(std::string("x"), 0.0));
  for (const std::string bad : {"", "x", "=1", "x=", "x=-1", "x=nan", "x=inf", "x=1e9", "x=1 "})
    EXPECT_FALSE(ParseRate(bad)) << bad;
  FinetuneConfig finetune = Finetune();
  JointConfig joint = Joint();
  finetune.end_to_end.rates = joint.end_to_end.rates = {"a=1", "b", "c=x"};
  finetune.end_to_end.balance = joint.end_to_end.balance = Balance::kChunks;
  const auto expected =
      ElementsAre(HasSubstr("--rates b"), HasSubstr("--rates c=x"), HasSubstr("--balance chunks"));
  EXPECT_THAT(ViolationsOf(finetune), expected);
  EXPECT_THAT(ViolationsOf(joint), expected);
}

TEST(DistillConfigs, ASamplerNeedsBothClasses) {
  for (const PoolConfig& pool : {PoolConfig{1, 10, 0, false}, PoolConfig{1, 0, 10, false}}) {
    FinetuneConfig finetune = Finetune();
    JointConfig joint = Joint();
    finetune.end_to_end.balance = joint.end_to_end.balance = Balance::kSampler;
    EXPECT_THAT(ViolationsOf(finetune), IsEmpty());
    finetune.pool = joint.pool = pool;
    EXPECT_THAT(ViolationsOf(finetune), ElementsAre(HasSubstr("--balance sampler")));
    EXPECT_THAT(ViolationsOf(joint), ElementsAre(HasSubstr("--balance sampler")));
  }
}

// --fresh would remove it first.
TEST(DistillConfigs, WhatATrainingBeginsWithLiesOutsideOfOut) {
  FinetuneConfig finetune = Finetune();
  finetune.student = "runs/./a/bundle";
  finetune.network.out = "runs/b";
  EXPECT_THAT(ViolationsOf(finetune), IsEmpty());
  finetune.network.out = "runs/a/";
  EXPECT_THAT(ViolationsOf(finetune),
              ElementsAre(HasSubstr("--student runs/./a/bundle: lies in --out")));
  FeatureConfig features = Features();
  features.teacher = features.initial.emplace("a/bundle");
  features.network.out = "a";
  EXPECT_THAT(ViolationsOf(features), ElementsAre(HasSubstr("--teacher"), HasSubstr("--initial")));
  JointConfig joint = Joint();
  joint.weights = "a/bundle/student.safetensors";
  joint.network.out = "a";
  EXPECT_THAT(ViolationsOf(joint), ElementsAre(HasSubstr("--weights")));
}

TEST(DistillConfigs, ATeacherAndWhatGoesWithIt) {
  FinetuneConfig config;
  EXPECT_THAT(ViolationsOf(config), ElementsAre(HasSubstr("--manifest is missing")));
  config.temperature = 2;
  EXPECT_THAT(ViolationsOf(config),
              ElementsAre(HasSubstr("--manifest"), HasSubstr("--teacher only")));
  config.hint_weight = 1;
  EXPECT_THAT(ViolationsOf(config),
              ElementsAre(HasSubstr("--manifest"), HasSubstr("--teacher only")));
  config.teacher = "bundle";
  EXPECT_THAT(ViolationsOf(config), ElementsAre(HasSubstr("--teacher: needs --features")));
  config.features = {"store"};
  EXPECT_THAT(ViolationsOf(config), IsEmpty());
}

TEST(DistillConfigs, TheHeadOfAJointTraining) {
  JointConfig config = Joint();
  config.hidden = {8, 4};
  EXPECT_THAT(ViolationsOf(config),
              ElementsAre(HasSubstr("--dropout: 1 values for 2 hidden layers")));
  config.dropout = {0.1, 0.1};
  config.taps = nn::Taps::kOutputs;
  EXPECT_THAT(ViolationsOf(config), ElementsAre(HasSubstr("--taps outputs")));
}

}  // namespace
}  // namespace kallos::train
