#include "extract/weights_commands.h"

int main(int argc, char** argv) {
  using namespace kallos;
  return RunApp(
      argc, argv, "kallos-weights",
      "Weight files: Keras HDF5, safetensors and PyTorch state dicts.",
      {MakeCommand<extract::InspectConfig>("inspect", "Describes a weight file.",
                                           extract::RunInspect),
       MakeCommand<extract::VerifyConfig>(
           "verify", "Checks that a file holds a backbone's weights.", extract::RunVerify),
       MakeCommand<extract::ConvertConfig>("convert", "Writes a weight file as safetensors.",
                                           extract::RunConvert)});
}
