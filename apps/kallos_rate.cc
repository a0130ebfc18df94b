#include "eval/rate.h"
#include "lib/run/run.h"

int main(int argc, char** argv) {
  using namespace kallos;
  return RunApp(argc, argv, "kallos-rate",
                "Verdict and calibrated confidence for photographs, by a model bundle.",
                {MakeCommand<eval::RateConfig>("", "", eval::RunRate)});
}
