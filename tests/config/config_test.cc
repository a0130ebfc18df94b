#include "lib/config/config.h"

#include <gmock/gmock.h>

#include "lib/core/rng.h"
#include "tests/config/sample_config.h"

namespace kallos {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST(Config, DefaultsStayWhereNothingIsGiven) {
  const Parsed parsed({"m.csv"});
  EXPECT_THAT(parsed.violations, IsEmpty());
  EXPECT_EQ(parsed.config.manifest, "m.csv");
  EXPECT_EQ(parsed.config.val, 0.15);
  EXPECT_THAT(parsed.config.hidden, ElementsAre(2048, 1024));
  EXPECT_FALSE(parsed.config.limit.has_value());
}

TEST(Config, EveryTypeIsReadFromFlags) {
  const Parsed parsed({"--val=0.5", "m.csv",      "--epochs", "3",          "--verbose",
                       "--mode",    "exact",      "--title",  "a b",        "--limit",
                       "2.5",       "--hidden",   "8,4",      "--hidden=2", "--features",
                       "mg",        "--features", "cnn",      "--seed",     "7",
                       "--ways",    "fast,exact", "--",       "folder a",   "--folder"});
  EXPECT_THAT(parsed.violations, IsEmpty());
  EXPECT_EQ(parsed.config.val, 0.5);
  EXPECT_EQ(parsed.config.epochs, 3);
  EXPECT_TRUE(parsed.config.verbose);
  EXPECT_EQ(parsed.config.mode, Mode::kExact);
  EXPECT_EQ(parsed.config.title, "a b");
  EXPECT_EQ(parsed.config.limit, 2.5);
  EXPECT_EQ(parsed.config.seed, 7U);
  EXPECT_THAT(parsed.config.hidden, ElementsAre(8, 4, 2));
  EXPECT_THAT(parsed.config.features, ElementsAre("mg", "cnn"));
  EXPECT_THAT(parsed.config.ways, ElementsAre(Mode::kFast, Mode::kExact));
  EXPECT_THAT(parsed.config.folders, ElementsAre("folder a", "--folder"));
}

TEST(Config, NoTurnsAFlagOff) {
  EXPECT_FALSE(Parsed({"m", "--no-verbose"}).config.verbose);
  EXPECT_THAT(Parsed({"m", "--verbose", "--no-verbose"}).violations,
              ElementsAre(HasSubstr("twice")));
  EXPECT_THAT(Parsed({"m", "--no-title"}).violations,
              ElementsAre(HasSubstr("unknown flag '--no-title'")));
}

std::string Swapped(std::string name) {
  std::swap(name[name.size() - 1], name[name.size() - 2]);
  return name;
}

TEST(Config, EveryMisspeltFlagNamesTheRightOne) {
  Parsed all({"m"});
  for (const Field& field : all.list.fields()) {
    if (field.positional) continue;
    const Parsed parsed({"m", "--" + Swapped(field.name), "1"});
    EXPECT_THAT(parsed.violations, ElementsAre(HasSubstr("did you mean '--" + field.name + "'")))
        << field.name;
  }
}

TEST(Config, WhatIsNotOfTheTypeIsRefused) {
  const std::vector<std::vector<std::string>> bad = {{"--epochs", "3.5"},
                                                     {"--epochs", "0x10"},
                                                     {"--epochs", "1e3"},
                                                     {"--epochs", "99999999999999999999"},
                                                     {"--val", "nan"},
                                                     {"--val", "inf"},
                                                     {"--val", "0,5"},
                                                     {"--val", ""},
                                                     {"--val", "0.5x"},
                                                     {"--seed", "-1"},
                                                     {"--mode", "Fast"},
                                                     {"--verbose=yes"},
                                                     {"--hidden", "1,,2"},
                                                     {"--limit", "x"},
                                                     {"--epochs"},
                                                     {"--val", "0.1", "--val", "0.2"},
                                                     {"-x"},
                                                     {"--epochs", "0"},
                                                     {"--val", "1.01"},
                                                     {"--limit", "0"},
                                                     {"--hidden", "5,0,5"},
                                                     {"--features", "vgg"},
                                                     {"--ways", "fast,,exact"},
                                                     {"--ways", "fast, exact"}};
  for (std::vector<std::string> arguments : bad) {
    arguments.insert(arguments.begin(), "m");
    EXPECT_EQ(Parsed(arguments).violations.size(), 1U) << Join(arguments, " ");
  }
}

TEST(Config, AllViolationsAreReportedAtOnce) {
  const Parsed parsed({"--val", "2", "--epochs", "x", "--titel", "t"});
  EXPECT_EQ(parsed.violations.size(), 4U);  // range, type, name, missing manifest
  try {
    ThrowIfAny(parsed.violations);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("in [0, 1]"), HasSubstr("integer"),
                                    HasSubstr("--title"), HasSubstr("manifest is required")));
  }
  EXPECT_NO_THROW(ThrowIfAny({}));
}

TEST(Config, AnUnexpectedPositionalIsRefused) {
  struct OneConfig {
    std::string a;
  } config;
  FieldList list;
  list.Positional("a", config.a, NoRule(), "");
  Violations violations;
  ParseConfig(list.fields(), {"x", "y"}, violations);
  EXPECT_THAT(violations, ElementsAre("unexpected argument 'y'"));
}

TEST(Config, HelpNamesTypesRangesAndDefaults) {
  Parsed parsed({"m"});
  const std::string help = FormatHelp(parsed.list.fields());
  EXPECT_THAT(help,
              HasSubstr("--val <number>\n      Fraction of the rows. [in [0, 1]; default 0.15]"));
  EXPECT_THAT(help, HasSubstr("--mode <fast|exact>"));
  EXPECT_THAT(help, HasSubstr("default 2048,1024"));
  EXPECT_THAT(help, HasSubstr("manifest <path>\n      The manifest. [required]"));
}

TEST(Config, PrintedConfigTellsTheOrigin) {
  Parsed parsed({"m", "--val", "0.25"});
  const std::string text = FormatConfig(parsed.list.fields(), true);
  EXPECT_THAT(Split(text, '\n'),
              testing::Contains(AllOf(StartsWith("val: 0.25 "), HasSubstr("# flag"))));
  EXPECT_THAT(Split(text, '\n'),
              testing::Contains(AllOf(StartsWith("epochs: 10 "), HasSubstr("# default"))));
}

TEST(Config, SettingsWithoutSomeNames) {
  const SampleConfig config;
  const std::string all = SettingsWithout(config, {}),
                    some = SettingsWithout(config, {"val", "epochs"});
  EXPECT_THAT(all, AllOf(HasSubstr("val: 0.15\n"), HasSubstr("epochs: 10\n"), HasSubstr("title:")));
  EXPECT_THAT(some, AllOf(Not(HasSubstr("val:")), Not(HasSubstr("epochs:")), HasSubstr("title:")));
  EXPECT_THROW(SettingsWithout(config, {"vall"}), BugError);
}

TEST(Config, NoArgumentsCrashTheParser) {
  const std::vector<std::string> words = {
      "--",           "-",   "",         "--val", "--val=", "=",          "--=",      "--no-",
      "--no-verbose", "0.5", "--hidden", ",",     "-1",     "--features", "--config="};
  Stream stream(1, "test/config");
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::string> arguments(stream.Below(6));
    for (std::string& word : arguments) word = words[stream.Below(words.size())];
    try {
      Parsed parsed(arguments);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    }
  }
}

}  // namespace
}  // namespace kallos
