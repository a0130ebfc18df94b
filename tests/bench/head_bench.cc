// Training speed of the published head: GFLOP/s of a step beside the matrix-product peak measured
// in the same run.
#include <cmath>
#include <cstdio>

#include "lib/core/memory.h"
#include "lib/core/rng.h"
#include "lib/parallel/blas.h"
#include "lib/parallel/parallel.h"
#include "tests/bench/head_peer.h"
#include "tests/bench/measure.h"
#include "train/trainer.h"

namespace kallos {
namespace {

constexpr size_t kInputs = 5000;
constexpr size_t kBatch = 128;

// Multiplications and additions of a training step; layer 1 needs no gradient of its inputs.
double StepGflop(const model::HeadSpec& spec) {
  return 1e-9 * kBatch *
         (6 * static_cast<double>(model::KernelWeights(spec)) -
          2 * static_cast<double>(spec.inputs) * static_cast<double>(spec.hidden[0]));
}

int Main(char** argv) {
  RestartWithBestBlasKernels(argv);
  KeepFreedMemory();
  SetThreads(0);
  model::HeadSpec spec;
  spec.inputs = kInputs;
  Matrix<float> features(4 * kBatch, kInputs);
  Stream stream(1, "bench");
  for (size_t i = 0; i < features.rows() * features.columns(); ++i)
    features.data()[i] = static_cast<float>(stream.Uniform());
  std::vector<int> labels(features.rows());
  std::vector<size_t> rows(kBatch);
  for (size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int>(i % 2);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = 3 * i;
  const std::vector<float> weight = {1, 1};
  train::Trainer trainer(model::InitHead(spec, 1), {.dropout = spec.dropout, .seed = 1});
  const double gflop = StepGflop(spec);
  const double peak = PeakGflops<float>();
  const double seconds = Least(20, [&] {
    trainer.Step({features.View(), labels, weight}, rows, 0.003);
  });
  const BlasInfo blas = GetBlasInfo();
  std::printf("%s (%s), %d threads: sgemm peak %.0f GFLOP/s\n", blas.library.c_str(),
              blas.kernel.c_str(), Threads(), peak);
  std::printf(
      "head step, batch %zu, %zu-2048-1024-256-2, %.2f GFLOP: %.1f ms = %.0f GFLOP/s (%.0f%% of "
      "the peak)\n",
      kBatch, kInputs, gflop, 1e3 * seconds, gflop / seconds, 100 * gflop / seconds / peak);
  const double inference =
      Least(5, [&] { model::HeadOutputs(trainer.head(), std::as_const(features).View()); });
  const double inference_gflop =
      2e-9 * static_cast<double>(model::KernelWeights(spec)) * static_cast<double>(features.rows());
  std::printf("inference of %zu rows: %.1f ms = %.0f GFLOP/s\n", features.rows(), 1e3 * inference,
              inference_gflop / inference);
  if (const double peer = EagerTorchStepSeconds(spec, kBatch); peer > 0)
    std::printf("the same step in eager LibTorch, Adam included: %.1f ms = %.0f GFLOP/s\n",
                1e3 * peer, gflop / peer);
  return 0;
}

}  // namespace
}  // namespace kallos

int main(int, char** argv) {
  return kallos::Main(argv);
}
