#include "lib/run/run.h"

#include <gmock/gmock.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <new>
#include <stdexcept>

#include "lib/core/file.h"
#include "lib/core/log.h"
#include "lib/core/stop.h"

namespace kallos {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct DemoConfig {
  std::string what;
  double low = 0;
  double high = 1;
  fs::path out;
  bool fresh = false;
};

template <class V>
void Describe(V& v, DemoConfig& c) {
  v.Positional("what", c.what, Required(), "What to do.");
  v("low", c.low, "Lower end.");
  v("high", c.high, "Upper end.");
  v("out", c.out, "Output folder.");
  v("fresh", c.fresh, "Start over.");
}

void Validate(const DemoConfig& c, Violations& violations) {
  if (c.low > c.high) violations.push_back("--low is above --high");
}

uint64_t seed_seen = 0;

void RunDemo(const DemoConfig& config, RunContext& context) {
  seed_seen = context.seed;
  if (config.what == "input") throw InputError("a.jpg: broken");
  if (config.what == "disk") throw EnvironmentError("disk full");
  if (config.what == "stop") throw InterruptedError("stopped");
  if (config.what == "memory") throw std::bad_alloc();
  if (config.what == "folder") fs::create_directory("/no/such/folder/x");
  if (config.what == "bug") KALLOS_CHECK(config.low > 1e9, "low = {}", config.low);
  if (config.what == "other") throw std::out_of_range("index");
  if (config.what == "record") {
    context.record.AddInput("a.csv", "abc");
    context.record.AddCount("photos", 3);
    context.record.AddFact("device", "cpu");
    context.record.Write(config.out);
  }
}

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

Outcome RunCommands(std::vector<std::string> words, const std::vector<Command>& commands) {
  words.insert(words.begin(), "demo");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.code = RunApp(static_cast<int>(words.size()), argv.data(), "demo", "A demo.", commands);
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}

Outcome RunDemoApp(const std::vector<std::string>& words) {
  return RunCommands(words, {MakeCommand<DemoConfig>("do", "Does it.", RunDemo),
                             MakeCommand<DemoConfig>("split", "Splits it.", RunDemo)});
}

class Run : public testing::Test {
 protected:
  // A restart for the sake of BLAS would start the tests again.
  static void SetUpTestSuite() { setenv("OPENBLAS_CORETYPE", "", 1); }
  ~Run() override { SetLogLevel(LogLevel::kInfo); }
};

TEST_F(Run, ExitCodesTellWhatWentWrong) {
  const std::pair<const char*, int> cases[] = {{"well", 0},   {"input", 3},  {"disk", 4},
                                               {"stop", 130}, {"memory", 4}, {"folder", 4},
                                               {"bug", 1},    {"other", 1}};
  for (const auto& [what, code] : cases) EXPECT_EQ(RunDemoApp({"do", what}).code, code) << what;
  EXPECT_THAT(RunDemoApp({"do", "input"}).err, HasSubstr("demo: a.jpg: broken"));
  EXPECT_THAT(RunDemoApp({"do", "bug"}).err, HasSubstr("a bug of ours"));
}

TEST_F(Run, WhoStartsOverIsToldSo) {
  EXPECT_THAT(RunDemoApp({"do", "stop", "--fresh"}).err,
              HasSubstr("stopped; with --fresh it starts over"));
  EXPECT_THAT(RunDemoApp({"do", "stop"}).err, Not(HasSubstr("--fresh")));
  EXPECT_THAT(RunDemoApp({"do", "input", "--fresh"}).err, Not(HasSubstr("--fresh")));
}

TEST_F(Run, WrongUseEndsWithTwo) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{}, "a command is missing"},
      {{"splt"}, "did you mean 'split'?; commands: do, split"},
      {{"zzzzzz"}, "unknown command 'zzzzzz'; commands"},
      {{"do"}, "what is required"},
      {{"do", "x", "--sed", "1"}, "did you mean '--seed'"},
      {{"do", "x", "--threads", "-1"}, "in [0, 1024]"},
      {{"do", "x", "--log-level", "loud"}, "debug|info|warning|error|off"},
      {{"do", "x", "--low", "2"}, "--low is above --high"},
      {{"do", "x", "y"}, "unexpected argument 'y'"},
      {{"do", "x", "--config", "/no/such.yaml"}, "/no/such.yaml"}};
  for (const auto& [words, message] : cases) {
    const Outcome outcome = RunDemoApp(words);
    EXPECT_EQ(outcome.code, 2) << Join(words, " ");
    EXPECT_THAT(outcome.err, HasSubstr(message));
  }
}

TEST_F(Run, GeneralAnswersGoToStandardOutput) {
  EXPECT_THAT(RunDemoApp({"--help"}).out,
              AllOf(HasSubstr("Splits it."), HasSubstr("usage: demo COMMAND")));
  EXPECT_THAT(
      RunDemoApp({"do", "--help"}).out,
      AllOf(HasSubstr("demo do what"), HasSubstr("Upper end. [default 1]"), HasSubstr("--seed")));
  EXPECT_THAT(RunDemoApp({"--version"}).out, HasSubstr("commit"));
  EXPECT_THAT(RunDemoApp({"do", "--version"}).out, HasSubstr("commit"));
  EXPECT_EQ(RunDemoApp({"do", "--help", "--nonsense"}).code, 0);
}

TEST_F(Run, APrintedConfigIsAConfig) {
  const Outcome printed = RunDemoApp({"do", "x", "--print-config", "--seed", "5", "--low=-2"});
  EXPECT_EQ(printed.code, 0) << printed.err;
  EXPECT_THAT(printed.out,
              AllOf(HasSubstr("low: -2 "), HasSubstr("# flag"), HasSubstr("# default")));
  const fs::path file = fs::path(testing::TempDir()) / "kallos_run_test" / "c.yaml";
  PublishBytes(file, printed.out);
  seed_seen = 0;
  const Outcome again = RunDemoApp({"do", "--config", file.string()});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(seed_seen, 5U);
}

TEST_F(Run, TheOnlyCommandHasNoName) {
  const std::vector<Command> commands = {MakeCommand<DemoConfig>("", "", RunDemo)};
  EXPECT_EQ(RunCommands({"well"}, commands).code, 0);
  EXPECT_EQ(RunCommands({"input", "--quiet"}, commands).code, 3);
  EXPECT_THAT(RunCommands({"--help"}, commands).out, HasSubstr("A demo."));
  EXPECT_EQ(RunCommands({}, commands).code, 2);
}

TEST_F(Run, QuietIsQuiet) {
  EXPECT_THAT(RunDemoApp({"do", "well"}).err, HasSubstr("OpenBLAS"));
  EXPECT_THAT(RunDemoApp({"do", "well", "--quiet"}).err, Not(HasSubstr("worker threads")));
}

TEST_F(Run, TheRecordHoldsWhatMadeTheOutput) {
  const fs::path folder = fs::path(testing::TempDir()) / "kallos_run_test" / "the 'out";
  fs::remove_all(folder);
  const Outcome outcome =
      RunDemoApp({"do", "record", "--out", folder.string(), "--seed", "9", "--threads", "2"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const YAML::Node record = YAML::Load(ReadFile(folder / "run.yaml"));
  EXPECT_EQ(record["format_version"].as<int>(), 1);
  EXPECT_THAT(record["command"].as<std::string>(),
              AllOf(HasSubstr("demo do record --out '"), HasSubstr(R"(the '\''out' --seed 9)")));
  EXPECT_EQ(record["config"]["seed"].as<int>(), 9);
  EXPECT_EQ(record["config"]["high"].as<double>(), 1);
  EXPECT_EQ(record["inputs"][0]["sha256"].as<std::string>(), "abc");
  EXPECT_EQ(record["counts"]["photos"].as<int>(), 3);
  EXPECT_EQ(record["facts"]["device"].as<std::string>(), "cpu");
  EXPECT_EQ(record["machine"]["threads"].as<int>(), 2);
  EXPECT_TRUE(record["commit"] && record["started"] && record["ended"]);
}

}  // namespace
}  // namespace kallos
