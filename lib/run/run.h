// The frame of every command: parse, start, run one function, report, exit code.
//
//   int main(int argc, char** argv) {
//     return RunApp(argc, argv, "kallos-data", "Manifests, splits and feature files.",
//                   {MakeCommand<SplitConfig>("split", "Splits a manifest.", data::RunSplit),
//                   ...});
//   }
//   void RunSplit(const SplitConfig& config, RunContext& context);
//
// An app of one command gives it the name "". RunApp adds --config --seed --threads --quiet
// --log-level --print-config --version --help, makes BLAS and threads right before anything runs,
// installs the stop signals, and is the only place that catches errors. `--describe FORM` as the
// first words writes what the fields say as a document (lib/run/documents.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/config/config.h"
#include "lib/run/run_record.h"

namespace kallos {

struct RunContext {
  uint64_t seed = 0;
  RunRecord& record;
};

// A config of some type, held with the function that runs it.
class CommandRun {
 public:
  virtual ~CommandRun() = default;
  virtual void DescribeFields(FieldList& fields) = 0;
  virtual void CheckAcrossFields(Violations& violations) = 0;
  virtual void Run(RunContext& context) = 0;
};

struct Command {
  std::string name;
  std::string help;
  std::function<std::unique_ptr<CommandRun>()> make;
};

template <typename Config>
Command MakeCommand(const std::string& name, const std::string& help,
                    void (*run)(const Config&, RunContext&)) {
  class Typed : public CommandRun {
   public:
    explicit Typed(void (*function)(const Config&, RunContext&)) : function_(function) {}
    void DescribeFields(FieldList& fields) override { Describe(fields, config_); }
    void CheckAcrossFields(Violations& violations) override {
      if constexpr (requires(const Config& c, Violations& v) { Validate(c, v); })
        Validate(config_, violations);
    }
    void Run(RunContext& context) override { function_(config_, context); }

   private:
    Config config_;
    void (*function_)(const Config&, RunContext&);
  };
  return {name, help, [run] { return std::make_unique<Typed>(run); }};
}

// Returns the exit code of design: 0 done, 1 a bug of ours, 2 usage or config, 3 input, 4
// environment, 130 interrupted.
int RunApp(int argc, char** argv, const std::string& name, const std::string& description,
           const std::vector<Command>& commands);

}  // namespace kallos
