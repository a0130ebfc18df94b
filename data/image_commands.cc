#include "data/image_commands.h"

#include "data/clean.h"
#include "data/import.h"
#include "data/synth.h"

namespace kallos::data {

std::vector<Command> ImageCommands() {
  return {MakeCommand<ImportConfig>("import", "Makes a manifest from folders of photographs or a CSV.", RunImport),
          MakeCommand<CleanConfig>("clean", "Finds corrupt, repeated and too small photographs.", RunClean),
          MakeCommand<SynthConfig>("synth", "Makes demo photographs, half of them spoilt.", RunSynth)};
}

}  // namespace kallos::data
