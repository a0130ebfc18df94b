#include "lib/run/run.h"
#include "train/distill/export.h"
#include "train/distill/feature_run.h"
#include "train/distill/finetune_run.h"

int main(int argc, char** argv) {
  using namespace kallos;
  return RunApp(
      argc, argv, "kallos-distill", "A teacher's knowledge in a small network.",
      {MakeCommand<train::FeatureConfig>(
           "features", "Trains a student that gives the numbers which the teacher's head takes.",
           train::RunFeatures),
       MakeCommand<train::FinetuneConfig>(
           "finetune",
           "Trains a student and its head end to end, by labels and the teacher's verdicts.",
           train::RunFinetune),
       MakeCommand<train::ExportConfig>("export", "Writes a student as TorchScript or safetensors.",
                                        train::RunExport)});
}
