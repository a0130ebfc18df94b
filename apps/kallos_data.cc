// kallos-data: manifests, splits and features made elsewhere.
#include "data/clean.h"
#include "data/import.h"
#include "data/matrix_commands.h"
#include "data/split.h"
#include "data/stats.h"
#include "data/synth.h"

int main(int argc, char** argv) {
  using namespace kallos;
  const std::vector<Command> commands = {
      MakeCommand<data::ImportConfig>(
          "import",
          "Makes a manifest from folders of photographs or a CSV: labels, sizes, content hashes.",
          data::RunImport),
      MakeCommand<data::CleanConfig>(
          "clean",
          "Finds corrupt, too small and repeated photographs, and writes a manifest without them.",
          data::RunClean),
      MakeCommand<data::SynthConfig>(
          "synth",
          "Makes demo photographs, half of them spoilt, so that all commands can be tried.",
          data::RunSynth),
      MakeCommand<data::SplitConfig>(
          "split",
          "Divides a manifest into train, val and test, or into folds, that share no content.",
          data::RunSplit),
      MakeCommand<data::StatsConfig>("stats", "Counts what is in a manifest.", data::RunStats),
      MakeCommand<data::PackConfig>(
          "pack",
          "Makes a feature store from a matrix (NPY, CSV, HDF5) of features made elsewhere.",
          data::RunPack),
      MakeCommand<data::UnpackConfig>(
          "unpack", "Writes a feature store as a matrix (NPY, CSV, HDF5).", data::RunUnpack)};
  return RunApp(argc, argv, "kallos-data", "Manifests, splits and feature files.", commands);
}
