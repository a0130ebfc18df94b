// kallos-data split: train, validation and test rows that share no content.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/run/run.h"
#include "lib/store/manifest.h"

namespace kallos::data {

enum class SplitRule {
  kStratified,  // by label and group, seeded
  // NumPy's shuffle from seed 0, of the N bad rows and then of the N good ones; the first
  // int(0.11 N) of each are validation, the rest training.
  kPublished
};
inline NamedValues<SplitRule> EnumTable(SplitRule) {
  using enum SplitRule;
  return {{kStratified, "stratified"}, {kPublished, "published"}};
}

struct SplitConfig {
  std::filesystem::path manifest;
  std::filesystem::path out;
  std::optional<double> val;   // 0.15 unless folds are asked for
  std::optional<double> test;  // 0.2 unless folds are asked for
  int64_t folds = 0;
  SplitRule rule = SplitRule::kStratified;
  bool include_benchmarks = false;
};

template <class V>
void Describe(V& v, SplitConfig& c) {
  v.Positional("manifest", c.manifest, Required(), "The manifest to split.");
  v("out", c.out, Required(), "The manifest to write, with its column 'split' filled.");
  v("val", c.val, InRange(0, 1),
    "Fraction of the rows for validation; 0.15 when neither it nor --folds is given.");
  v("test", c.test, InRange(0, 1),
    "Fraction of the rows for the test; 0.2 when neither it nor --folds is given.");
  v("folds", c.folds, InRange(0, 1000),
    "Make this many folds (fold0, fold1, ...) in place of train, val and test, for "
    "cross-validation of your own.");
  v("rule", c.rule,
    "stratified: by label and group; published: the published validation split (NumPy seed 0, "
    "0.11).");
  v("include-benchmarks", c.include_benchmarks,
    "Split the rows of benchmarks too; by default they are test rows, and so is what shares a "
    "group with them.");
}

void Validate(const SplitConfig& config, Violations& violations);

// Fills `split` of all rows; their order in the manifest has no influence. Rows with the same group
// or the same sha256 stay together. Throws InputError when fewer groups than parts exist.
void Split(store::Manifest& manifest, const SplitConfig& config, uint64_t seed);

void RunSplit(const SplitConfig& config, RunContext& context);

}  // namespace kallos::data
