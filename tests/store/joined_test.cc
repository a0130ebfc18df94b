#include "lib/store/joined.h"

#include <algorithm>

#include "tests/store/example_store.h"

namespace kallos::store {
namespace {

using testing::HasSubstr;

// Two stores of the same photographs in different orders.
class JoinedTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    forward_ = MakeManifest(20);
    ASSERT_TRUE(Write(folder_ / "a", forward_, MakeInfo(3), 6));
    Manifest backward = forward_;
    std::reverse(backward.rows.begin(), backward.rows.end());
    WriteValues(folder_ / "b", backward, 2);
  }

  // A store in which every row holds the number in its id, and its negative.
  void WriteValues(const fs::path& folder, const Manifest& manifest, int64_t dimension) const {
    const StoreWriter writer(folder, MakeInfo(dimension, false, "values"), manifest, 1000);
    Shard shard;
    shard.features = Matrix<float>(manifest.rows.size(), static_cast<size_t>(dimension));
    for (size_t i = 0; i < manifest.rows.size(); ++i) {
      shard.ids.push_back(manifest.rows[i].id);
      shard.labels.push_back(-1);
      shard.features(i, 0) = NumberOf(manifest.rows[i].id);
      shard.features(i, 1) = -NumberOf(manifest.rows[i].id);
    }
    writer.WriteShard(0, shard);
    ASSERT_TRUE(writer.FinishIfComplete());
  }

  static float NumberOf(const std::string& id) { return std::stof(id.substr(5)); }

  Manifest forward_;
};

TEST_F(JoinedTest, JoinsByIdNotByPosition) {
  const JoinedFeatures joined = JoinStores({folder_ / "a", folder_ / "b"});
  ASSERT_EQ(joined.features.columns(), 5u);
  ASSERT_EQ(joined.features.rows(), 17u);  // three were skipped in the first
  for (size_t i = 0; i < joined.features.rows(); ++i) {
    const float number = NumberOf(joined.manifest.rows[i].id);
    EXPECT_EQ(joined.features(i, 1), Value(static_cast<size_t>(number), 1));
    EXPECT_EQ(joined.features(i, 3), number);
    EXPECT_EQ(joined.features(i, 4), -number);
  }
}

TEST_F(JoinedTest, TheSameStoreTwiceIsRefused) {
  EXPECT_THAT(MessageOf([&] {
                JoinStores({folder_ / "a", folder_ / "b", folder_ / "a"});
              }),
              HasSubstr("the same store"));
}

TEST_F(JoinedTest, SelectsColumnsInTheirOrder) {
  const JoinedFeatures joined = JoinStores({folder_ / "a", folder_ / "b"}, {}, {{4, 0, 3}});
  ASSERT_EQ(joined.features.columns(), 3u);
  const float number = NumberOf(joined.manifest.rows[5].id);
  EXPECT_EQ(joined.features(5, 0), -number);
  EXPECT_EQ(joined.features(5, 1), Value(static_cast<size_t>(number), 0));
  EXPECT_EQ(joined.features(5, 2), number);
  EXPECT_THAT(MessageOf([&] { JoinStores({folder_ / "a"}, {}, {{3}}); }), HasSubstr("column 3"));
}

TEST_F(JoinedTest, MissingIdsAreListed) {
  Manifest fewer = forward_;
  fewer.rows.erase(fewer.rows.begin(), fewer.rows.begin() + 12);
  WriteValues(folder_ / "c", fewer, 2);
  const std::string message = MessageOf([&] { JoinStores({folder_ / "a", folder_ / "c"}); });
  EXPECT_THAT(message, HasSubstr("lacks 10 ids"));
  EXPECT_THAT(message, HasSubstr("photo000, photo001, photo002, photo004"));
}

TEST_F(JoinedTest, AManifestReplacesLabelsAndChoosesRows) {
  Manifest other = MakeManifest(10);
  for (ManifestRow& row : other.rows) row.split = "val";
  other.rows[1].label = 0;
  WriteManifest(folder_ / "other.csv", other);
  const JoinedFeatures joined = JoinStores({folder_ / "b"}, folder_ / "other.csv");
  ASSERT_EQ(joined.manifest.rows.size(), 10u);
  EXPECT_EQ(joined.manifest.rows[1].split, "val");
  EXPECT_EQ(joined.manifest.rows[1].label, 0);
  EXPECT_EQ(joined.features(1, 0), 1.0f);
}

}  // namespace
}  // namespace kallos::store
