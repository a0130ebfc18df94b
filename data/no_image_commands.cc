#include "data/image_commands.h"
#include "lib/core/error.h"

namespace kallos::data {
namespace {

Command Missing(const std::string& name) {
  return {name, "Not in this build, which has no OpenCV.", [name]() -> std::unique_ptr<CommandRun> {
            throw EnvironmentError("'{}' is not in this build, which has no OpenCV; run tools/setup and build again",
                                   name);
          }};
}

}  // namespace

std::vector<Command> ImageCommands() {
  return {Missing("import"), Missing("clean"), Missing("synth")};
}

}  // namespace kallos::data
