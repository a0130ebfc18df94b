#include "lib/run/run.h"
#include "train/head_run.h"

int main(int argc, char** argv) {
  using namespace kallos;
  return RunApp(argc, argv, "kallos-train", "Trainers on top of extracted features.",
                {MakeCommand<train::HeadConfig>(
                    "head", "Trains the fully connected head on feature stores, to a model bundle.", train::RunHead)});
}
