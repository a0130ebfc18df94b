#include "train/head_data.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/train/example_data.h"

namespace kallos::train {
namespace {

using testing::HasSubstr;

class HeadDataTest : public TrainTest {
 protected:
  HeadData Load(const HeadConfig& config, uint64_t seed = 1) const {
    return LoadHeadData(config, seed);
  }
  std::string LoadMessage() const {
    return MessageOf([&] { Load(Config()); });
  }
};

std::set<std::string> Ids(const HeadData& data, const std::vector<size_t>& rows) {
  std::set<std::string> ids;
  for (const size_t row : rows) ids.insert(data.ids[row]);
  return ids;
}

TEST_F(HeadDataTest, TheSplitDecidesAndTestAndBenchmarkRowsAreNeverLoaded) {
  store::Manifest manifest = ExampleManifest(folder_, 80);
  manifest.rows[0].benchmark = "alm";
  manifest.rows[1].label.reset();
  WriteExampleStore(folder_ / "s", manifest, 5);
  const HeadData data = Load(Config());
  std::set<std::string> train, validation;
  for (size_t i = 2; i < manifest.rows.size(); ++i) {
    if (manifest.rows[i].split == "train") train.insert(manifest.rows[i].id);
    if (manifest.rows[i].split == "val") validation.insert(manifest.rows[i].id);
  }
  EXPECT_EQ(Ids(data, data.train_rows), train);
  EXPECT_EQ(Ids(data, data.validation_rows), validation);
  EXPECT_EQ(data.features.rows(), train.size() + validation.size());
  for (size_t i = 0; i < data.ids.size(); ++i) {
    const auto row = std::find_if(manifest.rows.begin(), manifest.rows.end(),
                                  [&](const store::ManifestRow& r) { return r.id == data.ids[i]; });
    EXPECT_EQ(data.labels[i], row->label);
    EXPECT_EQ(data.features(i, 4), ExampleFeature(*row, 4, 3));
  }
}

TEST_F(HeadDataTest, InnerValidationIsStratifiedAndKeepsGroupsTogether) {
  store::Manifest manifest = ExampleManifest(folder_, 400, 4, false);
  for (size_t i = 0; i < manifest.rows.size(); ++i)
    manifest.rows[i].group = fmt::format("{}{}", manifest.rows[i].label == 1 ? "g" : "b", i / 12);
  WriteExampleStore(folder_ / "s", manifest, 3);
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    HeadConfig config = Config();
    config.settings.inner_validation = 0.2;
    const HeadData data = Load(config, seed);
    EXPECT_EQ(data.train_rows.size() + data.validation_rows.size(), 400u);
    std::set<std::string> train_groups;
    const auto group = [&](size_t row) {
      return manifest.rows[std::stoul(data.ids[row].substr(5))].group;
    };
    for (const size_t row : data.train_rows) train_groups.insert(group(row));
    size_t good = 0;
    for (const size_t row : data.validation_rows) {
      EXPECT_FALSE(train_groups.contains(group(row)));
      good += data.labels[row] == 1 ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(good), 20, 3);  // groups hold 3 good and 9 bad rows
    EXPECT_NEAR(static_cast<double>(data.validation_rows.size() - good), 60, 9);
    EXPECT_NE(Ids(data, data.validation_rows),
              Ids(Load(config, seed + 10), Load(config, seed + 10).validation_rows));
  }
}

TEST_F(HeadDataTest, AClassWithoutRowsIsRefused) {
  store::Manifest manifest = ExampleManifest(folder_, 40);
  for (store::ManifestRow& row : manifest.rows) {
    if (row.split == "train") row.label = 0;
  }
  WriteExampleStore(folder_ / "s", manifest, 3);
  EXPECT_THAT(LoadMessage(), HasSubstr("training rows: 24 of class bad, 0 of class good"));
}

TEST_F(HeadDataTest, NoTrainingRowsAreRefused) {
  store::Manifest manifest = ExampleManifest(folder_, 40);
  for (store::ManifestRow& row : manifest.rows) row.split = "test";
  WriteExampleStore(folder_ / "s", manifest, 3);
  EXPECT_THAT(LoadMessage(), HasSubstr("no labelled row of split 'train'"));
}

TEST_F(HeadDataTest, NotANumberIsNamedByStoreIdAndColumn) {
  const store::Manifest manifest = ExampleManifest(folder_, 40);
  for (const float value : {NAN, INFINITY}) {
    const auto plant = [&](store::Shard& shard) { shard.features(7, 2) = value; };
    const std::string message = MessageOf([&] {
      WriteExampleStore(folder_ / "s", manifest, 5, 3, "test", plant);
    });  // no writer lets it pass
    EXPECT_THAT(message, HasSubstr("row 'photo0007', column 2"));
    EXPECT_THAT(message, HasSubstr("shard-00000.h5"));
  }
}

TEST_F(HeadDataTest, StandardizationIsOfTheTrainingRowsAndOverflowIsNamed) {
  const store::Manifest manifest = ExampleManifest(folder_, 80);
  const auto scale = [](store::Shard& shard) {
    for (size_t i = 0; i < shard.features.rows(); ++i) {
      shard.features(i, 0) = 1000 + 50 * shard.features(i, 0);
      shard.features(i, 1) = 7;
    }
  };
  WriteExampleStore(folder_ / "s", manifest, 3, 3, "test", scale);
  HeadConfig config = Config();
  config.settings.standardize = true;
  const HeadData data = Load(config);
  double mean = 0, square = 0;
  for (const size_t row : data.train_rows) {
    const double n = static_cast<double>(data.train_rows.size());
    mean += data.features(row, 0) / n;
    square += double{data.features(row, 0)} * data.features(row, 0) / n;
    EXPECT_EQ(data.features(row, 1), 0);
  }
  EXPECT_NEAR(mean, 0, 1e-4);
  EXPECT_NEAR(square, 1, 1e-3);

  const auto overflow = [](store::Shard& shard) {
    for (size_t i = 0; i < shard.features.rows(); ++i) shard.features(i, 2) *= 1e-4f;
    shard.features(8, 2) = 3e38f;  // a validation row
  };
  WriteExampleStore(folder_ / "o", manifest, 3, 3, "test", overflow);
  config.features = {folder_ / "o"};
  EXPECT_THAT(MessageOf([&] { Load(config); }), HasSubstr("row 'photo0008', head input 2"));
}

TEST_F(HeadDataTest, StoresAreJoinedByIdAndMissingIdsListed) {
  const store::Manifest manifest = ExampleManifest(folder_, 60);
  store::Manifest permuted = manifest;
  Stream(1, "test/permute").Shuffle(permuted.rows);
  WriteExampleStore(folder_ / "s", manifest, 4);
  WriteExampleStore(folder_ / "same", manifest, 3, 3, "other");
  WriteExampleStore(folder_ / "permuted", permuted, 3, 3, "other");
  HeadConfig config = Config();
  config.features = {folder_ / "s", folder_ / "same"};
  const HeadData straight = Load(config);
  config.features[1] = folder_ / "permuted";
  const HeadData joined = Load(config);
  EXPECT_EQ(straight.ids, joined.ids);
  const size_t n = straight.features.rows() * straight.features.columns();
  EXPECT_TRUE(
      std::equal(straight.features.data(), straight.features.data() + n, joined.features.data()));

  permuted.rows.resize(40);
  WriteExampleStore(folder_ / "dropped", permuted, 3, 3, "other");
  config.features[1] = folder_ / "dropped";
  const std::string message = MessageOf([&] { Load(config); });
  EXPECT_THAT(message, HasSubstr("lacks 20 ids"));
  EXPECT_EQ(std::count(message.begin(), message.end(), ','), 10) << message;  // ten ids and "..."

  store::Manifest doubled = manifest;
  doubled.rows[5].id = doubled.rows[4].id;
  WriteExampleStore(folder_ / "doubled", doubled, 3, 3, "other");
  config.features[1] = folder_ / "doubled";
  EXPECT_THAT(MessageOf([&] { Load(config); }), HasSubstr("photo0004"));
}

TEST_F(HeadDataTest, TheKeyTellsWhatDecidesTheResult) {
  WriteExampleStore(folder_ / "s", ExampleManifest(folder_, 40), 3);
  WriteExampleStore(folder_ / "other", ExampleManifest(folder_, 40), 3, 2);
  const HeadConfig config = Config();
  const std::string key = Load(config).key;
  HeadConfig moved = Config("elsewhere");
  moved.fresh = true;
  EXPECT_EQ(Load(moved).key, key);
  HeadConfig changed = config;
  changed.settings.recipe.lr = 0.02;
  EXPECT_NE(Load(changed).key, key);
  changed = config;
  changed.features = {folder_ / "other"};
  EXPECT_NE(Load(changed).key, key);
  EXPECT_NE(Load(config, 2).key, key);
}

}  // namespace
}  // namespace kallos::train
