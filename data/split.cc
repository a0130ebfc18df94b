#include "data/split.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "data/disjoint_sets.h"
#include "data/published_shuffle.h"
#include "data/stats.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/log.h"
#include "lib/core/rng.h"

namespace kallos::data {
namespace {

using store::Manifest;
using store::ManifestRow;

constexpr double kDefaultVal = 0.15;
constexpr double kDefaultTest = 0.2;
constexpr double kPublishedVal = 0.11;
constexpr size_t kScoreBins = 5;

// A part of the manifest to be made, with its share of the rows.
struct Target {
  std::string split;
  double fraction;
};

// Rows that must not be separated, as indices into the rows sorted by id.
struct Unit {
  std::vector<size_t> rows;
  std::string stratum;
};

using Rows = std::vector<ManifestRow*>;

Rows SortedById(Manifest& manifest) {
  Rows rows;
  for (ManifestRow& row : manifest.rows) rows.push_back(&row);
  std::sort(rows.begin(), rows.end(),
            [](const ManifestRow* a, const ManifestRow* b) { return a->id < b->id; });
  return rows;
}

std::vector<Target> TargetsOf(const SplitConfig& config) {
  std::vector<Target> targets;
  if (config.folds > 0) {
    for (int64_t k = 0; k < config.folds; ++k)
      targets.push_back({fmt::format("fold{}", k), 1.0 / config.folds});
    return targets;
  }
  const double val = config.val.value_or(kDefaultVal);
  const double test = config.test.value_or(kDefaultTest);
  for (const Target& target :
       {Target{"train", 1 - val - test}, Target{"val", val}, Target{"test", test}}) {
    if (target.fraction > 1e-9) targets.push_back(target);
  }
  return targets;
}

// A stratum is a benchmark and a label. Rows with a score but no label: benchmark and fifth of the
// scores, floor(5 k / n) for the k-th smallest of n.
std::vector<std::string> StrataOf(const Rows& rows) {
  std::vector<std::string> strata(rows.size());
  std::vector<size_t> scored;
  for (size_t i = 0; i < rows.size(); ++i) {
    const ManifestRow& row = *rows[i];
    strata[i] = row.benchmark + (row.label ? fmt::format("/label {}", *row.label) : "/no label");
    if (!row.label && row.score) scored.push_back(i);
  }
  std::stable_sort(scored.begin(), scored.end(),
                   [&](size_t a, size_t b) { return *rows[a]->score < *rows[b]->score; });
  for (size_t k = 0; k < scored.size(); ++k)
    strata[scored[k]] += fmt::format("/score {}", k * kScoreBins / scored.size());
  return strata;
}

std::vector<Unit> UnitsOf(const Rows& rows) {
  DisjointSets sets(rows.size());
  std::map<std::string, size_t> first_of;
  const auto join = [&](const std::string& key, size_t i) {
    sets.Join(i, first_of.emplace(key, i).first->second);
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i]->group.empty()) join("group " + rows[i]->group, i);
    if (!rows[i]->sha256.empty()) join("sha256 " + rows[i]->sha256, i);
  }
  std::map<size_t, Unit> units;
  for (size_t i = 0; i < rows.size(); ++i) units[sets.Root(i)].rows.push_back(i);
  const std::vector<std::string> strata = StrataOf(rows);
  std::vector<Unit> found;
  for (auto& [root, unit] : units) {
    std::map<std::string, size_t> counts;
    for (const size_t i : unit.rows) ++counts[strata[i]];
    unit.stratum = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
                     return a.second < b.second;
                   })->first;
    found.push_back(std::move(unit));
  }
  return found;
}

void Assign(const Unit& unit, const Rows& rows, const std::string& split) {
  for (const size_t i : unit.rows) rows[i]->split = split;
}

// Before a stratum of n rows lacking[k] grows by fraction[k] n. Its units, largest first and of
// equal size in random order, each go to the part that lacks most, and lacking[k] falls by their
// rows (greedy, longest first: Graham, SIAM Journal on Applied Mathematics 1969). `lacking` is kept
// from stratum to stratum, so that with many small strata the whole manifest has the fractions too.
void SplitStratum(std::vector<Unit>& units, const Rows& rows, const std::vector<Target>& targets,
                  Stream stream, std::vector<double>& lacking) {
  stream.Shuffle(units);
  std::stable_sort(units.begin(), units.end(),
                   [](const Unit& a, const Unit& b) { return a.rows.size() > b.rows.size(); });
  size_t total = 0;
  for (const Unit& unit : units) total += unit.rows.size();
  for (size_t k = 0; k < targets.size(); ++k) lacking[k] += targets[k].fraction * total;
  for (const Unit& unit : units) {
    const auto most = std::max_element(lacking.begin(), lacking.end());
    *most -= unit.rows.size();
    Assign(unit, rows, targets[most - lacking.begin()].split);
  }
}

bool HasBenchmark(const Unit& unit, const Rows& rows) {
  return std::any_of(unit.rows.begin(), unit.rows.end(),
                     [&](size_t i) { return !rows[i]->benchmark.empty(); });
}

void SplitStratified(const Rows& rows, const SplitConfig& config, uint64_t seed) {
  const std::vector<Target> targets = TargetsOf(config);
  std::map<std::string, std::vector<Unit>> strata;
  size_t count = 0;
  for (Unit& unit : UnitsOf(rows)) {
    if (!config.include_benchmarks && HasBenchmark(unit, rows)) {
      Assign(unit, rows, "test");
      continue;
    }
    const std::string stratum = unit.stratum;
    strata[stratum].push_back(std::move(unit));
    ++count;
  }
  if (count > 0 && count < targets.size()) {
    throw InputError(
        "{} groups of rows can be separated, but {} parts are asked for; add photographs or ask "
        "for fewer parts",
        count, targets.size());
  }
  std::vector<double> lacking(targets.size(), 0.0);
  for (auto& [stratum, units] : strata)
    SplitStratum(units, rows, targets, Stream(seed, "data/split/" + stratum), lacking);
}

void SplitPublished(const Rows& rows) {
  NumpyRandomState random(0);
  for (const int label : {0, 1}) {
    Rows of_label;
    for (ManifestRow* row : rows) {
      row->split = row->benchmark.empty() ? row->split : "test";
      if (row->benchmark.empty() && row->label == label) of_label.push_back(row);
    }
    random.Shuffle(of_label);
    const auto held = static_cast<size_t>(kPublishedVal * of_label.size());
    for (size_t i = 0; i < of_label.size(); ++i) of_label[i]->split = i < held ? "val" : "train";
  }
}

// The published rule knows no groups. A group in two splits makes the validation too good.
void WarnOfSeparated(const Rows& rows) {
  size_t separated = 0;
  for (const Unit& unit : UnitsOf(rows)) {
    const std::string& split = rows[unit.rows[0]]->split;
    separated += std::any_of(unit.rows.begin(), unit.rows.end(),
                             [&](size_t i) { return rows[i]->split != split; });
  }
  if (separated > 0)
    LogWarning("{} groups of equal content lie in more than one split, as --rule published has it",
               separated);
}

void CheckPublished(const Rows& rows) {
  for (const ManifestRow* row : rows) {
    if (row->benchmark.empty() && !row->label)
      throw InputError("row '{}' has no label, which --rule published needs; use --rule stratified",
                       row->id);
  }
}

}  // namespace

void Validate(const SplitConfig& config, Violations& violations) {
  const bool fractions = config.val.has_value() || config.test.has_value();
  if (config.folds == 1) violations.push_back("--folds 1: one fold is no split; 2 or more");
  if (config.folds > 0 && fractions)
    violations.push_back("--folds cannot be combined with --val or --test");
  if (config.rule == SplitRule::kPublished &&
      (fractions || config.folds > 0 || config.include_benchmarks))
    violations.push_back(
        "--rule published takes no --val, --test, --folds or --include-benchmarks");
  const double val = config.val.value_or(kDefaultVal);
  const double test = config.test.value_or(kDefaultTest);
  if (val + test > 1 - 1e-9) {
    violations.push_back(
        fmt::format("--val {} and --test {}{} leave nothing to train on; their sum must be below 1",
                    val, test, config.val && config.test ? "" : " (one of them the default)"));
  }
}

void Split(Manifest& manifest, const SplitConfig& config, uint64_t seed) {
  const Rows rows = SortedById(manifest);
  if (config.rule == SplitRule::kPublished) {
    CheckPublished(rows);
    SplitPublished(rows);
    return WarnOfSeparated(rows);
  }
  SplitStratified(rows, config, seed);
}

void RunSplit(const SplitConfig& config, RunContext& context) {
  if (config.rule == SplitRule::kPublished && context.seed != 0)
    throw UsageError("--rule published has a seed of its own, NumPy's 0; leave --seed {} out",
                     context.seed);
  Manifest manifest = store::ReadManifest(config.manifest, false);
  Split(manifest, config, context.seed);
  store::WriteManifest(config.out, manifest);
  PrintCounts(manifest);
  LogInfo("{} rows written to {}", manifest.rows.size(), PathText(config.out));
}

}  // namespace kallos::data
