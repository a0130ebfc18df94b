#include "lib/weights/pytorch_zip.h"

#include <gmock/gmock.h>

#include <cstring>

#include "lib/core/error.h"
#include "tests/weights/state_dict.h"

namespace kallos::weights {
namespace {

using testing::HasSubstr;

std::string Floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

const View kMatrix = {"fc.weight", "FloatStorage", 0, 6, 0, {2, 3}, {3, 1}};
const std::string kSix = Floats({0, 1, 2, 3, 4, 5});

void ExpectRefused(const std::string& bytes, const std::string& message) {
  try {
    ParsePytorchZip(bytes, "x.pth", true);
    ADD_FAILURE() << "accepted, expected: " << message;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("x.pth"), HasSubstr(message)));
  }
}

void ExpectViewRefused(const View& view, const std::string& message) {
  ExpectRefused(StateDict(PickleDict({view}), {kSix}), message);
}

TEST(PytorchZip, ReadsViews) {
  View transposed = kMatrix;
  transposed.name = "transposed";
  transposed.sizes = {3, 2};
  transposed.strides = {1, 3};
  const View last = {"last", "FloatStorage", 0, 6, 5, {}, {}};
  const View half = {"half", "HalfStorage", 1, 2, 0, {2}, {1}};
  const auto tensors = ParsePytorchZip(StateDict(PickleDict({kMatrix, transposed, last, half}),
                                                 {kSix, std::string("\x00\x3c\x00\xc0", 4)}),
                                       "x", true);
  ASSERT_EQ(tensors.size(), 4u);
  EXPECT_EQ(tensors[0].name, "fc.weight");
  EXPECT_EQ(tensors[0].shape, (std::vector<int64_t>{2, 3}));
  EXPECT_THAT(tensors[0].values, testing::ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(tensors[1].values, testing::ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_THAT(tensors[2].values, testing::ElementsAre(5));
  EXPECT_THAT(tensors[3].values, testing::ElementsAre(1, -2));
  EXPECT_EQ(tensors[3].dtype, Dtype::kFloat16);
}

TEST(PytorchZip, TheModulePrefixOfDataParallelGoes) {
  View view = kMatrix;
  view.name = "module.fc.weight";
  EXPECT_EQ(ParsePytorchZip(StateDict(PickleDict({view}), {kSix}), "x", true)[0].name, "fc.weight");
}

TEST(PytorchZip, ViewsOutsideTheirStorage) {
  View view = kMatrix;
  view.sizes = {2, 4};
  ExpectViewRefused(view, "beyond its storage");
  view = kMatrix;
  view.offset = 1;
  ExpectViewRefused(view, "beyond its storage");
  view.offset = -1;
  ExpectViewRefused(view, "negative offset");
  view = kMatrix;
  view.strides = {-3, 1};
  ExpectViewRefused(view, ">= 0");
  view.strides = {3};
  ExpectViewRefused(view, "differ in number");
  view = kMatrix;
  view.sizes = {100000, 100000};  // stride 0 repeats one number
  view.strides = {0, 0};
  ExpectViewRefused(view, "more numbers than the file has bytes");
  view = kMatrix;
  view.items = 7;
  ExpectViewRefused(view, "7 numbers expected");
  view = kMatrix;
  view.key = 1;
  ExpectViewRefused(view, "data/1 is missing");
  view = kMatrix;
  view.storage = "DoubleStorage";
  ExpectViewRefused(view, "numbers expected");
}

TEST(PytorchZip, OnlyStateDicts) {
  ExpectRefused(Zip({{"a/x", "y"}}), "without data.pkl");
  ExpectRefused(Zip({{"a/data.pkl", "N."}, {"b/data.pkl", "N."}}), "two members called data.pkl");
  ExpectRefused(StateDict("\x80\2N.", {}), "not a dictionary");
  ExpectRefused(StateDict("\x80\2}(K\1K\2u.", {}), "no text");
  ExpectRefused(StateDict("\x80\2}(" + PickleText("a") + "K\2u.", {}), "is no tensor");
  ExpectRefused(StateDict(PickleDict({kMatrix, kMatrix}), {kSix}), "appears twice");
  ExpectRefused(
      Zip({{"a/data.pkl", PickleDict({kMatrix})}, {"a/data/0", kSix}, {"a/byteorder", "big"}}),
      "big-endian");
}

TEST(Pickle, RunsNothing) {
  ExpectRefused(StateDict("\x80\2"
                          "cos\nsystem\n(" +
                              PickleText("true") + "tR.",
                          {}),
                "'os system'");
  ExpectRefused(StateDict("\x80\2"
                          "cbuiltins\neval\n.",
                          {}),
                "nothing of it was run");
  ExpectRefused(StateDict("\x80\2"
                          "ctorch._utils\n_rebuild_tensor_v2\n)R.",
                          {}),
                "arguments of unknown form");
  ExpectRefused(StateDict("\x80\2i.", {}), "opcode 0x69");
}

TEST(Pickle, Damage) {
  ExpectRefused(StateDict("\x80\4N.", {}), "not protocol 2");
  ExpectRefused(StateDict("", {}), "cut short");
  ExpectRefused(StateDict("\x80\2X\xff\xff\xff\xff", {}), "cut short");
  ExpectRefused(StateDict("\x80\2.", {}), "nothing on the stack");
  ExpectRefused(StateDict("\x80\2t.", {}), "no mark");
  ExpectRefused(StateDict("\x80\2h\5.", {}), "never set");
  ExpectRefused(StateDict("\x80\2NN.", {}), "something follows the end");
  ExpectRefused(StateDict("\x80\2N.N", {}), "something follows the end");
  ExpectRefused(StateDict("\x80\2N"
                          "a.",
                          {}),
                "on the stack");
  ExpectRefused(StateDict("\x80\2NNa.", {}), "takes none");
  ExpectRefused(StateDict("\x80\2X" + LittleEndian(1, 4) + "\xff.", {}), "not UTF-8");
}

TEST(Zip, Damage) {
  const std::string good = StateDict(PickleDict({kMatrix}), {kSix});
  for (const size_t size : {size_t{0}, size_t{10}, good.size() / 2, good.size() - 1})
    ExpectRefused(good.substr(0, size), "cut short");
  std::string flipped = good;
  flipped[flipped.find(kSix) + 5] ^= 1;
  ExpectRefused(flipped, "fails its checksum");
  ExpectRefused(Zip({{"a/data.pkl", "N."}}, 8), "compressed");
  ExpectRefused(Zip({{"a/data.pkl", "N."}, {"a/data.pkl", "N."}}), "appears twice");
  std::string overlapping = Zip({{"a/data.pkl", "N."}, {"b", "x"}});
  const size_t second = overlapping.rfind("PK\1\2");
  overlapping.replace(second + 42, 4, std::string(4, '\0'));
  ExpectRefused(overlapping, "overlaps");
  std::string outside = Zip({{"a/data.pkl", "N."}});
  outside.replace(outside.rfind("PK\1\2") + 42, 4, "\xff\xff\xff\x7f");
  ExpectRefused(outside, "beyond the end");
}

TEST(Zip, Crc32KnownAnswer) {
  EXPECT_EQ(Crc32("123456789"), 0xCBF43926u);  // the check value of CRC-32/ISO-HDLC
}

}  // namespace
}  // namespace kallos::weights
