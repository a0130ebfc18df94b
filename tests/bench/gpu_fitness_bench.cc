// The GA's fitness on a device: seconds per generation of 100 individuals at the published size
// (5,000 of 19,488 columns, 15 epochs), and what share of the device's roofline that is: the larger
// of arithmetic at the measured product peak and of Adam's 28 bytes per parameter and step at the
// measured memory bandwidth. Timed are fits of one and of two epochs: every further epoch takes as
// long as the second.
//   gpu_fitness_bench [ROWS [INDIVIDUALS]]    (21,000 and 100; without a CUDA device it runs on the
//   CPU: give few)
#include <ATen/ATen.h>

#include <cstdio>

#include "ga/fitness/batched_fitness.h"
#include "lib/core/text.h"
#include "lib/device/libtorch.h"
#include "tests/bench/device_peak.h"
#include "tests/bench/search_problem.h"

namespace kallos::train {
namespace {

struct Problem : SearchProblem {
  std::vector<ga::Columns> individuals;

  Problem(size_t rows, size_t count) : SearchProblem(rows) {
    for (size_t k = 0; k < count; ++k) individuals.push_back(RandomSelection(k));
  }

  // One row in ten validates, so that the time is that of training.
  ga::Fold Split() const {
    ga::Fold fold;
    for (size_t i = 0; i < labels.size(); ++i)
      (i % 10 == 0 ? fold.validation_rows : fold.train_rows).push_back(i);
    return fold;
  }
};

void Measure(const Problem& problem, const Device& device, ga::Recipe recipe, Precision precision,
             int64_t batch) {
  recipe.precision = precision;
  recipe.batch = batch;
  const auto published_epochs = static_cast<double>(recipe.epochs);
  recipe.epochs = 2;
  const ga::FitnessData data{problem.features.View(), problem.labels, {problem.Split()}};
  const auto count = static_cast<double>(problem.individuals.size());
  const double tflops = PeakTflops(AtDevice(device), EnumName(precision)),
               bandwidth = MemoryTerabytesPerSecond(AtDevice(device));
  ga::BatchedFitness batched(recipe, ga::Metric::kAccuracy, data, 1, {device, 0});
  const auto seconds = [&](const ga::Budget budget) {
    return Least(1, [&] { batched.Evaluate(problem.individuals, budget, [](size_t, double) {}); });
  };
  const ga::Budget half{ga::Resource::kEpochs, 2};
  seconds(half);  // warms up
  const double one = seconds(half), epoch = seconds({}) - one;
  const double generation = one + (published_epochs - 1) * epoch;
  const auto rows = static_cast<double>(data.folds[0].train_rows.size()) * published_epochs;
  const double arithmetic = 1e-12 * count * rows * ga::OperationsPerRow(recipe, kSelected) / tflops;
  const double parameters = ParametersOf(recipe);
  const double traffic = 1e-12 * count * rows / static_cast<double>(batch) * kBytesPerParameter *
                         parameters / bandwidth;
  std::printf(
      "%s %-4s batch %4lld: %8.1f s a generation, %lld heads at once; %.1f TFLOP/s, %.2f TB/s; "
      "roofline %.1f s "
      "(arithmetic %.1f, Adam's traffic %.1f): %.0f %%\n",
      device.Name().c_str(), EnumName(precision).c_str(), static_cast<long long>(batch), generation,
      static_cast<long long>(batched.together()), tflops, bandwidth, std::max(arithmetic, traffic),
      arithmetic, traffic, 100 * std::max(arithmetic, traffic) / generation);
  std::fflush(stdout);
}

int Main(int argc, char** argv) {
  SetThreads(0);
  const int64_t rows = argc > 1 ? ParseInt(argv[1]).value_or(0) : 21000;
  const int64_t individuals = argc > 2 ? ParseInt(argv[2]).value_or(0) : 100;
  if (rows < 256 || individuals < 1) {
    std::fprintf(stderr,
                 "usage: gpu_fitness_bench [ROWS [INDIVIDUALS]]   (256 or more; 1 or more)\n");
    return 2;
  }
  const Problem problem(static_cast<size_t>(rows), static_cast<size_t>(individuals));
  const Device device = ResolveDevice("auto");
  for (const Precision precision : {Precision::kFp32, Precision::kTf32, Precision::kBf16}) {
    for (const int64_t batch : {128, 1024}) Measure(problem, device, {}, precision, batch);
  }
  return 0;
}

}  // namespace
}  // namespace kallos::train

int main(int argc, char** argv) {
  return kallos::train::Main(argc, argv);
}
