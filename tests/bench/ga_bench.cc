// The GA's fitness at the published size on the CPU: training steps of heads on 5,000 of 19,488
// columns, batch 128.
//   ga_bench [ROWS]    (21,000 rows unless given: 1.6 GB)
// The peer is a plain eager LibTorch loop over the same batches: in a process of its own, as its
// user has it, and here, where freed memory stays with the process (lib/core/memory.h), which is
// most of the difference on virtual machines.
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <numeric>

#include "lib/core/memory.h"
#include "lib/core/text.h"
#include "lib/parallel/blas.h"
#include "tests/bench/head_peer.h"
#include "tests/bench/measure.h"
#include "tests/bench/search_problem.h"
#include "train/trainer.h"

namespace kallos::train {
namespace {

constexpr int kSteps = 12;

// Adam's traffic: four arrays read and three written, on all threads, far larger than the caches.
double MemoryGigabytesPerSecond() {
  constexpr size_t kSize = size_t{1} << 25;
  const auto count = static_cast<size_t>(Threads());
  std::vector<std::vector<float>> p(count, std::vector<float>(kSize, 1)), m = p, v = p, g = p;
  const double seconds = Least(5, [&] {
    ParallelFor(count, [&](size_t t) {
      for (size_t i = 0; i < kSize; ++i) {
        m[t][i] = 0.9f * m[t][i] + 0.1f * g[t][i];
        v[t][i] = 0.99f * v[t][i] + 0.01f * g[t][i];
        p[t][i] -= 1e-6f * m[t][i] + 1e-7f * v[t][i];
      }
    });
  });
  return 1e-9 * kBytesPerParameter * static_cast<double>(kSize * count) / seconds;
}

struct Problem : SearchProblem {
  std::vector<float> weights = {1, 1};
  std::vector<std::vector<size_t>> batches;

  explicit Problem(size_t rows) : SearchProblem(rows) {
    std::vector<size_t> order(rows);
    std::iota(order.begin(), order.end(), size_t{0});
    Stream(3, "bench/rows").Shuffle(order);
    batches = Batches(order, 128);
  }
};

// Seconds for kSteps of one individual, after one that warms up.
double Train(const Problem& problem, const ga::Recipe& recipe, uint64_t individual) {
  const ga::Columns columns = RandomSelection(individual);
  Trainer trainer(model::InitHead({kSelected, recipe.hidden, recipe.dropout}, 1, columns),
                  {recipe.dropout, 1});
  double start = 0;
  for (size_t step = 0; step <= kSteps; ++step) {
    if (step == 1) start = Seconds();
    trainer.Step({problem.features.View(), problem.labels, problem.weights, columns},
                 problem.batches[step % problem.batches.size()], recipe.lr);
  }
  return Seconds() - start;
}

// Seconds a step when each thread trains a head of its own.
double TrainApart(const Problem& problem, const ga::Recipe& recipe) {
  const auto heads = static_cast<size_t>(Threads());
  std::vector<double> seconds(heads);
  ParallelFor(heads, [&](size_t i) { seconds[i] = Train(problem, recipe, i); });
  const double mean =
      std::accumulate(seconds.begin(), seconds.end(), 0.0) / static_cast<double>(heads);
  return mean / (kSteps * static_cast<double>(heads));
}

double EagerStepSeconds(const Problem& problem, const ga::Recipe& recipe) {
  return EagerTorchSearchStepSeconds({kSelected, recipe.hidden, recipe.dropout},
                                     problem.features.View(), RandomSelection(1),
                                     std::span(problem.batches).first(kSteps + 1));
}

// The peer in another process, which this program is too when its second argument is kPlain.
constexpr const char* kPlain = "plain-eager";
double PlainEagerStepSeconds(int64_t rows) {
  FILE* child = popen(fmt::format("/proc/{}/exe {} {}", getpid(), rows, kPlain).c_str(), "r");
  double seconds = 0;
  if (child == nullptr || std::fscanf(child, "%lf", &seconds) != 1) seconds = 0;
  if (child != nullptr) pclose(child);
  return seconds;
}

void Report(const char* what, double step_seconds, double gflop, double steps_of_training) {
  std::printf("%-34s %7.1f ms a step  %5.0f GFLOP/s  %6.3f individuals a minute\n", what,
              1e3 * step_seconds, gflop / step_seconds, 60 / (step_seconds * steps_of_training));
}

int Main(int argc, char** argv) {
  RestartWithBestBlasKernels(argv);
  const bool plain = argc > 2 && std::string(argv[2]) == kPlain;
  if (!plain) KeepFreedMemory();
  SetThreads(0);
  const int64_t rows = argc > 1 ? ParseInt(argv[1]).value_or(0) : 21000;
  if (rows < 256) {
    std::fprintf(stderr, "usage: ga_bench [ROWS]   (256 or more)\n");
    return 2;
  }
  const ga::Recipe recipe;
  const double plain_peer = plain ? 0 : PlainEagerStepSeconds(rows);
  const Problem problem(static_cast<size_t>(rows));
  if (plain) {
    std::printf("%.17g\n", EagerStepSeconds(problem, recipe));
    return 0;
  }
  const double gflop = 128e-9 * ga::OperationsPerRow(recipe, kSelected);
  const double steps =
      static_cast<double>(problem.batches.size()) * static_cast<double>(recipe.epochs);
  const double peak = PeakGflops<float>(), memory = MemoryGigabytesPerSecond();
  const double parameters = ParametersOf(recipe);
  const double arithmetic = gflop / peak, traffic = 1e-9 * kBytesPerParameter * parameters / memory;
  std::printf(
      "%lld x %zu, %zu selected, %.0f steps an individual; sgemm peak %.0f GFLOP/s, memory %.1f "
      "GB/s, %d threads\n",
      static_cast<long long>(rows), kColumns, kSelected, steps, peak, memory, Threads());
  double together = INFINITY, each = INFINITY;
  for (int repeat = 0; repeat < 3; ++repeat) {
    together = std::min(together, Train(problem, recipe, 1) / kSteps);
    each = std::min(each, TrainApart(problem, recipe));
  }
  Report("one head on all threads", together, gflop, steps);
  Report("a head on each thread", each, gflop, steps);
  const double roofline = std::max(arithmetic, traffic), best = std::min(together, each);
  std::printf(
      "roofline: arithmetic %.1f ms, Adam's traffic %.1f ms a step; reached %.0f%% of the larger\n",
      1e3 * arithmetic, 1e3 * traffic, 100 * roofline / best);
  const double peer =
      EagerStepSeconds(problem, recipe);  // last: it changes how many threads BLAS takes
  if (peer == 0) return 0;
  Report("eager LibTorch", plain_peer, gflop, steps);
  Report("eager LibTorch, memory kept", peer, gflop, steps);
  std::printf("ours is %.2f and %.2f times as fast\n", plain_peer / best, peer / best);
  return 0;
}

}  // namespace
}  // namespace kallos::train

int main(int argc, char** argv) {
  return kallos::train::Main(argc, argv);
}
