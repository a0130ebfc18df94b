#include "lib/run/run.h"
#include "train/head_run.h"

#include "train/network/joint_run.h"

int main(int argc, char** argv) {
  using namespace kallos;
  std::vector<Command> commands = {MakeCommand<train::HeadConfig>(
      "head", "Trains the fully connected head on feature stores, to a model bundle.",
      train::RunHead)};

  commands.push_back(MakeCommand<train::JointConfig>(
      "joint", "Trains a backbone and a head end to end on photographs, to a model bundle.",
      train::RunJoint));

  return RunApp(argc, argv, "kallos-train", "Trainers of heads and networks.", commands);
}
