#include "pca/transform.h"

#include "lib/core/stop.h"
#include "lib/parallel/parallel.h"
#include "tests/model/example_reduction.h"
#include "tests/store/example_store.h"

namespace kallos::pca {
namespace {

using testing::HasSubstr;

class TransformTest : public store::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    manifest_ = MakeManifest(53);
    for (size_t i = 0; i < 53; ++i) {
      manifest_.rows[i].split = i % 3 == 0 ? "val" : "train";
      manifest_.rows[i].extra = {fmt::format("note {}", i)};
    }
    manifest_.extra_columns = {"note"};
    ASSERT_TRUE(Write(folder_ / "in/s", manifest_, MakeInfo(6), 10));
    model::WriteReduction(folder_ / "pca.h5", model::ExampleModel(6, 3));
  }
  void TearDown() override {
    ClearStop();
    SetThreads(0);
    StoreTest::TearDown();
  }

  TransformConfig Config(const std::string& from, const std::string& to,
                         bool inverse = false) const {
    TransformConfig config;
    config.features = folder_ / from;
    config.model = folder_ / "pca.h5";
    config.out = folder_ / to;
    config.inverse = inverse;
    config.rows_per_shard = 16;
    return config;
  }

  static void Run(const TransformConfig& config) {
    RunRecord record("test", "");
    RunContext context{0, record};
    RunTransform(config, context);
  }

  static std::string ErrorOf(const TransformConfig& config, ErrorKind kind = ErrorKind::kInput) {
    return MessageOf([&] { Run(config); }, kind);
  }

  // Without what may differ: times and locks.
  static std::map<std::string, std::string> Content(const fs::path& folder) {
    auto files = FilesOf(folder);
    files.erase("run.yaml");
    files.erase(".lock");
    return files;
  }

  store::Manifest manifest_;
};

TEST_F(TransformTest, EverythingTravelsAlong) {
  Run(Config("in/s", "elsewhere/deep/out"));
  const store::FeatureStore in(folder_ / "in/s");
  const store::FeatureStore out(folder_ / "elsewhere/deep/out");
  ASSERT_EQ(out.rows(), in.rows());
  EXPECT_EQ(out.info().layers.size(), 1u);
  EXPECT_EQ(out.info().layers[0].name, "pca");
  EXPECT_NE(out.info().fingerprint, in.info().fingerprint);
  for (size_t i = 0; i < out.manifest().rows.size(); ++i) {
    const store::ManifestRow& a = in.manifest().rows[i];
    const store::ManifestRow& b = out.manifest().rows[i];
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.label, b.label);
    EXPECT_EQ(a.split, b.split);
    EXPECT_EQ(a.extra, b.extra);
    EXPECT_EQ(in.manifest().PathOf(a).lexically_normal(),
              out.manifest().PathOf(b).lexically_normal());
  }
  ASSERT_EQ(out.skipped().size(), in.skipped().size());
  ASSERT_FALSE(in.skipped().empty());
  for (size_t i = 0; i < in.skipped().size(); ++i) {
    EXPECT_EQ(out.skipped()[i].id, in.skipped()[i].id);
    EXPECT_EQ(out.skipped()[i].path, in.skipped()[i].path);
    EXPECT_EQ(out.skipped()[i].reason, in.skipped()[i].reason);
  }
  const Matrix<float> scores =
      model::Transform(model::ReadReduction(folder_ / "pca.h5"), in.ReadAll().View());
  const Matrix<float> found = out.ReadAll();
  EXPECT_TRUE(std::equal(scores.data(), scores.data() + scores.rows() * 3, found.data()));
}

TEST_F(TransformTest, ThereAndBack) {
  model::WriteReduction(folder_ / "pca.h5", model::ExampleModel(6, 6));
  Run(Config("in/s", "scores"));
  Run(Config("scores", "back", true));
  const Matrix<float> before = store::FeatureStore(folder_ / "in/s").ReadAll();
  const store::FeatureStore store(folder_ / "back");
  const Matrix<float> after = store.ReadAll();
  ASSERT_EQ(after.columns(), 6u);
  for (size_t i = 0; i < before.rows() * 6; ++i)
    EXPECT_NEAR(after.data()[i], before.data()[i], 1e-5);
  EXPECT_EQ(store.info().extractor, "test/pca/inverse");
  EXPECT_NE(store.info().fingerprint, store::FeatureStore(folder_ / "in/s").info().fingerprint);
}

TEST_F(TransformTest, SameBytesWhateverTheThreadsAndAfterAStop) {
  Run(Config("in/s", "a"));
  SetThreads(1);
  Run(Config("in/s", "b"));
  EXPECT_EQ(Content(folder_ / "a"), Content(folder_ / "b"));
  fs::remove(folder_ / "b/store.json");
  fs::remove(folder_ / "b/shard-00002.h5");
  const auto untouched = fs::last_write_time(folder_ / "b/shard-00001.h5");
  Run(Config("in/s", "b"));
  EXPECT_EQ(Content(folder_ / "a"), Content(folder_ / "b"));
  EXPECT_EQ(fs::last_write_time(folder_ / "b/shard-00001.h5"), untouched);
  RequestStop();
  EXPECT_THAT(ErrorOf(Config("in/s", "c"), ErrorKind::kInterrupted), HasSubstr("stopped"));
  ClearStop();
  Run(Config("in/s", "c"));
  EXPECT_EQ(Content(folder_ / "a"), Content(folder_ / "c"));
}

TEST_F(TransformTest, HalfPrecisionIsStored) {
  TransformConfig config = Config("in/s", "half");
  config.half = true;
  Run(config);
  EXPECT_TRUE(store::FeatureStore(folder_ / "half").info().half);
}

TEST_F(TransformTest, WrongFeaturesAreRefused) {
  ASSERT_TRUE(Write(folder_ / "other", manifest_, MakeInfo(6, false, "other"), 10));
  EXPECT_THAT(ErrorOf(Config("other", "x")), HasSubstr("fitted on features of 'test'"));
  EXPECT_THAT(ErrorOf(Config("in/s", "x", true)), HasSubstr("are not scores of"));
  Run(Config("in/s", "scores"));
  EXPECT_THAT(ErrorOf(Config("scores", "x")), HasSubstr("already; --inverse"));
  model::WriteReduction(folder_ / "pca.h5", model::ExampleModel(6, 3, 2));
  EXPECT_THAT(ErrorOf(Config("scores", "x", true)), HasSubstr("are not scores of"));
  EXPECT_THAT(ErrorOf(Config("scores", "x")), HasSubstr("6 columns"));
  EXPECT_FALSE(fs::exists(folder_ / "x"));
}

TEST_F(TransformTest, NothingIsMixedOrOverwritten) {
  TransformConfig same = Config("in/s", "in/s");
  same.fresh = true;
  EXPECT_THAT(ErrorOf(same, ErrorKind::kUsage), HasSubstr("this is the store to read"));
  EXPECT_EQ(store::FeatureStore(folder_ / "in/s").ReadAll().columns(), 6u);
  Run(Config("in/s", "a"));
  model::WriteReduction(folder_ / "pca.h5", model::ExampleModel(6, 3, 2));
  EXPECT_THAT(ErrorOf(Config("in/s", "a")), HasSubstr("--fresh"));
  TransformConfig fresh = Config("in/s", "a");
  fresh.fresh = true;
  EXPECT_EQ(ErrorOf(fresh), "no error");
}

}  // namespace
}  // namespace kallos::pca
