#include "lib/core/text.h"

#include <gmock/gmock.h>

#include <limits>

#include "lib/core/rng.h"

namespace kallos {
namespace {

using testing::ElementsAre;

TEST(Text, SplitTrimLower) {
  EXPECT_THAT(Split("a,,b", ','), ElementsAre("a", "", "b"));
  EXPECT_THAT(Split("", ','), ElementsAre(""));
  EXPECT_EQ(Trim(" \ta b\r\n"), "a b");
  EXPECT_EQ(Trim("  "), "");
  EXPECT_EQ(ToLower("AbÉ"), "abÉ");
}

TEST(Text, NumbersAreTakenWholeOrNotAtAll) {
  EXPECT_EQ(ParseDouble("-1.5e3"), -1500.0);
  EXPECT_EQ(ParseDouble("+2"), 2.0);
  for (const char* bad : {"", "1.5x", " 1", "1,5", "--1"}) EXPECT_FALSE(ParseDouble(bad)) << bad;
  EXPECT_EQ(ParseInt("-42"), -42);
  for (const char* bad : {"", "1.0", "99999999999999999999", "0x10"})
    EXPECT_FALSE(ParseInt(bad)) << bad;
}

TEST(Text, FormattedDoublesReadBackExactly) {
  Stream stream(1, "tests/text");
  for (int i = 0; i < 1000; ++i) {
    const double value = stream.Normal() * 1e6 * stream.Uniform();
    EXPECT_EQ(ParseDouble(FormatDouble(value)), value);
  }
}

TEST(Text, CountsBytesAndTimes) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1'234'567), "1,234,567");
  EXPECT_EQ(FormatCount(-1'000), "-1,000");
  EXPECT_EQ(FormatBytes(512), "512 B");
  EXPECT_EQ(FormatBytes(1536), "1.5 KiB");
  EXPECT_EQ(FormatSeconds(0.84), "0.8 s");
  EXPECT_EQ(FormatSeconds(125), "2:05");
  EXPECT_EQ(FormatSeconds(3723), "1:02:03");
}

TEST(Text, ShellWords) {
  for (const char* plain : {"a/b-1.csv", "--out=x", "läufe", "a,b:c@1%+"})
    EXPECT_EQ(ShellQuoted(plain), plain);
  EXPECT_EQ(ShellQuoted(""), "''");
  EXPECT_EQ(ShellQuoted("two words"), "'two words'");
  EXPECT_EQ(ShellQuoted("q' </script> & |"), R"('q'\'' </script> & |')");
  for (const char* special : {"~", "$x", "*", "a;b", "{a}", "#", "a\nb", "!"})
    EXPECT_EQ(ShellQuoted(special), "'" + std::string(special) + "'");
}

TEST(Text, Utf8) {
  for (const char* good : {"", "abc", "été", "😀"}) EXPECT_TRUE(IsValidUtf8(good)) << good;
  for (const char* bad : {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xE2\x82", "\xF5\x80\x80\x80"})
    EXPECT_FALSE(IsValidUtf8(bad));
}

TEST(Text, NearestNameFindsTyposOnly) {
  const std::vector<std::string> names = {"epochs", "batch", "dropout"};
  EXPECT_EQ(NearestName("epoch", names), "epochs");
  EXPECT_EQ(NearestName("Batch", names), "batch");
  EXPECT_EQ(NearestName("vla", {"vol", "val"}), "val");  // two neighbours swapped are one typo
  EXPECT_FALSE(NearestName("learning-rate", names));
  EXPECT_EQ(DidYouMean("dropuot", names), ", did you mean 'dropout'?");
}

}  // namespace
}  // namespace kallos
