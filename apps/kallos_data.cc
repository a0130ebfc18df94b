// kallos-data: manifests, splits and features made elsewhere.
#include "data/image_commands.h"
#include "data/matrix_commands.h"
#include "data/split.h"
#include "data/stats.h"

int main(int argc, char** argv) {
  using namespace kallos;
  std::vector<Command> commands = data::ImageCommands();
  commands.push_back(MakeCommand<data::SplitConfig>("split", "Splits a manifest's rows.", data::RunSplit));
  commands.push_back(MakeCommand<data::StatsConfig>("stats", "Describes a manifest.", data::RunStats));
  commands.push_back(MakeCommand<data::PackConfig>("pack", "Makes a feature store from a matrix.", data::RunPack));
  commands.push_back(MakeCommand<data::UnpackConfig>("unpack", "Writes a feature store as a matrix.", data::RunUnpack));
  return RunApp(argc, argv, "kallos-data", "Manifests, splits and feature files.", commands);
}
