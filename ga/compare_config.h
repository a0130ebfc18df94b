// The flags of kallos-ga compare.
#pragma once

#include <string>
#include <vector>

#include "ga/baselines.h"
#include "ga/run_config.h"

namespace kallos::ga {

struct CompareConfig {
  RunConfig run;
  int64_t seeds = 5;
  std::vector<std::string> methods = {"ga", "random",   "anova", "mutual-information",
                                      "l1", "variance", "all"};
};

// Besides those of RunConfig: methods that are known, each once, and the search itself where its
// budget is asked for.
void Validate(const CompareConfig& config, Violations& violations);

// In the order of Methods(). --methods a,b and --methods a --methods b are the same.
std::vector<Method> ChosenMethods(const CompareConfig& config);

template <class V>
void Describe(V& v, CompareConfig& c) {
  Describe(v, c.run);
  v("seeds", c.seeds, InRange(1, 1000),
    "Everything is done so many times, with seeds seed, seed+1, ...");
  v("methods", c.methods, Required(),
    "Of ga, random (as many individuals as ga trained), anova, mutual-information, l1, variance "
    "and all; with commas.");
}

}  // namespace kallos::ga
