// Damaged files: whatever the bytes, the readers return or throw InputError. KALLOS_FUZZ_RUNS sets
// the number of files of each kind (a thousand times as many as here make a night's run under the
// sanitizers).
#include <gmock/gmock.h>

#include <cstdlib>
#include <cstring>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/core/text.h"
#include "lib/weights/pytorch_zip.h"
#include "lib/weights/safetensors.h"
#include "tests/weights/state_dict.h"

namespace kallos::weights {
namespace {

int64_t Runs() {
  constexpr int64_t kDefault = 20'000;
  const char* text = std::getenv("KALLOS_FUZZ_RUNS");
  return text == nullptr ? kDefault : ParseInt(text).value_or(kDefault);
}

// Bits, bytes and pieces of `bytes` changed in one to four places: few, so that many files get past
// the surface.
void Mutate(std::string& bytes, const std::vector<std::string>& words, Stream& stream) {
  for (uint64_t n = 1 + stream.Below(4); n > 0 && !bytes.empty(); --n) {
    const size_t at = stream.Below(bytes.size());
    const size_t length = std::min<size_t>(1 + stream.Below(16), bytes.size() - at);
    switch (stream.Below(7)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << stream.Below(8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(stream.Below(256));
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(at, bytes.substr(stream.Below(bytes.size()), length));
        break;
      case 4: {  // a digit, where there is one
        const size_t digit = bytes.find_first_of("0123456789", at);
        if (digit != std::string::npos) bytes[digit] = static_cast<char>('0' + stream.Below(10));
        break;
      }
      case 5:
        bytes.insert(at, words[stream.Below(words.size())]);
        break;
      default:
        bytes.replace(at, length, words[stream.Below(words.size())]);
    }
  }
}

// Counts the inputs that `read` takes and refuses; anything but InputError fails the test.
template <typename Make, typename Read>
void Fuzz(const std::string& name, const Make& make, const Read& read) {
  int64_t taken = 0;
  int64_t refused = 0;
  for (int64_t run = 0; run < Runs(); ++run) {
    Stream stream(1, "tests/weights/fuzz/" + name, static_cast<uint64_t>(run));
    const std::string bytes = make(stream);
    try {
      read(bytes);
      ++taken;
    } catch (const Error& error) {
      ASSERT_EQ(error.kind(), ErrorKind::kInput) << error.what() << " in run " << run;
      ++refused;
    }
  }
  fmt::print("{}: {} files, {} taken, {} refused\n", name, taken + refused, taken, refused);
  EXPECT_GT(taken, 0);
  EXPECT_GT(refused, taken);
}

TEST(Fuzz, SafetensorsHeaders) {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
      R"("b":{"dtype":"BF16","shape":[],"data_offsets":[24,26]},)"
      R"("c":{"dtype":"I64","shape":[0,9],"data_offsets":[26,26]}})";
  const std::vector<std::string> words = {
      "{",          "}",     "[",     "]",    ",",     ":",
      "\"",         "\\u",   "F64",   "U8",   "shape", "data_offsets",
      "-1",         "0",     "1e400", "null", "1.5",   "18446744073709551616",
      "4294967296", "\"a\":"};
  const auto make = [&](Stream& stream) {
    std::string changed = header;
    Mutate(changed, words, stream);
    uint64_t length = changed.size();
    if (stream.Below(16) == 0) length = stream.Below(2) == 0 ? stream.Next64() : stream.Below(200);
    std::string file = LittleEndian(length, 8) + changed + std::string(26, 'x');
    if (stream.Below(16) == 0) file.resize(stream.Below(file.size()));
    return file;
  };
  Fuzz("safetensors", make, [](const std::string& bytes) { ParseSafetensors(bytes, "x", true); });
}

TEST(Fuzz, PicklesOfStateDicts) {
  const View matrix = {"a", "FloatStorage", 0, 6, 0, {2, 3}, {3, 1}};
  const View vector = {"b", "LongStorage", 1, 2, 1, {1}, {1}};
  const std::string pickle = PickleDict({matrix, vector});
  const std::vector<std::string> words = {"(",
                                          ")",
                                          "t",
                                          "u",
                                          "R",
                                          "Q",
                                          std::string("h\0", 2),
                                          "q\1",
                                          "}",
                                          "]",
                                          "e",
                                          "s",
                                          "b",
                                          "N",
                                          ".",
                                          "\x85",
                                          "\x87",
                                          "J\xff\xff\xff\x7f",
                                          "J\xff\xff\xff\xff",
                                          "ctorch\nByteStorage\n",
                                          std::string("X\1\0\0\0a", 6)};
  const auto make = [&](Stream& stream) {
    std::string changed = pickle;
    Mutate(changed, words, stream);
    return StateDict(changed, {std::string(24, 'x'), std::string(16, 'y')});
  };
  Fuzz("pickle", make, [](const std::string& bytes) { ParsePytorchZip(bytes, "x", true); });
}

TEST(Fuzz, ZipArchives) {
  const std::string file =
      Zip({{"a/data.pkl", "N."}, {"a/data/0", "0123456789"}, {"a/version", "3"}});
  const std::vector<std::string> words = {"PK\1\2",   "PK\3\4",           "PK\5\6",
                                          "\xff\xff", "\xff\xff\xff\xff", "\x01"};
  const auto make = [&](Stream& stream) {
    std::string changed = file;
    Mutate(changed, words, stream);
    return changed;
  };
  Fuzz("zip", make, [](const std::string& bytes) { ReadStoredZip(bytes, "x"); });
}

}  // namespace
}  // namespace kallos::weights
