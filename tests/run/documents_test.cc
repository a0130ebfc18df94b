#include "lib/run/documents.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>

#include "lib/core/file.h"
#include "tests/config/sample_config.h"

namespace kallos {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct CommonFlags {
  std::filesystem::path config;
  bool quiet = false;
};

template <class V>
void Describe(V& v, CommonFlags& c) {
  v("config", c.config, "A file's name | with a-b\\c: [x].");
  v("quiet", c.quiet, "Less.");
}

template <typename Config>
std::vector<Field> FieldsOf() {
  Config config;
  FieldList list;
  Describe(list, config);
  return list.fields();
}

ProgramPage Sample() {
  std::vector<Field> own = FieldsOf<SampleConfig>();
  std::erase_if(own, [](const Field& field) { return field.name == "config"; });
  return {"kallos-x",
          "Does.",
          "1.2",
          {{"go", "Goes.", own}, {"rest", "Rests.", {}}},
          FieldsOf<CommonFlags>()};
}

// What bash offers for the last of `words`, asked in `folder`.
std::vector<std::string> Offered(const ProgramPage& program, std::vector<std::string> words,
                                 const fs::path& folder = testing::TempDir()) {
  const fs::path script = fs::path(testing::TempDir()) / "completion.bash";
  std::string quoted;
  for (const std::string& word : words) quoted += " " + ShellQuoted(word);
  std::ofstream(script) << FormatBashCompletion(program) << "cd " << ShellQuoted(folder.string())
                        << "\nCOMP_WORDS=(" << quoted << ")\nCOMP_CWORD=" << words.size() - 1
                        << "\n_kallos_x\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
  FILE* pipe = popen(("bash " + ShellQuoted(script.string())).c_str(), "r");
  std::string output;
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) output += char(c);
  EXPECT_EQ(pclose(pipe), 0);
  std::vector<std::string> lines = Split(output, '\n');
  std::erase(lines, "");
  return lines;
}

TEST(Documents, BashOffersCommandsThenTheirFlags) {
  EXPECT_THAT(Offered(Sample(), {"kallos-x", ""}),
              ElementsAre("go", "rest", "--help", "--version"));
  EXPECT_THAT(Offered(Sample(), {"kallos-x", "g"}), ElementsAre("go"));
  EXPECT_THAT(Offered(Sample(), {"kallos-x", "go", "--v"}), ElementsAre("--val", "--verbose"));
  EXPECT_THAT(Offered(Sample(), {"kallos-x", "rest", "--"}), ElementsAre("--config", "--quiet"));
}

TEST(Documents, BashOffersTheWordsOfAFlag) {
  EXPECT_THAT(Offered(Sample(), {"kallos-x", "go", "--mode", ""}), ElementsAre("fast", "exact"));
  EXPECT_THAT(Offered(Sample(), {"kallos-x", "go", "--mode", "=", "e"}), ElementsAre("exact"));
  EXPECT_THAT(Offered(Sample(), {"kallos-x", "go", "--mode", "="}), ElementsAre("fast", "exact"));
  EXPECT_THAT(Offered(Sample(), {"kallos-x", "go", "--features", "c"}), ElementsAre("cnn"));
  EXPECT_THAT(Offered(Sample(), {"kallos-x", "go", "--val", ""}), ElementsAre());
}

TEST(Documents, BashOffersFilesWherePathsAreTaken) {
  const fs::path folder = fs::path(testing::TempDir()) / "completion files";
  fs::create_directories(folder / "a folder");
  std::ofstream(folder / "b.yaml") << "x";
  EXPECT_THAT(Offered(Sample(), {"kallos-x", "go", "--config", "b"}, folder),
              ElementsAre("b.yaml"));
  EXPECT_THAT(Offered(Sample(), {"kallos-x", "go", "a"}, folder), ElementsAre("a folder"));
}

TEST(Documents, AProgramOfOneCommandHasFlagsAtOnce) {
  ProgramPage program = Sample();
  program.commands = {{"", "", program.commands[0].fields}};
  EXPECT_THAT(Offered(program, {"kallos-x", "--mo"}), ElementsAre("--mode"));
  EXPECT_THAT(FormatZshCompletion(program), Not(HasSubstr("_describe")));
}

TEST(Documents, ManualPageHasNoWarnings) {
  const fs::path page = fs::path(testing::TempDir()) / "kallos-x.1";
  std::ofstream(page) << FormatMan(Sample());
  if (std::system("command -v man > /dev/null") != 0) GTEST_SKIP() << "no man here";
  const std::string command = "LC_ALL=C.UTF-8 man --warnings -l " + ShellQuoted(page.string());
  const fs::path said = fs::path(testing::TempDir()) / "said", shown = said.string() + ".txt";
  ASSERT_EQ(std::system((command + " > " + ShellQuoted(shown.string()) + " 2> " +
                         ShellQuoted(said.string()))
                            .c_str()),
            0);
  EXPECT_EQ(ReadFile(said), "");
  EXPECT_THAT(ReadFile(shown), AllOf(HasSubstr("--mode fast|exact"), HasSubstr("default 0.15"),
                                     HasSubstr("a-b\\c: [x]."), HasSubstr("EXIT STATUS")));
}

TEST(Documents, MarkdownHasARowForEachFlag) {
  const std::string text = FormatMarkdown(Sample());
  EXPECT_THAT(text, HasSubstr("| `--val` | number | `0.15` | in [0, 1] | Fraction of the rows. |"));
  EXPECT_THAT(text, HasSubstr("| `manifest` | path |  | required | The manifest. |"));
  EXPECT_THAT(text, HasSubstr("| `--hidden` | integer ... | `2048,1024` | >= 1 |"));
  EXPECT_THAT(FormatCommonMarkdown(Sample()), HasSubstr("name \\| with"));
}

TEST(Documents, OtherShellsKnowWordsAndFiles) {
  EXPECT_THAT(FormatZshCompletion(Sample()),
              AllOf(HasSubstr("'--mode=[How.]:mode:(fast exact)'"),
                    HasSubstr("'*--hidden=[Units of each layer.]:integer: '"),
                    HasSubstr("A file'\\''s name | with a-b\\\\c\\: \\[x\\].]:config:_files'")));
  EXPECT_THAT(FormatFishCompletion(Sample()),
              AllOf(HasSubstr("from go' -l mode -x -a 'fast exact' -d 'How.'"),
                    HasSubstr("-l config -r -F -d 'A file\\'s name"), HasSubstr("-l quiet -d")));
}

TEST(Documents, UnknownFormsAreRefused) {
  EXPECT_THROW(FormatDocument(Sample(), "bsh"), Error);
}

}  // namespace
}  // namespace kallos
