#include "lib/run/run.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <new>

#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "lib/core/stop.h"
#include "lib/core/version.h"
#include "lib/parallel/blas.h"
#include "lib/parallel/parallel.h"
#include "lib/run/documents.h"

namespace kallos {

namespace {

// The flags that every command has.
struct CommonConfig {
  std::filesystem::path config;
  uint64_t seed = 0;
  int64_t threads = 0;
  bool quiet = false;
  LogLevel log_level = LogLevel::kInfo;
  bool print_config = false;
  bool version = false;
  bool help = false;
};

template <class V>
void Describe(V& v, CommonConfig& c) {
  v("config", c.config, "YAML file with any of these flags as keys; flags win over it.");
  v("seed", c.seed, "Root of every random stream.");
  v("threads", c.threads, InRange(0, 1024),
    "Worker threads; 0 = one per core. Results do not depend on it.");
  v("quiet", c.quiet, "Only warnings and errors, no progress.");
  v("log-level", c.log_level, "Least severe messages to show.");
  v("print-config", c.print_config, "Print the effective values with their origin, and stop.");
  v("version", c.version, "Print the version, and stop.");
  v("help", c.help, "Print this, and stop.");
}

class App {
 public:
  App(std::string name, std::string description, const std::vector<Command>& commands)
      : name_(std::move(name)), description_(std::move(description)), commands_(commands) {}

  void Run(std::vector<std::string> words) const {
    const std::string command_line = CommandLine(words);
    if (PrintedGeneralAnswer(words)) return;
    const Command& command = TakeCommand(words);
    const std::unique_ptr<CommandRun> run = command.make();
    FieldList list;
    run->DescribeFields(list);
    NarrowEnums(list.fields());
    const size_t own_fields = list.fields().size();
    CommonConfig common;
    Describe(list, common);
    KeepOutOfFile(list.fields(), {"config", "print-config", "version", "help"});
    if (std::find(words.begin(), words.end(), "--help") != words.end())
      return PrintHelp(command, list.fields(), own_fields);
    Violations violations;
    ParseConfig(list.fields(), words, violations);
    if (common.print_config || common.version) {
      ThrowIfAny(violations);
      return common.version ? PrintVersion() : Print(FormatConfig(list.fields(), true));
    }
    CheckRules(list.fields(), violations);
    if (violations.empty()) run->CheckAcrossFields(violations);
    ThrowIfAny(violations);
    Start(common);
    RunRecord record(command_line, FormatConfig(list.fields(), false));
    RunContext context{common.seed, record};
    try {
      run->Run(context);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kInterrupted && IsFresh(list.fields()))
        throw InterruptedError("{}; with --fresh it starts over", error.what());
      throw;
    }
  }

 private:
  static bool IsFresh(const std::vector<Field>& fields) {
    return std::ranges::any_of(fields, [](const Field& field) {
      return field.name == "fresh" && field.values() == std::vector<std::string>{"true"};
    });
  }

  ProgramPage Page() const {
    ProgramPage page{name_, description_, GetBuildInfo().version, {}, {}};
    for (const Command& command : commands_) {
      FieldList list;
      command.make()->DescribeFields(list);
      NarrowEnums(list.fields());
      page.commands.push_back({command.name, command.help, list.fields()});
    }
    FieldList list;
    CommonConfig common;
    Describe(list, common);
    page.common = list.fields();
    return page;
  }

  // For a shell to read again.
  std::string CommandLine(const std::vector<std::string>& words) const {
    std::string line = name_;
    for (const std::string& word : words) line += " " + ShellQuoted(word);
    return line;
  }

  bool PrintedGeneralAnswer(const std::vector<std::string>& words) const {
    const bool single = commands_.size() == 1 && commands_[0].name.empty();
    if (!words.empty() && words[0] == "--version") return PrintVersion(), true;
    if (words.size() == 2 && words[0] == "--describe")
      return Print(FormatDocument(Page(), words[1])), true;
    if (single || (!words.empty() && words[0] != "--help")) return false;
    std::string text =
        fmt::format("{}: {}\n\nusage: {} COMMAND [FLAGS]\n\n", name_, description_, name_);
    for (const Command& command : commands_)
      text += fmt::format("  {:<12} {}\n", command.name, command.help);
    if (words.empty()) throw UsageError("a command is missing\n\n{}", text);
    Print(text + fmt::format("\n{} COMMAND --help shows the flags of one.\n", name_));
    return true;
  }

  const Command& TakeCommand(std::vector<std::string>& words) const {
    if (commands_.size() == 1 && commands_[0].name.empty()) return commands_[0];
    std::vector<std::string> names;
    for (const Command& command : commands_) {
      if (command.name == words[0]) {
        words.erase(words.begin());
        return command;
      }
      names.push_back(command.name);
    }
    throw UsageError("unknown command '{}'{}; commands: {}", words[0], DidYouMean(words[0], names),
                     Join(names, ", "));
  }

  void PrintHelp(const Command& command, const std::vector<Field>& fields,
                 size_t own_fields) const {
    std::string usage = name_ + (command.name.empty() ? "" : " " + command.name);
    for (const Field& field : fields) {
      if (field.positional) usage += " " + field.name + (field.is_list ? "..." : "");
    }
    const auto middle = fields.begin() + own_fields;
    Print(fmt::format("{} [FLAGS]\n{}\n\n{}\nfor every command:\n{}", usage,
                      command.help.empty() ? description_ : command.help,
                      FormatHelp({fields.begin(), middle}), FormatHelp({middle, fields.end()})));
  }

  void PrintVersion() const {
    const BuildInfo& build = GetBuildInfo();
    Print(fmt::format("{} {} (commit {}, {}, {})\n", name_, build.version, build.commit,
                      build.compiler, build.build_type));
  }

  static void KeepOutOfFile(std::vector<Field>& fields, const std::vector<std::string>& names) {
    for (Field& field : fields) {
      field.flag_only = std::find(names.begin(), names.end(), field.name) != names.end();
    }
  }

  // An enum whose rule names the words that it takes takes no others: --help, documents and
  // completion list those alone.
  static void NarrowEnums(std::vector<Field>& fields) {
    for (Field& field : fields) {
      if (!field.is_enum || field.rule.choices.empty()) continue;
      field.choices = field.rule.choices;
      field.type = Join(field.choices, "|");
    }
  }

  static void Start(const CommonConfig& common) {
    SetLogLevel(common.quiet ? LogLevel::kWarning : common.log_level);
    SetThreads(common.threads);
    LogBlas();
    InstallStopSignals();
  }

  static void Print(const std::string& text) { std::fputs(text.c_str(), stdout); }

  std::string name_;
  std::string description_;
  const std::vector<Command>& commands_;
};

int Report(const std::string& name, const std::string& message, ErrorKind kind) {
  std::fprintf(stderr, "%s: %s\n", name.c_str(), message.c_str());
  return static_cast<int>(kind);
}

}  // namespace

int RunApp(int argc, char** argv, const std::string& name, const std::string& description,
           const std::vector<Command>& commands) {
  RestartWithBestBlasKernels(argv);
  KeepFreedMemory();
  try {
    App(name, description, commands).Run({argv + 1, argv + argc});
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
      throw EnvironmentError("standard output cannot be written");
    return 0;
  } catch (const Error& error) {
    return Report(name, error.what(), error.kind());
  } catch (const std::bad_alloc&) {
    return Report(name, "out of memory; try fewer --threads or smaller batches",
                  ErrorKind::kEnvironment);
  } catch (const std::filesystem::filesystem_error& error) {
    return Report(name, error.what(), ErrorKind::kEnvironment);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: a bug of ours, please report it: %s\n", name.c_str(), error.what());
    return 1;
  }
}

}  // namespace kallos
