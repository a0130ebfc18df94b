#include "data/image_commands.h"

#include "data/clean.h"
#include "data/import.h"
#include "data/synth.h"

namespace kallos::data {

std::vector<Command> ImageCommands() {
  return {
      MakeCommand<ImportConfig>(
          "import",
          "Makes a manifest from folders of photographs or a CSV: labels, sizes, content hashes.",
          RunImport),
      MakeCommand<CleanConfig>(
          "clean",
          "Finds corrupt, too small and repeated photographs, and writes a manifest without them.",
          RunClean),
      MakeCommand<SynthConfig>(
          "synth",
          "Makes demo photographs, half of them spoilt, so that all commands can be tried.",
          RunSynth)};
}

}  // namespace kallos::data
