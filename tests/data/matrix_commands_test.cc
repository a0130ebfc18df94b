#include "data/matrix_commands.h"

#include <cmath>

#include "lib/core/rng.h"
#include "lib/store/feature_store.h"
#include "lib/store/matrix_file.h"
#include "tests/data/data_test.h"

namespace kallos::data {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class MatrixCommandsTest : public DataTest {
 protected:
  static constexpr size_t kRows = 23;
  static constexpr size_t kColumns = 5;

  void SetUp() override {
    DataTest::SetUp();
    Stream random(1, "test/pack");
    for (size_t i = 0; i < kRows * kColumns; ++i)
      values_.data()[i] = static_cast<float>(static_cast<int>(random.Below(4000)) - 2000) / 8.0f;
    std::string rows = "id,label,split,camera\n";
    for (size_t i = 0; i < kRows; ++i)
      rows += fmt::format("r{},{},{},\"c,{}\"\n", (i * 7) % kRows,
                          i % 3 == 2   ? ""
                          : i % 3 == 1 ? "1"
                                       : "0",
                          i % 2 ? "test" : "train", i);
    PublishBytes(folder_ / "rows.csv", rows);
  }

  PackConfig Pack(const std::string& matrix) const {
    PackConfig config;
    config.matrix = matrix;
    config.manifest = folder_ / "rows.csv";
    config.out = folder_ / "store";
    config.rows_per_shard = 10;
    return config;
  }

  std::string Place(const std::string& name) const { return folder_ / name; }

  // The header of numpy.save, then `data`.
  std::string Npy(const std::string& type, bool fortran, const std::string& data) const {
    std::string header =
        fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': ({}, {}), }}\n", type,
                    fortran ? "True" : "False", kRows, kColumns);
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += {static_cast<char>(header.size()), 0};
    return bytes + header + data;
  }

  template <typename T>
  std::string Numbers(bool fortran) const {
    std::vector<T> numbers;
    for (size_t k = 0; k < kRows * kColumns; ++k)
      numbers.push_back(
          static_cast<T>(fortran ? values_(k % kRows, k / kRows) : values_.data()[k]));
    return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T)};
  }

  void ExpectStored(const std::string& how) const {
    const Matrix<float> stored = store::FeatureStore(folder_ / "store").ReadAll();
    ASSERT_EQ(stored.rows(), kRows) << how;
    EXPECT_TRUE(std::equal(values_.data(), values_.data() + kRows * kColumns, stored.data()))
        << how;
  }

  Matrix<float> values_{kRows, kColumns};
};

TEST_F(MatrixCommandsTest, EveryFormRoundTrips) {
  PublishBytes(folder_ / "f4.npy", Npy("<f4", false, Numbers<float>(false)));
  PublishBytes(folder_ / "f8.npy", Npy("<f8", false, Numbers<double>(false)));
  PublishBytes(folder_ / "f4t.npy", Npy("<f4", true, Numbers<float>(true)));
  PublishBytes(folder_ / "f8t.npy", Npy("<f8", true, Numbers<double>(true)));
  store::WriteMatrixFile(Place("f2.npy"), values_.View(), true);
  store::WriteMatrixFile(Place("x.csv"), values_.View(), false);
  store::WriteMatrixFile(Place("x.h5:/own"), values_.View(), false);
  store::WriteMatrixFile(Place("half.h5:/own"), values_.View(), true);
  for (const std::string name :
       {"f4.npy", "f8.npy", "f4t.npy", "f8t.npy", "f2.npy", "x.csv", "x.h5:/own", "half.h5:/own"}) {
    PackConfig pack = Pack(Place(name));
    pack.fresh = true;
    Run(RunPack, pack);
    ExpectStored(name);
    const bool half = name == "f2.npy" || name == "half.h5:/own";
    EXPECT_EQ(store::FeatureStore(pack.out).info().half, half) << name;
    for (const std::string out : {"back.npy", "back.csv", "back.h5:/b"}) {
      Run(RunUnpack, UnpackConfig{pack.out, Place(out), folder_ / "back_rows.csv"});
      const store::FloatTable back = store::ReadMatrixFile(Place(out));
      EXPECT_TRUE(std::equal(values_.data(), values_.data() + kRows * kColumns, back.values.data()))
          << name << out;
      EXPECT_EQ(back.half, half && out != "back.csv") << name << out;
    }
    EXPECT_EQ(
        store::FormatManifest(store::ReadManifest(folder_ / "back_rows.csv", false),
                              folder_ / "m.csv"),
        store::FormatManifest(store::ReadManifest(folder_ / "rows.csv", false), folder_ / "m.csv"));
  }
}

TEST_F(MatrixCommandsTest, TheSameAgainIsWelcomeAndOthersNeedFresh) {
  store::WriteMatrixFile(Place("x.npy"), values_.View(), false);
  Run(RunPack, Pack(Place("x.npy")));
  auto before = Files();
  Run(RunPack, Pack(Place("x.npy")));
  auto after = Files();
  before.erase("store/run.yaml");
  after.erase("store/run.yaml");
  EXPECT_EQ(after, before);
  values_(7, 2) += 1;
  store::WriteMatrixFile(Place("x.npy"), values_.View(), false);
  EXPECT_THAT(MessageOf([&] { Run(RunPack, Pack(Place("x.npy"))); }),
              AllOf(HasSubstr("other features"), HasSubstr("--fresh")));
  PackConfig fresh = Pack(Place("x.npy"));
  fresh.fresh = true;
  Run(RunPack, fresh);
  ExpectStored("fresh");
}

TEST_F(MatrixCommandsTest, FaultsNameRowAndColumn) {
  values_(4, 3) = std::nanf("");
  for (const std::string name : {"x.npy", "x.csv", "x.h5:/x"}) {
    store::WriteMatrixFile(Place(name), values_.View(), false);
    EXPECT_THAT(MessageOf([&] { Run(RunPack, Pack(Place(name))); }),
                AllOf(HasSubstr(name), HasSubstr("row 4 'r5', column 3"), HasSubstr("nan")));
  }
  EXPECT_FALSE(fs::exists(folder_ / "store"));
}

TEST_F(MatrixCommandsTest, RowsMustFitTheManifest) {
  const Matrix<float> short_one(kRows - 1, kColumns, 1.0f);
  store::WriteMatrixFile(Place("x.npy"), short_one.View(), false);
  EXPECT_THAT(MessageOf([&] { Run(RunPack, Pack(Place("x.npy"))); }),
              AllOf(HasSubstr("has 22 rows"), HasSubstr("has 23")));
  EXPECT_FALSE(fs::exists(folder_ / "store"));
}

TEST_F(MatrixCommandsTest, OtherTypesAreRefused) {
  for (const std::string type : {"<i4", "|u1", ">f4", "<c8", "|O"}) {
    PublishBytes(folder_ / "x.npy", Npy(type, false, Numbers<float>(false)));
    EXPECT_THAT(MessageOf([&] { Run(RunPack, Pack(Place("x.npy"))); }),
                AllOf(HasSubstr(type), HasSubstr("astype")));
  }
  EXPECT_THAT(MessageOf([&] { Run(RunPack, Pack(Place("missing.npy"))); }),
              HasSubstr("missing.npy: no such file"));
  EXPECT_THAT(MessageOf([&] { Run(RunPack, Pack(Place("x.mat"))); }, ErrorKind::kUsage),
              HasSubstr("x.mat"));
  EXPECT_THAT(MessageOf([&] {
                Run(RunUnpack, UnpackConfig{folder_ / "none", Place("x.npy"), {}});
              }),
              HasSubstr("none: no such folder"));
}

}  // namespace
}  // namespace kallos::data
