// A student's training as it runs: images per second of the steps, and the share of the time that
// they wait for their photographs, with frames in memory and decoded each time; beside it the same
// steps on one batch that is at hand.
//   distill_bench MANIFEST [NETWORK [SIDE [BATCH [OUTPUTS]]]]   ("shufflenet_v2_narrow", 600, 8,
//   16928)
#include <cstdio>
#include <numeric>

#include "lib/core/error.h"
#include "lib/core/memory.h"
#include "lib/core/text.h"
#include "lib/nn/training/trainable_network.h"
#include "lib/parallel/blas.h"
#include "lib/parallel/parallel.h"
#include "tests/bench/measure.h"
#include "train/network/photo_batches.h"

namespace kallos::train {
namespace {

constexpr int64_t kEpochs = 2;
constexpr int kStepsAtHand = 8;

void Step(nn::TrainableNetwork& network, const std::vector<PictureF>& pictures) {
  network.Step(pictures, 1e-3, 1, [](MatrixView<const float> outputs, MatrixView<float> gradient) {
    for (size_t i = 0; i < outputs.rows * outputs.columns; ++i)
      gradient.data[i] = 1e-5f * outputs.data[i];
  });
}

std::vector<size_t> RowsOf(const PhotoFrames& frames) {
  std::vector<size_t> rows(frames.manifest().rows.size());
  std::iota(rows.begin(), rows.end(), size_t{0});
  return rows;
}

// Images per second.
double AtHand(nn::TrainableNetwork& network, PhotoFrames& frames, int64_t batch) {
  PhotoBatches batches(frames, RowsOf(frames), {.batch = batch});
  const std::optional<PhotoBatch> first = batches.Next();
  return static_cast<double>(first->rows.size()) /
         Least(kStepsAtHand, [&] { Step(network, first->pictures); });
}

void Measure(const char* what, nn::TrainableNetwork& network, PhotoFrames& frames, int64_t batch,
             double at_hand) {
  const std::vector<size_t> rows = RowsOf(frames);
  PhotoBatches batches(frames, rows, {.batch = batch, .end_epoch = kEpochs});
  const double start = Seconds();
  while (const std::optional<PhotoBatch> one = batches.Next()) Step(network, one->pictures);
  const double seconds = Seconds() - start;
  const double rate = static_cast<double>(rows.size() * kEpochs) / seconds;
  std::printf(
      "%-12s %6.2f images/s = %3.0f %% of steps on a batch at hand; %5.2f %% of the time waiting "
      "for data\n",
      what, rate, 100 * rate / at_hand, 100 * batches.waited() / seconds);
}

int Main(int argc, char** argv) {
  RestartWithBestBlasKernels(argv);
  KeepFreedMemory();
  SetThreads(0);
  const auto number = [&](int i, int64_t otherwise) {
    return argc > i ? ParseInt(argv[i]).value_or(0) : otherwise;
  };
  const int64_t side = number(3, 600), batch = number(4, 8), outputs = number(5, 16928);
  if (argc < 2 || argc > 6 || side < 32 || batch < 2 || outputs < 1) {
    std::fprintf(stderr, "usage: distill_bench MANIFEST [NETWORK [SIDE [BATCH [OUTPUTS]]]]\n");
    return 2;
  }
  nn::TrainingOptions options;
  options.network = argc > 2 ? argv[2] : "shufflenet_v2_narrow";
  options.outputs = outputs;
  nn::TrainableNetwork network(options);
  network.Initialize(1);
  FrameSettings settings;
  settings.resize = image::ParseResizeRule(fmt::format("border:{}", side));
  const store::Manifest manifest = store::ReadManifest(argv[1]);
  PhotoFrames in_memory(manifest, settings);
  settings.memory_budget = 0;
  PhotoFrames decoded(manifest, settings);
  const double at_hand = AtHand(network, in_memory, batch);
  std::printf(
      "%s at %lld, batch %lld, %lld outputs, %d threads: %.2f images/s on a batch at hand\n",
      options.network.c_str(), static_cast<long long>(side), static_cast<long long>(batch),
      static_cast<long long>(outputs), Threads(), at_hand);
  Measure("from memory:", network, in_memory, batch, at_hand);
  Measure("decoded:", network, decoded, batch, at_hand);
  return 0;
}

}  // namespace
}  // namespace kallos::train

int main(int argc, char** argv) {
  return kallos::train::Main(argc, argv);
}
