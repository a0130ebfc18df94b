#include "eval/benchmark.h"
#include "eval/compare.h"
#include "eval/report/command.h"
#include "eval/robustness/command.h"
#include "lib/run/run.h"

int main(int argc, char** argv) {
  using namespace kallos;
  return RunApp(
      argc, argv, "kallos-eval", "Tables with confidence intervals.",
      {MakeCommand<eval::BenchmarkConfig>(
           "benchmark", "Judges a model bundle, or predictions made elsewhere, per benchmark.",
           eval::RunBenchmark),
       MakeCommand<eval::CompareConfig>(
           "compare", "Do models differ on the same photographs? Intervals and tests.",
           eval::RunCompare),
       MakeCommand<eval::RobustnessConfig>(
           "robustness",
           "How verdicts stand up to rotation, crops, denoising, blur, noise and sharpening.",
           eval::RunRobustness),
       MakeCommand<report::ReportConfig>(
           "report", "One HTML page of any set of runs, and its tables for papers.",
           report::RunReport)});
}
