#include "data/split.h"

#include <cmath>
#include <set>

#include "lib/core/rng.h"
#include "tests/data/data_test.h"

namespace kallos::data {
namespace {

using store::Manifest;
using store::ManifestRow;
using testing::ElementsAre;
using testing::HasSubstr;

class SplitTest : public DataTest {};

Manifest Labelled(int bad, int good) {
  Manifest manifest;
  for (int i = 0; i < bad + good; ++i) {
    ManifestRow row;
    row.label = i < bad ? 0 : 1;
    row.id = fmt::format("{}/{:05}", i < bad ? "bad" : "good", i < bad ? i : i - bad);
    manifest.rows.push_back(row);
  }
  return manifest;
}

// Random labels, groups of up to `largest_group` rows, some repeated contents and unlabelled rows
// with scores.
Manifest Drawn(Stream& random, int largest_group) {
  Manifest manifest = Labelled(0, static_cast<int>(60 + random.Below(200)));
  for (ManifestRow& row : manifest.rows) {
    row.label = random.Uniform() < 0.3 ? 0 : 1;
    if (random.Uniform() < 0.2) {
      row.label.reset();
      row.score = random.Uniform(1, 10);
    }
    const uint64_t groups = manifest.rows.size() / static_cast<size_t>(largest_group);
    if (largest_group > 1 && random.Uniform() < 0.5)
      row.group = fmt::format("g{}", random.Below(groups));
    if (largest_group > 1 && random.Uniform() < 0.1)
      row.sha256 = fmt::format("h{}", random.Below(10));
  }
  return manifest;
}

std::map<std::string, std::string> SplitsOf(const Manifest& manifest) {
  std::map<std::string, std::string> splits;
  for (const ManifestRow& row : manifest.rows) splits[row.id] = row.split;
  return splits;
}

using Counts = std::map<std::string, double>;

Counts CountsOf(const Manifest& manifest, const std::function<bool(const ManifestRow&)>& chosen) {
  Counts counts;
  for (const ManifestRow& row : manifest.rows) counts[row.split] += chosen(row) ? 1 : 0;
  return counts;
}

SplitConfig Fractions(double val, double test) {
  SplitConfig config;
  config.val = val;
  config.test = test;
  return config;
}

SplitConfig Folds(int64_t folds) {
  SplitConfig config;
  config.folds = folds;
  return config;
}

TEST_F(SplitTest, TheFractionsHoldWithinRounding) {
  Stream random(1, "test/split");
  for (uint64_t trial = 0; trial < 100; ++trial) {
    Manifest manifest =
        Labelled(static_cast<int>(random.Below(150)), static_cast<int>(20 + random.Below(150)));
    const SplitConfig config = Fractions(random.Uniform(0.05, 0.4), random.Uniform(0.05, 0.4));
    Split(manifest, config, trial);
    const auto expect_within = [&](double rows,
                                   const std::function<bool(const ManifestRow&)>& chosen) {
      Counts counts = CountsOf(manifest, chosen);
      const double all = counts["train"] + counts["val"] + counts["test"];
      EXPECT_LE(std::abs(counts["val"] - *config.val * all), rows) << trial;
      EXPECT_LE(std::abs(counts["test"] - *config.test * all), rows) << trial;
    };
    expect_within(1, [](const ManifestRow&) { return true; });
    for (const int label : {0, 1})
      expect_within(2, [&](const ManifestRow& row) { return row.label == label; });
  }
}

TEST_F(SplitTest, ManySmallStrataAddUpToTheFractions) {
  Manifest manifest = Labelled(0, 120);
  for (size_t i = 0; i < 120; ++i) manifest.rows[i].benchmark = fmt::format("b{}", i / 3);
  SplitConfig config = Fractions(0.15, 0.2);
  config.include_benchmarks = true;
  Split(manifest, config, 1);
  const Counts counts = CountsOf(manifest, [](const ManifestRow&) { return true; });
  EXPECT_THAT(counts,
              ElementsAre(std::pair("test", 24), std::pair("train", 78), std::pair("val", 18)));
}

TEST_F(SplitTest, GroupsAndEqualContentsAreNeverSeparated) {
  Stream random(2, "test/split");
  for (uint64_t trial = 0; trial < 100; ++trial) {
    Manifest manifest = Drawn(random, 6);
    Split(manifest, trial % 2 == 0 ? Fractions(0.2, 0.2) : Folds(4), trial);
    std::map<std::string, std::set<std::string>> splits;
    for (const ManifestRow& row : manifest.rows) {
      EXPECT_NE(row.split, "");
      if (!row.group.empty()) splits["group " + row.group].insert(row.split);
      if (!row.sha256.empty()) splits["content " + row.sha256].insert(row.split);
    }
    for (const auto& [unit, found] : splits)
      EXPECT_EQ(found.size(), 1u) << unit << " in trial " << trial;
  }
}

TEST_F(SplitTest, ContentsThatChainGroupsStayTogether) {
  Manifest manifest = Labelled(0, 40);
  for (size_t i = 0; i < 20; ++i) manifest.rows[i].group = fmt::format("g{}", i / 2);
  for (size_t i = 1; i + 1 < 20; i += 2)
    manifest.rows[i].sha256 = manifest.rows[i + 1].sha256 = fmt::format("h{}", i);
  Split(manifest, Fractions(0.2, 0.2), 5);
  for (size_t i = 1; i < 20; ++i) EXPECT_EQ(manifest.rows[i].split, manifest.rows[0].split);
}

TEST_F(SplitTest, TheOrderOfTheRowsHasNoInfluence) {
  Stream random(3, "test/split");
  for (uint64_t trial = 0; trial < 30; ++trial) {
    Manifest manifest = Drawn(random, 4);
    Manifest shuffled = manifest;
    random.Shuffle(shuffled.rows);
    const SplitConfig config = trial % 2 == 0 ? Fractions(0.15, 0.2) : Folds(5);
    Split(manifest, config, trial);
    Split(shuffled, config, trial);
    EXPECT_EQ(SplitsOf(manifest), SplitsOf(shuffled));
  }
}

TEST_F(SplitTest, TheSeedDecides) {
  Manifest first = Labelled(50, 50);
  Manifest second = first;
  Manifest third = first;
  Split(first, SplitConfig(), 1);
  Split(second, SplitConfig(), 1);
  Split(third, SplitConfig(), 2);
  EXPECT_EQ(SplitsOf(first), SplitsOf(second));
  EXPECT_NE(SplitsOf(first), SplitsOf(third));
  const Counts counts = CountsOf(first, [](const ManifestRow&) { return true; });
  EXPECT_THAT(counts,
              ElementsAre(std::pair("test", 20), std::pair("train", 65), std::pair("val", 15)))
      << "0.15 and 0.2 are the defaults";
}

TEST_F(SplitTest, FoldsPartitionTheRows) {
  Manifest manifest = Labelled(52, 33);
  Split(manifest, Folds(5), 1);
  for (const int label : {0, 1}) {
    const Counts counts =
        CountsOf(manifest, [&](const ManifestRow& row) { return row.label == label; });
    ASSERT_EQ(counts.size(), 5u);
    for (const auto& [fold, count] : counts) {
      EXPECT_THAT(fold, testing::MatchesRegex("fold[0-4]"));
      EXPECT_NEAR(count, label == 0 ? 10.4 : 6.6, 2);
    }
  }
  for (const auto& [fold, count] : CountsOf(manifest, [](const ManifestRow&) { return true; }))
    EXPECT_EQ(count, 17);
}

TEST_F(SplitTest, ScoresWithoutLabelsAreStratifiedToo) {
  Manifest manifest = Labelled(0, 200);
  for (size_t i = 0; i < 200; ++i) {
    manifest.rows[i].label.reset();
    manifest.rows[i].score = static_cast<double>(i * 37 % 200);
  }
  Split(manifest, Fractions(0.25, 0.25), 1);
  for (int fifth = 0; fifth < 5; ++fifth) {
    const Counts counts = CountsOf(manifest, [&](const ManifestRow& row) {
      return *row.score >= fifth * 40 && *row.score < (fifth + 1) * 40;
    });
    EXPECT_THAT(counts,
                ElementsAre(std::pair("test", 10), std::pair("train", 20), std::pair("val", 10)));
  }
}

TEST_F(SplitTest, BenchmarksAreTestRowsAndSoIsWhatTheyShare) {
  Manifest manifest = Labelled(30, 30);
  for (size_t i = 0; i < 10; ++i) manifest.rows[i].benchmark = "alm";
  manifest.rows[3].group = manifest.rows[40].group = "g";
  manifest.rows[4].sha256 = manifest.rows[50].sha256 = "h";
  Manifest whole = manifest;
  Split(manifest, Fractions(0.2, 0), 1);
  for (const ManifestRow& row : manifest.rows)
    EXPECT_EQ(row.split == "test", !row.benchmark.empty() || row.group == "g" || row.sha256 == "h")
        << row.id;
  SplitConfig config = Fractions(0.2, 0);
  config.include_benchmarks = true;
  Split(whole, config, 1);
  Counts counts = CountsOf(whole, [](const ManifestRow& row) { return row.benchmark == "alm"; });
  EXPECT_EQ(counts["val"], 2);
  EXPECT_EQ(counts["train"], 8);
}

SplitConfig Published() {
  SplitConfig config;
  config.rule = SplitRule::kPublished;
  return config;
}

TEST_F(SplitTest, ThePublishedRuleHoldsOutWhatNumpyDoes) {
  Manifest manifest = Labelled(10000, 11760);
  manifest.rows.push_back({"z", "", 1, {}, "", "alm", "", 0, 0, "", {}});
  Stream random(4, "test/split");
  random.Shuffle(manifest.rows);
  Split(manifest, Published(), 99);
  const auto splits = SplitsOf(manifest);
  // The first rows after numpy.random.RandomState(0).shuffle of the bad, then of the good ones
  // (NumPy 1.24.2).
  for (const int row : {9394, 898, 2398, 5906, 2343, 8225, 5506, 6451})
    EXPECT_EQ(splits.at(fmt::format("bad/{:05}", row)), "val");
  for (const int row : {4859, 3264, 9845, 2732})
    EXPECT_EQ(splits.at(fmt::format("bad/{:05}", row)), "train");
  for (const int row : {10281, 9677, 8431, 3470, 8424, 8220, 3907, 640})
    EXPECT_EQ(splits.at(fmt::format("good/{:05}", row)), "val");
  EXPECT_EQ(splits.at("z"), "test");
}

TEST_F(SplitTest, ThePublishedRuleTruncatesTheCounts) {
  const std::tuple<int, int, int> cases[] = {
      {9999, 0, 1099}, {0, 11760, 1293}, {100, 300, 44}, {9, 10, 1}, {3, 4, 0}};
  for (const auto& [bad, good, held] : cases) {
    Manifest manifest = Labelled(bad, good);
    Split(manifest, Published(), 0);
    EXPECT_EQ(CountsOf(manifest, [](const ManifestRow&) { return true; })["val"], held);
  }
  Manifest unlabelled = Labelled(3, 3);
  unlabelled.rows[1].label.reset();
  EXPECT_THAT(MessageOf([&] { Split(unlabelled, Published(), 0); }),
              HasSubstr("'bad/00001' has no label"));
}

TEST_F(SplitTest, TooFewGroupsForTheParts) {
  Manifest manifest = Labelled(0, 10);
  for (ManifestRow& row : manifest.rows) row.group = "all";
  EXPECT_THAT(MessageOf([&] { Split(manifest, SplitConfig(), 0); }),
              HasSubstr("1 groups of rows can be separated"));
  EXPECT_THAT(MessageOf([&] { Split(manifest, Folds(2), 0); }), HasSubstr("2 parts are asked for"));
  Split(manifest, Fractions(0, 0), 0);
  EXPECT_EQ(manifest.rows[0].split, "train");
}

TEST_F(SplitTest, FlagsThatContradictEachOther) {
  EXPECT_EQ(ViolationsOf(SplitConfig()), "");
  EXPECT_EQ(ViolationsOf(Fractions(0, 0)), "");
  EXPECT_THAT(ViolationsOf(Fractions(0.5, 0.5)), HasSubstr("below 1"));
  SplitConfig config;
  config.val = 0.85;
  EXPECT_THAT(ViolationsOf(config),
              HasSubstr("--val 0.85 and --test 0.2 (one of them the default)"));
  EXPECT_THAT(ViolationsOf(Folds(1)), HasSubstr("one fold is no split"));
  config = Folds(3);
  config.test = 0.1;
  EXPECT_THAT(ViolationsOf(config), HasSubstr("cannot be combined"));
  config.rule = SplitRule::kPublished;
  EXPECT_THAT(ViolationsOf(config), HasSubstr("published takes no"));
}

TEST_F(SplitTest, ThePublishedRuleTakesNoSeed) {
  SplitConfig config = Published();
  config.manifest = folder_ / "m.csv";
  config.out = folder_ / "split.csv";
  EXPECT_THAT(MessageOf([&] { Run(RunSplit, config, 7); }, ErrorKind::kUsage),
              HasSubstr("leave --seed 7 out"));
}

TEST_F(SplitTest, TheManifestKeepsEverythingElse) {
  PublishBytes(
      folder_ / "m.csv",
      "id,path,score,camera,split\nb,y.jpg,2.5,\"X, 100\",old\na,x.jpg,,M6,\nc,z.jpg,3,,\n");
  SplitConfig config = Fractions(0.34, 0.33);
  config.manifest = folder_ / "m.csv";
  config.out = folder_ / "deep/split.csv";
  Run(RunSplit, config, 1);
  const Manifest manifest = store::ReadManifest(config.out);
  ASSERT_EQ(manifest.rows.size(), 3u);
  EXPECT_EQ(manifest.rows[0].id, "b") << "rows stay in their order";
  EXPECT_EQ(manifest.rows[0].path, "../y.jpg");
  EXPECT_EQ(manifest.rows[0].extra[0], "X, 100");
  std::set<std::string> splits;
  for (const ManifestRow& row : manifest.rows) splits.insert(row.split);
  EXPECT_THAT(splits, ElementsAre("test", "train", "val"));
}

}  // namespace
}  // namespace kallos::data
