// What happens to a store that was damaged on disk, or made to deceive.
#include <hdf5.h>

#include <fstream>

#include "lib/core/hash.h"
#include "lib/store/hdf5_image.h"
#include "lib/store/matrix_file.h"
#include "lib/store/shard_file.h"
#include "tests/store/example_store.h"

namespace kallos::store {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

// In place where the size stays: file systems flush after a truncation, which is slow.
void Overwrite(const fs::path& path, const std::string& bytes) {
  const bool in_place = fs::exists(path) && fs::file_size(path) == bytes.size();
  std::ofstream(path, std::ios::binary | (in_place ? std::ios::in : std::ios::trunc)) << bytes;
}

class StoreFaultTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    manifest_ = MakeManifest(40);
    info_ = MakeInfo(6);
    store_ = folder_ / "s";
    ASSERT_TRUE(Write(store_, manifest_, info_, 10));
  }

  std::string Use() const {
    return MessageOf([&] { FeatureStore(store_).ReadAll(); });
  }

  Manifest manifest_;
  StoreInfo info_;
  fs::path store_;
};

TEST_F(StoreFaultTest, ATruncatedShardIsRefusedAndAloneMadeAgain) {
  const auto whole = FilesOf(store_);
  const fs::path shard = store_ / "shard-00002.h5";
  const std::string bytes = ReadFile(shard);
  for (const size_t size :
       {size_t{0}, size_t{8}, bytes.size() / 100, bytes.size() / 2, bytes.size() - 1}) {
    Overwrite(shard, bytes.substr(0, size));
    EXPECT_THAT(Use(), HasSubstr("shard-00002.h5"));
    const auto untouched = fs::last_write_time(store_ / "shard-00001.h5");
    EXPECT_TRUE(Write(store_, manifest_, info_, 10));
    EXPECT_EQ(FilesOf(store_), whole);
    EXPECT_EQ(fs::last_write_time(store_ / "shard-00001.h5"), untouched);
  }
}

TEST_F(StoreFaultTest, EveryBitFlipIsDetected) {
  Stream random(1, "test/flips");
  for (const auto& [name, bytes] : FilesOf(store_)) {
    if (name == "plan.json") continue;  // only the writer reads it
    if (name.ends_with(".h5") && name != "shard-00001.h5") continue;
    for (int trial = 0; trial < 500; ++trial) {
      std::string flipped = bytes;
      flipped[random.Below(bytes.size())] ^= static_cast<char>(1 << random.Below(8));
      Overwrite(store_ / name, flipped);
      EXPECT_NE(Use(), "no error") << name;
    }
    Overwrite(store_ / name, bytes);
  }
  EXPECT_EQ(Use(), "no error");
}

TEST_F(StoreFaultTest, FlipsInAShardOfAnUnfinishedStoreAreDetected) {
  const fs::path shard = store_ / "shard-00001.h5";
  const std::string bytes = ReadFile(shard);
  Stream random(2, "test/flips");
  for (int trial = 0; trial < 500; ++trial) {
    std::string flipped = bytes;
    flipped[random.Below(bytes.size())] ^= static_cast<char>(1 << random.Below(8));
    EXPECT_FALSE(IsWholeShard(flipped));
  }
  EXPECT_TRUE(IsWholeShard(bytes));
}

TEST_F(StoreFaultTest, AFlippedPlanIsRefused) {
  const std::string plan = ReadFile(store_ / "plan.json");
  Stream random(3, "test/flips");
  for (int trial = 0; trial < 500; ++trial) {
    std::string flipped = plan;
    flipped[random.Below(plan.size())] ^= static_cast<char>(1 << random.Below(8));
    Overwrite(store_ / "plan.json", flipped);
    EXPECT_THAT(MessageOf([&] { StoreWriter(store_, info_, manifest_, 10); }),
                HasSubstr("plan.json"));
  }
}

TEST_F(StoreFaultTest, SwappedAndForeignShardsAreRefused) {
  const auto whole = FilesOf(store_);
  Overwrite(store_ / "shard-00000.h5", whole.at("shard-00001.h5"));
  EXPECT_THAT(Use(), AnyOf(HasSubstr("not of this store"), HasSubstr("bytes, expected")));
  EXPECT_THAT(MessageOf([&] { Write(store_, manifest_, info_, 10); }),
              HasSubstr("is shard 1 under another name"));
  const StoreInfo other = MakeInfo(6, false, "other");
  ASSERT_TRUE(Write(folder_ / "other", manifest_, other, 10));
  Overwrite(store_ / "shard-00000.h5", ReadFile(folder_ / "other/shard-00000.h5"));
  EXPECT_THAT(MessageOf([&] { Write(store_, manifest_, info_, 10); }), HasSubstr("another store"));
  fs::remove(store_ / "shard-00000.h5");
  EXPECT_THAT(Use(), HasSubstr("missing"));
}

TEST_F(StoreFaultTest, ShardsThatChangedPlacesAreRefused) {
  fs::rename(store_ / "shard-00000.h5", folder_ / "aside");
  fs::rename(store_ / "shard-00001.h5", store_ / "shard-00000.h5");
  fs::rename(folder_ / "aside", store_ / "shard-00001.h5");
  EXPECT_THAT(Use(), HasSubstr("shard-0000"));
  EXPECT_THAT(MessageOf([&] { Write(store_, manifest_, info_, 10); }),
              HasSubstr("under another name"));
}

// The same extractor, the same number of rows, other photographs.
TEST_F(StoreFaultTest, AShardOfAnotherRunIsRefused) {
  Manifest others = manifest_;
  for (ManifestRow& row : others.rows) row.id += "-other";
  ASSERT_TRUE(Write(folder_ / "other", others, info_, 10));
  Overwrite(store_ / "shard-00002.h5", ReadFile(folder_ / "other/shard-00002.h5"));
  EXPECT_THAT(Use(), AllOf(HasSubstr("shard-00002.h5"),
                           AnyOf(HasSubstr("not of this store"), HasSubstr("expected"))));
  fs::remove(store_ / "store.json");
  EXPECT_THAT(MessageOf([&] { Write(store_, manifest_, info_, 10); }),
              AllOf(HasSubstr("shard-00002.h5"), HasSubstr("lacks row 'photo020'"),
                    HasSubstr("remove the shard")));
}

// Shards that are sealed rightly and say the wrong things.
class ShardSchemaTest : public StoreTest {
 protected:
  using Fill = std::function<void(Hdf5Builder&)>;

  std::string MessageFor(const std::vector<std::string>& without, const Fill& instead) const {
    Hdf5Builder file;
    const auto has = [&](const std::string& name) {
      return std::find(without.begin(), without.end(), name) == without.end();
    };
    if (has("extractor")) file.SetAttribute("extractor", info_.extractor);
    if (has("fingerprint")) file.SetAttribute("fingerprint", info_.fingerprint);
    if (has("format_version")) file.SetAttribute("format_version", int64_t{1});
    if (has("shard")) file.SetAttribute("shard", int64_t{0});
    if (has("features")) file.AddFloats("features", values_.View(), false);
    if (has("id")) file.AddStrings("id", {"a", "b"});
    if (has("label")) file.AddInt8("label", {0, 1});
    for (const std::string name : {"skipped_id", "skipped_path", "skipped_reason"}) {
      if (has(name)) file.AddStrings(name, {});
    }
    instead(file);
    std::string bytes = file.Finish();
    bytes += fmt::format("\nkallos shard sha256 {}\n", Sha256Hex(bytes));
    return MessageOf([&] { DecodeShard(bytes, info_, 0, "s.h5"); });
  }

  const StoreInfo info_ = MakeInfo(3);
  Matrix<float> values_{2, 3};
};

TEST_F(ShardSchemaTest, EveryPartIsNeeded) {
  const Fill nothing = [](Hdf5Builder&) {};
  EXPECT_EQ(MessageFor({}, nothing), "no error");
  for (const char* name : {"fingerprint", "format_version", "shard"})
    EXPECT_THAT(MessageFor({name}, nothing),
                AllOf(HasSubstr("s.h5"), HasSubstr(name), HasSubstr("is missing")));
  for (const char* name :
       {"features", "id", "label", "skipped_id", "skipped_path", "skipped_reason"})
    EXPECT_THAT(MessageFor({name}, nothing),
                AllOf(HasSubstr("s.h5"), HasSubstr(name), HasSubstr("is missing")));
}

TEST_F(ShardSchemaTest, EveryPartHasItsTypeAndSize) {
  const auto with = [&](const std::string& name, const Fill& instead) {
    return MessageFor({name}, instead);
  };
  EXPECT_THAT(
      with("format_version", [](Hdf5Builder& f) { f.SetAttribute("format_version", int64_t{2}); }),
      HasSubstr("format version 2; this program reads 1"));
  EXPECT_THAT(with("shard", [](Hdf5Builder& f) { f.SetAttribute("shard", "0"); }),
              HasSubstr("not one integer"));
  EXPECT_THAT(
      with("fingerprint", [](Hdf5Builder& f) { f.SetAttribute("fingerprint", int64_t{7}); }),
      HasSubstr("not a text"));
  EXPECT_THAT(with("id", [](Hdf5Builder& f) { f.AddStrings("id", {"a"}); }), HasSubstr("1 ids"));
  EXPECT_THAT(with("label", [](Hdf5Builder& f) { f.AddInt8("label", {0}); }),
              HasSubstr("1 labels"));
  EXPECT_THAT(with("label",
                   [](Hdf5Builder& f) {
                     f.AddStrings("label", {"0", "1"});
                   }),
              HasSubstr("8-bit integers"));
  EXPECT_THAT(with("id",
                   [](Hdf5Builder& f) {
                     f.AddInt8("id", {0, 1});
                   }),
              HasSubstr("expected strings"));
  EXPECT_THAT(with("features",
                   [](Hdf5Builder& f) {
                     f.AddStrings("features", {"0", "1"});
                   }),
              HasSubstr("expected 2 dimensions, found 1"));
  EXPECT_THAT(
      with("features",
           [](Hdf5Builder& f) { f.AddFloats("features", Matrix<float>(2, 4).View(), false); }),
      HasSubstr("2 x 4"));
  EXPECT_THAT(with("skipped_path", [](Hdf5Builder& f) { f.AddStrings("skipped_path", {"x"}); }),
              HasSubstr("expected"));
  values_(1, 2) = NAN;
  EXPECT_THAT(MessageFor({}, [](Hdf5Builder&) {}),
              HasSubstr("row 'b', column 2: the feature is nan"));
}

TEST_F(StoreFaultTest, AnotherFormatVersionIsNamed) {
  std::string text = ReadFile(store_ / "store.json");
  text.replace(text.find("\"format_version\": 1"), 19, "\"format_version\": 2");
  Overwrite(store_ / "store.json", text);
  EXPECT_THAT(Use(), HasSubstr("format version 2; this program reads 1"));
}

// Files that the HDF5 library itself takes for whole.
class Hdf5FaultTest : public StoreTest {
 protected:
  // Makes an HDF5 file with the C API and reads its dataset /x as features made elsewhere.
  std::string MessageFor(const std::function<void(hid_t file)>& fill,
                         const std::string& dataset = "/x") {
    const std::string path = folder_ / "x.h5";
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    fill(file);
    H5Fclose(file);
    return MessageOf([&] { ReadMatrixFile(path + ":" + dataset); });
  }

  static void MakeDataset(hid_t file, const char* name, hid_t type, std::vector<hsize_t> shape,
                          bool chunked) {
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    const std::vector<hsize_t> chunk(shape.size(), 2);
    if (chunked) H5Pset_chunk(layout, static_cast<int>(shape.size()), chunk.data());
    const hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, layout, H5P_DEFAULT);
    std::vector<char> zeros(64);
    if (shape[0] <= 2) H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros.data());
    H5Dclose(dataset);
    H5Pclose(layout);
    H5Sclose(space);
  }
};

TEST_F(Hdf5FaultTest, ASoundDatasetIsRead) {
  EXPECT_EQ(MessageFor([](hid_t file) {
              MakeDataset(file, "x", H5T_IEEE_F32LE, {2, 2}, true);
            }),
            "no error");
  EXPECT_EQ(MessageFor([](hid_t file) {
              MakeDataset(file, "x", H5T_IEEE_F64BE, {2, 2}, false);
            }),
            "no error");
  const auto nested = [](hid_t file) {
    H5Gclose(H5Gcreate2(file, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    MakeDataset(file, "g/x", H5T_IEEE_F64LE, {2, 2}, false);
  };
  EXPECT_EQ(MessageFor(nested, "g/x"), "no error");
}

TEST_F(Hdf5FaultTest, OtherSchemasAreRefused) {
  const auto with = [&](hid_t type, const std::vector<hsize_t>& shape) {
    return MessageFor([&](hid_t file) { MakeDataset(file, "x", type, shape, false); });
  };
  EXPECT_THAT(MessageFor([](hid_t) {}), HasSubstr("there is no '/x'"));
  EXPECT_THAT(with(H5T_STD_I32LE, {2, 2}), HasSubstr("expected floating point"));
  EXPECT_THAT(with(H5T_IEEE_F32LE, {2}), HasSubstr("expected 2 dimensions, found 1"));
  EXPECT_THAT(MessageFor([](hid_t file) {
                H5Gclose(H5Gcreate2(file, "x", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
              }),
              HasSubstr("not a readable dataset"));
}

TEST_F(Hdf5FaultTest, DeclaredSizesAreNotTrusted) {
  const auto huge = [](hid_t file) {
    MakeDataset(file, "x", H5T_IEEE_F32LE, {1'000'000'000, 1'000'000}, true);
  };
  EXPECT_THAT(MessageFor(huge), HasSubstr("declares 1000000000 x 1000000"));
}

size_t Unchanged(unsigned, size_t, const unsigned*, size_t bytes, size_t*, void**) {
  return bytes;
}

TEST_F(Hdf5FaultTest, AnUnknownFilterIsRefused) {
  constexpr H5Z_filter_t kFilter = 300;  // of the range that HDF5 keeps for tests
  const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, kFilter, 1,       1,
                               "unknown",        nullptr, nullptr, Unchanged};
  const auto filtered = [&](hid_t file) {
    H5Zregister(&filter);
    const hsize_t shape[] = {2, 2};
    const hid_t space = H5Screate_simple(2, shape, nullptr);
    const hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(layout, 2, shape);
    H5Pset_filter(layout, kFilter, H5Z_FLAG_MANDATORY, 0, nullptr);
    const hid_t dataset =
        H5Dcreate2(file, "x", H5T_IEEE_F32LE, space, H5P_DEFAULT, layout, H5P_DEFAULT);
    const float values[4] = {};
    H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(dataset);
    H5Pclose(layout);
    H5Sclose(space);
    H5Fflush(file, H5F_SCOPE_LOCAL);
    H5Zunregister(kFilter);
  };
  EXPECT_THAT(MessageFor(filtered), AllOf(HasSubstr("x.h5"), HasSubstr("cannot be read")));
}

TEST_F(Hdf5FaultTest, LinksAreNotFollowed) {
  const std::string target = folder_ / "target.h5";
  const hid_t other = H5Fcreate(target.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  MakeDataset(other, "x", H5T_IEEE_F32LE, {2, 2}, false);
  H5Fclose(other);
  const auto external = [&](hid_t file) {
    H5Lcreate_external(target.c_str(), "/x", file, "x", H5P_DEFAULT, H5P_DEFAULT);
  };
  const auto cycle = [](hid_t file) { H5Lcreate_soft("/x", file, "x", H5P_DEFAULT, H5P_DEFAULT); };
  EXPECT_THAT(MessageFor(external), HasSubstr("link, which is not followed"));
  EXPECT_THAT(MessageFor(cycle), HasSubstr("link, which is not followed"));
  const auto raw = [&](hid_t file) {
    const hsize_t shape[] = {2, 2};
    const hid_t space = H5Screate_simple(2, shape, nullptr);
    const hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(layout, target.c_str(), 0, 16);
    H5Dclose(H5Dcreate2(file, "x", H5T_IEEE_F32LE, space, H5P_DEFAULT, layout, H5P_DEFAULT));
    H5Pclose(layout);
    H5Sclose(space);
  };
  EXPECT_THAT(MessageFor(raw), HasSubstr("in other files, which is not followed"));
}

TEST_F(Hdf5FaultTest, WhatIsNoHdf5IsRefused) {
  const std::string path = folder_ / "x.h5";
  for (const std::string& bytes :
       {std::string(), std::string("text"), std::string("\x89HDF\r\n\x1a\n")}) {
    PublishBytes(path, bytes);
    EXPECT_THAT(MessageOf([&] { ReadMatrixFile(path + ":/x"); }),
                HasSubstr("not a readable HDF5 file"));
  }
}

TEST_F(Hdf5FaultTest, EqualContentGivesEqualBytes) {
  const Matrix<float> values(1000, 400, 0.5f);
  const auto build = [&] {
    Hdf5Builder file;
    file.AddFloats("x", values.View(), false);
    file.AddStrings("s", {"a", "bc", ""});
    file.SetAttribute("t", "text");
    return file.Finish();
  };
  const std::string bytes = build();
  EXPECT_EQ(bytes, build());
  const Hdf5Image image(bytes, "x");
  EXPECT_EQ(image.Strings("s"), (std::vector<std::string>{"a", "bc", ""}));
  EXPECT_EQ(image.StringAttribute("t"), "text");
}

TEST_F(Hdf5FaultTest, DoublesReadBackExactlyAndAreChecked) {
  const std::vector<double> values = {0.1, -1e300, 5e-324, 3};
  Hdf5Builder builder;
  builder.AddDoubles("x", values);
  builder.AddDoubles("none", {});
  builder.AddFloats("matrix", Matrix<float>(2, 2).View(), false);
  builder.AddInt8("bytes", {1});
  builder.SetDoubleAttribute("a", 0.1);
  builder.SetAttribute("n", int64_t{7});
  std::string bytes = builder.Finish();
  {
    const Hdf5Image image(bytes, "file");
    EXPECT_EQ(image.Doubles("x"), values);
    EXPECT_TRUE(image.Doubles("none").empty());
    EXPECT_EQ(image.DoubleAttribute("a"), 0.1);
    EXPECT_TRUE(image.HasDataset("x") && image.HasAttribute("a"));
    EXPECT_FALSE(image.HasDataset("y") || image.HasAttribute("b"));
    EXPECT_THAT(MessageOf([&] { image.Doubles("y"); }), HasSubstr("file: dataset 'y' is missing"));
    EXPECT_THAT(MessageOf([&] { image.Doubles("matrix"); }),
                HasSubstr("expected 1 dimensions, found 2"));
    EXPECT_THAT(MessageOf([&] { image.Doubles("bytes"); }), HasSubstr("expected floating point"));
    EXPECT_THAT(MessageOf([&] { image.DoubleAttribute("n"); }),
                HasSubstr("attribute 'n' is not one number"));
    EXPECT_THAT(MessageOf([&] { image.IntAttribute("a"); }),
                HasSubstr("attribute 'a' is not one integer"));
    EXPECT_THAT(MessageOf([&] { image.StringAttribute("a"); }), HasSubstr("not a text"));
    EXPECT_THAT(MessageOf([&] { image.DoubleAttribute("b"); }),
                HasSubstr("attribute 'b' is missing"));
  }
  const std::string stored(reinterpret_cast<const char*>(values.data()),
                           values.size() * sizeof(double));
  bytes[bytes.find(stored) + 3] ^= 4;
  EXPECT_THAT(MessageOf([&] { Hdf5Image(bytes, "file").Doubles("x"); }),
              HasSubstr("dataset 'x' cannot be read"));
}

TEST_F(Hdf5FaultTest, VectorsOfOtherPrecisionAreReadAndHugeOnesRefused) {
  const auto error_of = [&](hid_t type, hsize_t count, bool chunked) {
    const std::string path = folder_ / "v.h5";
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    MakeDataset(file, "x", type, {count}, chunked);
    H5Fclose(file);
    const std::string bytes = ReadFile(path);
    return MessageOf([&] {
      EXPECT_EQ(Hdf5Image(bytes, "v.h5").Doubles("x"), (std::vector<double>{0, 0}));
    });
  };
  EXPECT_EQ(error_of(H5T_IEEE_F32LE, 2, false), "no error");
  EXPECT_EQ(error_of(H5T_IEEE_F32BE, 2, true), "no error");
  EXPECT_EQ(error_of(H5T_IEEE_F64BE, 2, false), "no error");
  EXPECT_THAT(error_of(H5T_IEEE_F64LE, hsize_t{1} << 50, true), HasSubstr("declares"));
}

}  // namespace
}  // namespace kallos::store
