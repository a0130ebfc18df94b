// Each rule of the reference parser (huggingface/safetensors, tensor.rs) by a file that breaks it.
#include "lib/weights/safetensors.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <filesystem>

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace kallos::weights {
namespace {

using testing::HasSubstr;

std::string FileOf(const std::string& header, const std::string& data, uint64_t length) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

std::string FileOf(const std::string& header, const std::string& data = "") {
  return FileOf(header, data, header.size());
}

std::string Entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  uint64_t begin, uint64_t end) {
  return fmt::format(R"("{}":{{"dtype":"{}","shape":{},"data_offsets":[{},{}]}})", name, dtype,
                     shape, begin, end);
}

std::string OneTensor(const std::string& entry, size_t data) {
  return FileOf("{" + entry + "}", std::string(data, '\0'));
}

void ExpectRefused(const std::string& bytes, const std::string& message) {
  try {
    ParseSafetensors(bytes, "x.safetensors", true);
    ADD_FAILURE() << "accepted, expected: " << message;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("x.safetensors"), HasSubstr(message)));
  }
}

TEST(Safetensors, ReadsEveryDtype) {
  const std::string two(8, '\x40');
  const std::vector<std::pair<std::string, float>> cases = {{"F32", 3.00294f},  {"F16", 2.125f},
                                                            {"BF16", 3.00294f}, {"I8", 64.f},
                                                            {"U8", 64.f},       {"I16", 16448.f}};
  for (const auto& [dtype, value] : cases) {
    const size_t item = dtype == "F32" ? 4 : dtype.ends_with("8") ? 1 : 2;
    const auto tensors = ParseSafetensors(
        FileOf("{" + Entry("a", dtype, "[2]", 0, 2 * item) + "}", two.substr(0, 2 * item)), "x",
        true);
    ASSERT_EQ(tensors.size(), 1u);
    EXPECT_NEAR(tensors[0].Floats()[1], value, value * 1e-2) << dtype;
  }
}

TEST(Safetensors, WritesWhatItReads) {
  const fs::path path = fs::path(testing::TempDir()) / "written.safetensors";
  const std::vector<Tensor> tensors = {{"b", "", Dtype::kFloat32, {2, 1}, {1.5f, -0.f}},
                                       {"a", "", Dtype::kFloat32, {}, {NAN}},
                                       {"empty", "", Dtype::kFloat32, {0, 3}, {}}};
  WriteSafetensors(path, tensors, {{"k", "v"}});
  const std::string bytes = ReadFile(path);
  std::map<std::string, std::string> metadata;
  const auto read = ParseSafetensors(bytes, "x", true, &metadata);
  ASSERT_EQ(read.size(), 3u);
  EXPECT_EQ(metadata.at("k"), "v");
  EXPECT_EQ(read[0].name, "a");
  EXPECT_TRUE(std::isnan(read[0].values[0]));  // the reader passes NaN on; who uses it decides
  EXPECT_EQ(read[1].shape, (std::vector<int64_t>{2, 1}));
  EXPECT_TRUE(std::signbit(read[1].values[1]));
  WriteSafetensors(path, {tensors[2], tensors[0], tensors[1]}, {{"k", "v"}});
  EXPECT_EQ(ReadFile(path), bytes) << "the order of tensors in memory must not show";
}

TEST(Safetensors, CountersAreExact) {
  const fs::path path = fs::path(testing::TempDir()) / "counters.safetensors";
  const std::vector<int64_t> counters = {INT64_MIN, -1, (int64_t{1} << 53) + 1, INT64_MAX};
  WriteSafetensors(path, {IntegerTensor("steps", counters)});
  const auto read = ParseSafetensors(ReadFile(path), "x", true);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].dtype, Dtype::kInt64);
  EXPECT_EQ(read[0].shape, std::vector<int64_t>{4});
  EXPECT_EQ(read[0].integers, counters);
  EXPECT_TRUE(read[0].values.empty());
}

// What every dtype can hold exactly comes back, and the file is as small as the dtype says.
TEST(Safetensors, WritesEveryDtype) {
  const fs::path path = fs::path(testing::TempDir()) / "dtypes.safetensors";
  for (const Dtype dtype :
       {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16, Dtype::kFloat64, Dtype::kInt64,
        Dtype::kInt32, Dtype::kInt16, Dtype::kInt8, Dtype::kUint64, Dtype::kUint32, Dtype::kUint16,
        Dtype::kUint8, Dtype::kBool}) {
    Tensor tensor{"a", "", dtype, {2}, {}, {}};
    if (IsFloatingPoint(dtype)) {
      tensor.values = {1, -0.5f};
    } else {
      tensor.integers = {0, 1};
    }
    WriteSafetensors(path, {tensor});
    const std::string bytes = ReadFile(path);
    uint64_t header = 0;
    std::memcpy(&header, bytes.data(), 8);
    EXPECT_EQ(bytes.size(), 8 + header + 2 * DtypeSize(dtype)) << DtypeName(dtype);
    const Tensor read = ParseSafetensors(bytes, "x", true).at(0);
    EXPECT_EQ(read.dtype, dtype);
    EXPECT_EQ(read.values, tensor.values) << DtypeName(dtype);
    EXPECT_EQ(read.integers, tensor.integers) << DtypeName(dtype);
  }
}

TEST(Safetensors, RoundsToTheNearestBfloat16) {
  const fs::path path = fs::path(testing::TempDir()) / "rounded.safetensors";
  // bfloat16 has 8 bits: beside 1 lie 1 - 2^-8 and 1 + 2^-7; ties go to even.
  const std::vector<float> values = {1 + 0x1p-9f, 1 + 0x1p-8f, 1 + 0x3p-8f, NAN, 3.4e38f};
  WriteSafetensors(path, {{"a", "", Dtype::kBfloat16, {5}, values}});
  const std::vector<float> read = ParseSafetensors(ReadFile(path), "x", true).at(0).values;
  EXPECT_EQ(read[0], 1.0f);
  EXPECT_EQ(read[1], 1.0f);
  EXPECT_EQ(read[2], 1 + 0x1p-6f);
  EXPECT_TRUE(std::isnan(read[3]));
  EXPECT_TRUE(std::isinf(read[4]));
}

TEST(Safetensors, WholeNumbersBeyondInt64AreRefused) {
  ExpectRefused(FileOf("{" + Entry("a", "U64", "[1]", 0, 8) + "}", std::string(8, '\xff')),
                "beyond int64");
}

TEST(Safetensors, AnIndexHasNoValues) {
  const auto tensors = ParseSafetensors(OneTensor(Entry("a", "F32", "[1]", 0, 4), 4), "x", false);
  EXPECT_EQ(tensors[0].shape, std::vector<int64_t>{1});
  EXPECT_TRUE(tensors[0].values.empty());
}

TEST(SafetensorsRules, HeaderLength) {
  ExpectRefused("1234567", "too few");
  ExpectRefused(FileOf("{}", "", 3), "header length 3");
  ExpectRefused(FileOf("{}", "", 100'000'001), "header length");
  ExpectRefused(FileOf("{}", "", UINT64_MAX), "header length");
  EXPECT_TRUE(ParseSafetensors(FileOf("{}      "), "x", true).empty());  // padded by spaces
}

TEST(SafetensorsRules, HeaderIsJson) {
  ExpectRefused(FileOf("[]"), "not JSON");
  ExpectRefused(FileOf("{\"\xff\":1}"), "not JSON");
  ExpectRefused(FileOf(" {}"), "not JSON");
  ExpectRefused(FileOf("{\"a\":"), "not a JSON object");
  ExpectRefused(FileOf("{} {}"), "not a JSON object");
  ExpectRefused(FileOf("{\"a\":" + std::string(100000, '[')), "nested too deeply");
}

TEST(SafetensorsRules, DuplicateKey) {
  const std::string entry = Entry("a", "F32", "[1]", 0, 4);
  ExpectRefused(FileOf("{" + entry + "," + entry + "}", "0000"), "'a' of the header appears twice");
  ExpectRefused(
      FileOf(R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "0000"),
      "twice");
}

TEST(SafetensorsRules, FieldsOfATensor) {
  ExpectRefused(FileOf(R"({"a":1})"), "exactly dtype, shape and data_offsets");
  ExpectRefused(FileOf(R"({"a":{"dtype":"F32","shape":[1]}})"), "exactly");
  ExpectRefused(FileOf(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", "0000"),
                "exactly");
  ExpectRefused(OneTensor(Entry("a", "F33", "[1]", 0, 4), 4), "unknown dtype");
  ExpectRefused(OneTensor(Entry("a", "F32", "[1.0]", 0, 4), 4), "whole number");
  ExpectRefused(OneTensor(Entry("a", "F32", "[-1]", 0, 4), 4), "whole number");
  ExpectRefused(OneTensor(Entry("a", "F32", "[1,1,1,1,1,1,1,1,1]", 0, 4), 4), "at most 8");
  ExpectRefused(FileOf(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", "0000"),
                "no pair");
  ExpectRefused(FileOf(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,-4]}})", "0000"),
                "whole number");
}

TEST(SafetensorsRules, SizeMatchesShapeAndDtype) {
  ExpectRefused(OneTensor(Entry("a", "F64", "[1]", 0, 4), 4), "need 8 bytes");
  ExpectRefused(OneTensor(Entry("a", "F32", "[2]", 0, 4), 4), "need 8 bytes");
  ExpectRefused(OneTensor(Entry("a", "F32", "[1]", 4, 0), 4), "[4, 0)");
}

TEST(SafetensorsRules, ShapeThatOverflows) {
  ExpectRefused(OneTensor(Entry("a", "U8", "[4294967296,4294967296]", 0, 0), 0), "overflows");
  ExpectRefused(OneTensor(Entry("a", "U8", "[18446744073709551615]", 0, 0), 0), "overflows");
  ExpectRefused(OneTensor(Entry("a", "F64", "[4611686018427387904]", 0, 0), 0),
                "data_offsets");  // bytes overflow
}

TEST(SafetensorsRules, NoHoleNoOverlapNoTail) {
  const auto two = [](uint64_t begin, uint64_t end, size_t data) {
    return FileOf(
        "{" + Entry("a", "U8", "[4]", 0, 4) + "," + Entry("b", "U8", "[4]", begin, end) + "}",
        std::string(data, '\0'));
  };
  EXPECT_EQ(ParseSafetensors(two(4, 8, 8), "x", true).size(), 2u);
  ExpectRefused(two(5, 9, 9), "hole");
  ExpectRefused(two(3, 7, 7), "overlap");
  ExpectRefused(two(0, 4, 4), "overlap");
  ExpectRefused(two(4, 8, 9), "trailing bytes");
  ExpectRefused(two(4, 8, 7), "cut short");
  ExpectRefused(OneTensor(Entry("a", "U8", "[4]", 1, 5), 5), "hole");  // the first must start at 0
  ExpectRefused(FileOf("{}", "x"), "trailing bytes");
}

TEST(SafetensorsRules, Metadata) {
  ExpectRefused(FileOf(R"({"__metadata__":1})"), "no object");
  ExpectRefused(FileOf(R"({"__metadata__":{"a":1}})"), "no text");
}

}  // namespace
}  // namespace kallos::weights
