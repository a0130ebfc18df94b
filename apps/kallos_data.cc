// kallos-data: manifests, splits and features made elsewhere.
#include "data/image_commands.h"
#include "data/matrix_commands.h"
#include "data/split.h"
#include "data/stats.h"

int main(int argc, char** argv) {
  using namespace kallos;
  std::vector<Command> commands = data::ImageCommands();
  commands.push_back(MakeCommand<data::SplitConfig>(
      "split", "Divides a manifest into train, val and test, or into folds, that share no content.",
      data::RunSplit));
  commands.push_back(
      MakeCommand<data::StatsConfig>("stats", "Counts what is in a manifest.", data::RunStats));
  commands.push_back(MakeCommand<data::PackConfig>(
      "pack", "Makes a feature store from a matrix (NPY, CSV, HDF5) of features made elsewhere.",
      data::RunPack));
  commands.push_back(MakeCommand<data::UnpackConfig>(
      "unpack", "Writes a feature store as a matrix (NPY, CSV, HDF5).", data::RunUnpack));
  return RunApp(argc, argv, "kallos-data", "Manifests, splits and feature files.", commands);
}
