#include "ga/compare_config.h"

#include <gmock/gmock.h>

namespace kallos::ga {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Violations ViolationsOf(const std::vector<std::string>& methods) {
  CompareConfig config;
  config.methods = methods;
  Violations violations;
  Validate(config, violations);
  return violations;
}

TEST(CompareConfig, NamesWhatIsWrongWithTheMethods) {
  EXPECT_THAT(ViolationsOf({"ga,random", "all"}), IsEmpty());
  EXPECT_THAT(ViolationsOf({"anvoa"}),
              ElementsAre(HasSubstr("unknown method 'anvoa', did you mean 'anova'?")));
  EXPECT_THAT(ViolationsOf({"l1", "l1"}), ElementsAre(HasSubstr("'l1' is named twice")));
  EXPECT_THAT(ViolationsOf({"random,all"}), ElementsAre(HasSubstr("name ga too")));
  EXPECT_THAT(ViolationsOf({"ga,"}), ElementsAre(HasSubstr("unknown method ''")));
}

TEST(CompareConfig, TheSearchComesFirstAndTheDefaultIsAll) {
  CompareConfig config;
  EXPECT_EQ(ChosenMethods(config).size(), Methods().size());
  config.methods = {"all, random", "ga"};
  std::vector<std::string> names;
  for (const Method& method : ChosenMethods(config)) names.push_back(method.name);
  EXPECT_THAT(names, ElementsAre("ga", "random", "all"));
}

TEST(CompareConfig, HasTheRulesOfARun) {
  CompareConfig config;
  config.run.search.elite = 60;
  Violations violations;
  Validate(config, violations);
  EXPECT_THAT(violations, Contains(HasSubstr("--elite 60 exceeds --parents 50")));
}

}  // namespace
}  // namespace kallos::ga
