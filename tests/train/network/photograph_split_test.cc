#include "train/network/photograph_split.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/train/example_data.h"

namespace kallos::train {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

store::ManifestRow Row(const std::string& id, const std::string& split,
                       std::optional<int> label = 1, const std::string& benchmark = "") {
  store::ManifestRow row;
  row.id = id;
  row.path = id + ".jpg";
  row.split = split;
  row.label = label;
  row.benchmark = benchmark;
  return row;
}

TEST(MayLearnFromRow, OnlyOfTrainAndValWithoutBenchmark) {
  for (const std::string split : {"", "train", "val"})
    EXPECT_TRUE(MayLearnFrom(Row("a", split), true)) << split;
  for (const std::string split : {"test", "fold0", "Train"})
    EXPECT_FALSE(MayLearnFrom(Row("a", split), true)) << split;
  EXPECT_FALSE(MayLearnFrom(Row("a", "train", 1, "alm"), false));
  EXPECT_FALSE(MayLearnFrom(Row("a", "train", std::nullopt), true));
  EXPECT_TRUE(MayLearnFrom(Row("a", "train", std::nullopt), false));
}

class PhotographSplitTest : public TrainTest {
 protected:
  store::Manifest Written(std::vector<store::ManifestRow> rows) const {
    store::Manifest manifest;
    manifest.folder = folder_;
    manifest.rows = std::move(rows);
    store::WriteManifest(folder_ / "m.csv", manifest);
    return manifest;
  }
};

TEST_F(PhotographSplitTest, LabelledPhotographsAreThoseToLearnFromById) {
  Written({Row("c", "train"), Row("a", "", 0), Row("d", "test"), Row("e", "train", std::nullopt),
           Row("f", "train", 1, "alm"), Row("b", "val", 0)});
  const store::Manifest found = LabelledPhotographs(folder_ / "m.csv");
  std::vector<std::string> ids;
  for (const store::ManifestRow& row : found.rows) ids.push_back(row.id);
  EXPECT_THAT(ids, ElementsAre("a", "b", "c"));
  EXPECT_EQ(found.PathOf(found.rows[0]), folder_ / "a.jpg");
}

TEST_F(PhotographSplitTest, NothingToLearnFromIsNamed) {
  Written({Row("d", "test"), Row("e", "train", std::nullopt)});
  EXPECT_THAT(MessageOf([&] { LabelledPhotographs(folder_ / "m.csv"); }),
              AllOf(HasSubstr("m.csv"), HasSubstr("none of its 2 rows")));
}

TEST_F(PhotographSplitTest, ValidationRowsAreThoseOfTheSplit) {
  const store::Manifest manifest =
      Written({Row("a", ""), Row("b", "val"), Row("c", "train"), Row("d", "val")});
  const PhotographSplit split = Divide(manifest, 0.5, 1);
  EXPECT_THAT(split.train_rows, ElementsAre(0, 2));
  EXPECT_THAT(split.validation_rows, ElementsAre(1, 3));
}

TEST_F(PhotographSplitTest, WithoutAValidationSplitWholeGroupsOfEachClassValidate) {
  std::vector<store::ManifestRow> rows;
  for (int i = 0; i < 120; ++i) {
    rows.push_back(Row(fmt::format("p{:03}", i), "train", i / 2 % 2));
    rows.back().group = fmt::format("g{}", i / 2);
  }
  const store::Manifest manifest = Written(rows);
  std::set<std::vector<size_t>> draws;
  for (uint64_t seed = 1; seed < 6; ++seed) {
    const PhotographSplit split = Divide(manifest, 0.2, seed);
    std::set<std::string> validation_groups;
    std::set<size_t> all(split.train_rows.begin(), split.train_rows.end());
    int good = 0;
    for (const size_t row : split.validation_rows) {
      validation_groups.insert(manifest.rows[row].group);
      all.insert(row);
      good += *manifest.rows[row].label;
    }
    EXPECT_EQ(all.size(), 120u) << "each row trains or validates";
    EXPECT_EQ(split.train_rows.size() + split.validation_rows.size(), 120u);
    EXPECT_NEAR(static_cast<double>(split.validation_rows.size()), 24, 2);
    EXPECT_NEAR(good, 12, 1) << "each class";
    for (const size_t row : split.train_rows)
      EXPECT_FALSE(validation_groups.contains(manifest.rows[row].group));
    EXPECT_TRUE(std::ranges::is_sorted(split.train_rows) &&
                std::ranges::is_sorted(split.validation_rows));
    EXPECT_EQ(Divide(manifest, 0.2, seed).validation_rows, split.validation_rows);
    draws.insert(split.validation_rows);
  }
  EXPECT_EQ(draws.size(), 5u);
}

TEST_F(PhotographSplitTest, TooFewAreNamed) {
  const auto message = [&](std::vector<store::ManifestRow> rows) {
    const store::Manifest manifest = Written(std::move(rows));
    return MessageOf([&] { Divide(manifest, 0.2, 1); });
  };
  EXPECT_THAT(message({Row("a", "train"), Row("b", "val")}),
              HasSubstr("1 photographs train and 1 validate"));
  EXPECT_THAT(message({Row("a", "val"), Row("b", "val")}),
              HasSubstr("0 photographs train and 2 validate"));
  EXPECT_THAT(message({Row("a", "train")}), HasSubstr("expected at least 2 and 1"));
  EXPECT_EQ(message({Row("a", "train"), Row("b", "train"), Row("c", "val")}), "no error");
}

}  // namespace
}  // namespace kallos::train
