#include "lib/run/run.h"
#include "train/head_run.h"
#ifdef KALLOS_WITH_NETWORKS
#include "train/network/joint_run.h"
#endif

int main(int argc, char** argv) {
  using namespace kallos;
  std::vector<Command> commands = {MakeCommand<train::HeadConfig>(
      "head", "Trains the fully connected head on feature stores, to a model bundle.", train::RunHead)};
#ifdef KALLOS_WITH_NETWORKS
  commands.push_back(MakeCommand<train::JointConfig>(
      "joint", "Trains a backbone and a head end to end on photographs, to a model bundle.", train::RunJoint));
#endif
  return RunApp(argc, argv, "kallos-train", "Trainers of heads and networks.", commands);
}
