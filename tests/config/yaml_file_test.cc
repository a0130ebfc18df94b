#include "lib/config/yaml_file.h"

#include <gmock/gmock.h>

#include "lib/core/file.h"
#include "tests/config/sample_config.h"

namespace kallos {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

fs::path Written(const std::string& yaml) {
  const fs::path path = fs::path(testing::TempDir()) / "kallos_yaml_file_test" / "c.yaml";
  PublishBytes(path, yaml);
  return path;
}

Parsed ParseFile(const std::string& yaml, std::vector<std::string> flags = {}) {
  flags.insert(flags.end(), {"--config", Written(yaml).string(), "m.csv"});
  return Parsed(flags);
}

// What is wrong with the file, as one text, whether it is collected or thrown.
std::string Refusal(const std::string& yaml) {
  try {
    return Join(ParseFile(yaml).violations, "\n");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
}

constexpr const char* kEveryType =
    "val: 0.5\nepochs: 3\nseed: 7\nverbose: true\nmode: exact\ntitle: 'a b'\nlimit: 2.5\nhidden: "
    "[8, 4]\n"
    "features:\n  - mg\n  - \"cnn\"\n";

void ExpectEveryType(const Parsed& parsed) {
  EXPECT_THAT(parsed.violations, IsEmpty());
  EXPECT_EQ(parsed.config.val, 0.5);
  EXPECT_EQ(parsed.config.epochs, 3);
  EXPECT_EQ(parsed.config.seed, 7U);
  EXPECT_TRUE(parsed.config.verbose);
  EXPECT_EQ(parsed.config.mode, Mode::kExact);
  EXPECT_EQ(parsed.config.title, "a b");
  EXPECT_EQ(parsed.config.limit, 2.5);
  EXPECT_THAT(parsed.config.hidden, ElementsAre(8, 4));
  EXPECT_THAT(parsed.config.features, ElementsAre("mg", "cnn"));
}

TEST(YamlFile, EveryTypeIsRead) {
  ExpectEveryType(ParseFile(kEveryType));
}

TEST(YamlFile, ByteOrderMarkAndCrLfChangeNothing) {
  std::string windows = "\xEF\xBB\xBF";
  for (const char* c = kEveryType; *c != '\0'; ++c)
    windows += *c == '\n' ? "\r\n" : std::string(1, *c);
  ExpectEveryType(ParseFile(windows));
}

TEST(YamlFile, QuotesKeepWhatIsInThem) {
  EXPECT_EQ(ParseFile("title: 'it''s: # \"x\"'\n").config.title, "it's: # \"x\"");
  EXPECT_EQ(ParseFile("title: \"a \\\"b\\\" \\\\\"\n").config.title, "a \"b\" \\");
  EXPECT_EQ(ParseFile("\xEF\xBB\xBF\"title\": \"é 'x'\"\r\n").config.title, "é 'x'");
}

TEST(YamlFile, FlagsWinAndTheOriginIsKept) {
  Parsed parsed =
      ParseFile("val: 0.5\nepochs: 3\nhidden: [8, 4]\n", {"--epochs", "4", "--hidden", "1"});
  EXPECT_EQ(parsed.config.val, 0.5);
  EXPECT_EQ(parsed.config.epochs, 4);
  EXPECT_THAT(parsed.config.hidden, ElementsAre(1));
  const std::string text = FormatConfig(parsed.list.fields(), true);
  EXPECT_THAT(text, AllOf(HasSubstr("# file"), HasSubstr("# flag"), HasSubstr("# default")));
}

TEST(YamlFile, EmptyFilesSetNothing) {
  for (const char* yaml : {"", "\n\n", "# only a comment\n", "---\n"}) {
    EXPECT_THAT(ParseFile(yaml).violations, IsEmpty()) << yaml;
  }
}

TEST(YamlFile, APrintedConfigReadsBackToItself) {
  Parsed parsed = ParseFile(kEveryType, {"--title", "a \"b\" \\ : # \t\n é"});
  const auto printed = [](Parsed& p) {
    for (Field& field : p.list.fields()) field.flag_only |= field.positional;
    return FormatConfig(p.list.fields(), false);
  };
  const std::string text = printed(parsed);
  Parsed again = ParseFile(text);
  EXPECT_THAT(again.violations, IsEmpty()) << text;
  EXPECT_EQ(again.config.title, parsed.config.title);
  EXPECT_EQ(printed(again), text);
  Parsed defaults({"m"});
  EXPECT_THAT(ParseFile(printed(defaults)).violations, IsEmpty());
}

TEST(YamlFile, EveryMisspeltKeyNamesTheRightOneAndItsPlace) {
  Parsed all({"m"});
  for (const Field& field : all.list.fields()) {
    if (field.flag_only) continue;
    std::string typo = field.name;
    std::swap(typo[typo.size() - 1], typo[typo.size() - 2]);
    EXPECT_THAT(Refusal("# comment\n" + typo + ": 1\n"),
                AllOf(HasSubstr("c.yaml:2:1: unknown key '" + typo + "'"),
                      HasSubstr("'" + field.name + "'")));
  }
}

TEST(YamlFile, WrongTypesAreRefusedWithTheirPlace) {
  const char* const bad[] = {
      "epochs: 3.5",     "epochs: 1e3",    "epochs: 0x10",   "epochs: '3'",
      "epochs: [3]",     "epochs: {a: 1}", "epochs: ",       "epochs: ~",
      "epochs: !!str 3", "val: .nan",      "val: .inf",      "val: 1,5",
      "verbose: yes",    "verbose: 'on'",  "seed: -1",       "mode: [fast]",
      "mode: Exact",     "hidden: 8",      "hidden: [8, x]", "hidden: [[8]]",
      "hidden: {a: 8}",  "hidden: [8, ~]", "title: ~",       "title: [a]",
      "title: {a: b}",   "limit: x",       "features: mg",   "epochs: 99999999999999999999"};
  for (const char* yaml : bad) {
    EXPECT_THAT(Refusal(yaml), AllOf(HasSubstr("c.yaml:1:"), HasSubstr("expected "),
                                     testing::Not(HasSubstr("\n"))))
        << yaml;
  }
}

TEST(YamlFile, ALeadingZeroIsNoOctal) {
  EXPECT_EQ(ParseFile("epochs: 010\n").config.epochs, 10);
}

TEST(YamlFile, ValuesOutOfRangeAreRefused) {
  EXPECT_THAT(Refusal("val: 1.5\n"), HasSubstr("in [0, 1]"));
  EXPECT_THAT(Refusal("hidden: [4, 0]\n"), HasSubstr(">= 1"));
  EXPECT_THAT(Refusal("features: [mg, vgg]\n"), HasSubstr("one of mg, cnn"));
}

TEST(YamlFile, HostileFilesAreRefused) {
  const std::string deep(100'000, '[');
  std::string bomb = "a: &a [x, x]\n";
  for (char c = 'b'; c < 'z'; ++c)
    bomb += fmt::format("{0}: &{0} [*{1}, *{1}]\n", c, static_cast<char>(c - 1));
  const std::pair<std::string, const char*> cases[] = {
      {"val: 0.5\nval: 0.5\n", ":2:1: key 'val' appears twice"},
      {"val: &a 0.5\n", "anchors"},
      {"val: &a 0.5\ntitle: *a\n", "anchors"},
      {"hidden: &a [*a]\n", "anchors"},
      {bomb, "anchors"},
      {"<<: {val: 0.5}\n", "unknown key '<<'"},
      {"val: 0.5\n---\nval: 0.6\n", "second document"},
      {"config: other.yaml\n", "unknown key"},
      {"? [a]\n: 1\n", "plain word"},
      {"- val\n", "expected 'key: value'"},
      {"just text\n", "expected 'key: value'"},
      {"hidden: " + std::string(1000, '[') + std::string(1000, ']') + "\n", "nested too deeply"},
      {"hidden: " + deep + "\n", "nested too deeply"},
      {"hidden: [8, 4\nepochs: 3\n", "c.yaml:"},
      {"title: 'open\nepochs: 3\n", "c.yaml:1:8: text that is not plain"},
      {"title: 'it''s\nepochs: 3\n", "close on their line"},
      {"title: \"a\\\"\nepochs: 3\n", "close on their line"},
      {"title: |\n  a\n  b\n", "close on their line"},
      {"title: \"open", "c.yaml:1:"},
      {"val: 0.5\n\tepochs: 3\n", "c.yaml:"},
      {"title: \xFF\xFE\n", "UTF-8"},
      {std::string("val: 0.5\n\0epochs: 3\n", 20), "UTF-8"},
      {"# " + std::string(10'000'000, 'x'), "c.yaml"},
      {"'': 1\n", "unknown key ''"}};
  for (const auto& [yaml, expected] : cases)
    EXPECT_THAT(Refusal(yaml), HasSubstr(expected)) << yaml.substr(0, 80);
}

TEST(YamlFile, AMissingFileIsAUsageError) {
  EXPECT_THROW(Parsed({"m", "--config", "/no/such.yaml"}), Error);
  EXPECT_THROW(Parsed({"m", "--config", testing::TempDir()}), Error);
}

}  // namespace
}  // namespace kallos
