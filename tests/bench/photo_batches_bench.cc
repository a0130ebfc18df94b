// Batches of photographs for training: photographs per second when they are decoded, read from the
// cache on disk and held in memory, beside the plain decoding of the same files, and how long a
// training that keeps all cores busy waits.
//   photo_batches_bench MANIFEST FOLDER [RESIZE] [PHOTOS]   (the cache is made in FOLDER;
//   "border:600", 500)
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <optional>

#include "lib/core/error.h"
#include "lib/core/memory.h"
#include "lib/core/text.h"
#include "lib/image/image.h"
#include "lib/parallel/blas.h"
#include "lib/parallel/parallel.h"
#include "tests/bench/measure.h"
#include "train/network/photo_batches.h"

namespace kallos::train {
namespace {

constexpr BatchSettings kFlip{.batch = 32, .end_epoch = 3};
constexpr BatchSettings kAll{.batch = 32, .augmentation = {true, 0.1, 3, 0.1}, .end_epoch = 3};

// Seconds by the clock, and of all cores together: the latter do not depend on what else the
// machine does.
struct Time {
  double clock = 0, cores = 0;
};

template <typename Body>
Time TimeOf(const Body& body) {
  const double start = Seconds();
  const std::clock_t cores = std::clock();
  body();
  return {Seconds() - start, static_cast<double>(std::clock() - cores) / CLOCKS_PER_SEC};
}

// `plain`: core seconds of a photograph that is only decoded.
void Report(const char* what, double photos, const Time& time, double plain) {
  std::printf("%-52s %7.1f photos/s %6.2f ms of a core = %5.2f x plain decoding\n", what,
              photos / time.clock, 1e3 * time.cores / photos, time.cores / photos / plain);
  std::fflush(stdout);
}

std::vector<size_t> RowsOf(const PhotoFrames& frames) {
  std::vector<size_t> rows(frames.manifest().rows.size());
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  return rows;
}

Time TimeOfAll(PhotoFrames& frames, const BatchSettings& settings) {
  return TimeOf([&] {
    PhotoBatches batches(frames, RowsOf(frames), settings);
    while (batches.Next()) continue;
  });
}

// Seconds of a step on the CPU in which each photograph takes `work` seconds of one core.
double Step(size_t photos, double work) {
  const double start = Seconds();
  ParallelFor(photos, [&](size_t) {
    const double begin = Seconds();
    while (Seconds() - begin < work) continue;
  });
  return Seconds() - start;
}

// What the work ahead costs such a step, and how long Next works.
void BesideTraining(PhotoFrames& frames, double work) {
  PhotoBatches batches(frames, RowsOf(frames), kFlip);
  const double start = Seconds();
  double beside = 0, alone = 0;
  while (const std::optional<PhotoBatch> batch = batches.Next())
    beside += Step(batch->rows.size(), work);
  const double all = Seconds() - start;
  PhotoBatches again(frames, RowsOf(frames),
                     {.batch = 32, .end_epoch = kFlip.end_epoch, .ahead = 0});
  while (const std::optional<PhotoBatch> batch = again.Next())
    alone += Step(batch->rows.size(), work);
  std::printf(
      "a step of %3.0f ms a photograph and core: Next %4.1f %% of the time, steps %4.2f x as long "
      "as alone\n",
      1e3 * work, 100 * batches.waited() / all, beside / alone);
}

// A training on a device: the thread that asks sleeps.
void BesideDevice(PhotoFrames& frames, double photos_per_second) {
  PhotoBatches batches(frames, RowsOf(frames), kFlip);
  const double start = Seconds();
  while (const std::optional<PhotoBatch> batch = batches.Next()) {
    const timespec nap{
        0, static_cast<long>(1e9 * static_cast<double>(batch->rows.size()) / photos_per_second) %
               1'000'000'000};
    nanosleep(&nap, nullptr);
  }
  std::printf("a device that takes %5.0f photographs a second: waits %4.1f %% of the time\n",
              photos_per_second, 100 * batches.waited() / (Seconds() - start));
}

int Main(int argc, char** argv) {
  RestartWithBestBlasKernels(argv);
  KeepFreedMemory();
  SetThreads(0);
  if (argc < 3 || argc > 5) {
    std::fprintf(stderr, "usage: photo_batches_bench MANIFEST FOLDER [RESIZE] [PHOTOS]\n");
    return 2;
  }
  FrameSettings settings;
  settings.resize = image::ParseResizeRule(argc > 3 ? argv[3] : "border:600");
  store::Manifest manifest = store::ReadManifest(argv[1]);
  const auto photos = static_cast<size_t>(argc > 4 ? ParseInt(argv[4]).value_or(0) : 500);
  manifest.rows.resize(std::min(photos, manifest.rows.size()));
  const auto n = static_cast<double>(manifest.rows.size());
  std::printf("%.0f photographs, %s, %d threads\n", n, settings.resize.Name().c_str(), Threads());
  const Time decoding = TimeOf([&] {
    ParallelFor(manifest.rows.size(), [&](size_t i) {
      KALLOS_CHECK(image::DecodeFile(manifest.PathOf(manifest.rows[i]), {}).ok());
    });
  });
  const double plain = decoding.cores / n;
  Report("plain decoding", n, decoding, plain);

  settings.memory_budget = 0;
  const double epochs = static_cast<double>(kFlip.end_epoch);
  PhotoFrames decoded(manifest, settings);
  Report("decoded, resized, flipped", n * epochs, TimeOfAll(decoded, kFlip), plain);
  Report("decoded, resized, flipped, cut, rotated, recoloured", n * epochs,
         TimeOfAll(decoded, kAll), plain);
  settings.cache = std::filesystem::path(argv[2]) / "frames";
  std::optional<PhotoFrames> on_disk;
  const Time filling = TimeOf([&] { on_disk.emplace(manifest, settings); });
  Report("the cache on disk, made or read", n, filling, plain);
  Report("from disk, flipped", n * epochs, TimeOfAll(*on_disk, kFlip), plain);
  settings.memory_budget.reset();
  PhotoFrames in_memory(manifest, settings);
  Report("from memory, flipped", n * epochs, TimeOfAll(in_memory, kFlip), plain);
  Report("from memory, flipped, cut, rotated, recoloured", n * epochs, TimeOfAll(in_memory, kAll),
         plain);
  for (const double seconds : {0.02, 0.1}) {
    std::printf("decoded:     ");
    BesideTraining(decoded, seconds);
    std::printf("from memory: ");
    BesideTraining(in_memory, seconds);
  }
  for (const double share : {0.2, 0.4, 0.8}) {
    std::printf("decoded:     ");
    BesideDevice(decoded, share * n / decoding.clock);
    std::printf("from memory: ");
    BesideDevice(in_memory, share * n / decoding.clock);
  }
  return 0;
}

}  // namespace
}  // namespace kallos::train

int main(int argc, char** argv) {
  return kallos::train::Main(argc, argv);
}
