// Exact PCA at scale: seconds per phase, the covariance phase beside the matrix-product peak of the
// same run, peak memory.
//   pca_bench ROWS COLUMNS COMPONENTS FOLDER [DEVICE]   (the store is made in FOLDER and kept, so
//   that a second run is quicker) pca_bench 20000 4096 2048 /tmp/pca-bench;  pca_bench 80000 16928
//   8464 /tmp/pca-bench
#include <sys/resource.h>

#include <cmath>
#include <cstdio>
#include <filesystem>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/memory.h"
#include "lib/core/rng.h"
#include "lib/core/text.h"
#include "lib/parallel/blas.h"
#include "lib/parallel/parallel.h"
#include "pca/algebra.h"
#include "pca/scatter.h"
#include "tests/bench/measure.h"

namespace kallos::pca {
namespace {

constexpr int64_t kRowsPerShard = 1024;

// Rows with a decaying spectrum: each column is noise of its own plus a smooth mixture of its
// neighbours.
store::Shard MakeShard(const store::Manifest& manifest, std::pair<int64_t, int64_t> rows,
                       int64_t columns) {
  store::Shard shard;
  shard.features =
      Matrix<float>(static_cast<size_t>(rows.second - rows.first), static_cast<size_t>(columns));
  ParallelFor(shard.features.rows(), [&](size_t i) {
    Stream stream(1, "bench/pca", static_cast<uint64_t>(rows.first) + i);
    double smooth = 0;
    for (size_t j = 0; j < shard.features.columns(); ++j) {
      smooth = 0.95 * smooth + stream.Uniform(-1, 1);
      shard.features(i, j) = static_cast<float>(smooth / (1 + 0.001 * static_cast<double>(j)));
    }
  });
  for (int64_t i = rows.first; i < rows.second; ++i) {
    shard.ids.push_back(manifest.rows[static_cast<size_t>(i)].id);
    shard.labels.push_back(-1);
  }
  return shard;
}

fs::path MakeStore(const fs::path& folder, int64_t rows, int64_t columns) {
  const fs::path path = folder / fmt::format("{}x{}", rows, columns);
  store::Manifest manifest;
  manifest.folder = folder;
  for (int64_t i = 0; i < rows; ++i) {
    store::ManifestRow row;
    row.id = fmt::format("row{:07}", i);
    row.path = row.id;
    manifest.rows.push_back(row);
  }
  store::StoreInfo info;
  info.extractor = "bench";
  info.description = fmt::format(R"({{"bench":"{}x{}"}})", rows, columns);
  info.fingerprint = Sha256Hex(info.description);
  info.dimension = columns;
  info.layers = {{"bench", 0, columns}};
  const store::StoreWriter writer(path, info, manifest, kRowsPerShard);
  for (int64_t shard = 0; shard < writer.shard_count(); ++shard) {
    if (!writer.HasShard(shard))
      writer.WriteShard(shard, MakeShard(manifest, writer.RowsOfShard(shard), columns));
  }
  KALLOS_CHECK(writer.FinishIfComplete());
  return path;
}

void Report(const char* phase, double seconds, double gflop, double peak) {
  std::printf("%-34s %8.1f s", phase, seconds);
  if (gflop > 0)
    std::printf("  %5.0f GFLOP/s = %.0f%% of the host's peak", gflop / seconds,
                100 * gflop / seconds / peak);
  std::printf("\n");
  std::fflush(stdout);
}

int Main(int argc, char** argv) {
  RestartWithBestBlasKernels(argv);
  KeepFreedMemory();
  SetThreads(0);
  const auto number = [&](int i) { return argc >= 5 ? ParseInt(argv[i]).value_or(0) : 0; };
  const int64_t rows = number(1), columns = number(2), components = number(3);
  if (rows < 2 || columns < 1 || components < 1 || components > columns || argc > 6) {
    std::fprintf(stderr, "usage: pca_bench ROWS COLUMNS COMPONENTS FOLDER [DEVICE]\n");
    return 2;
  }
  const store::FeatureStore features(MakeStore(argv[4], rows, columns));
  const TrainingRows training(features, Rows::kAll);
  const auto algebra = MakeAlgebra(argc == 6 ? argv[5] : "cpu");
  const double peak = PeakGflops<double>();
  std::printf("%s x %s to %s on %s; host: %d threads, dgemm peak %.0f GFLOP/s (%s)\n",
              FormatCount(rows).c_str(), FormatCount(columns).c_str(),
              FormatCount(components).c_str(), algebra->Name().c_str(), Threads(), peak,
              GetBlasInfo().kernel.c_str());
  double start = Seconds();
  Scatter scatter =
      SumScatter(training, {fs::path(argv[4]) / "checkpoint", Sha256Hex("bench"), 1e9}, *algebra);
  const auto d = static_cast<double>(columns);
  Report("covariance", Seconds() - start, 1e-9 * static_cast<double>(rows) * d * (d + 1), peak);
  start = Seconds();
  std::string step;
  double gflop = 0;
  algebra->LargestEigenpairs(
      scatter.sums, [&](const std::vector<double>&) { return static_cast<size_t>(components); },
      {.on_step =
           [&](const std::string& next, double operations) {
             if (!step.empty()) Report(step.c_str(), Seconds() - start, gflop, peak);
             step = next;
             gflop = 1e-9 * operations;
             start = Seconds();
           },
       .on_work = {}});
  Report(step.c_str(), Seconds() - start, gflop, peak);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("peak resident memory %s\n",
              FormatBytes(static_cast<uint64_t>(usage.ru_maxrss) << 10).c_str());
  return 0;
}

}  // namespace
}  // namespace kallos::pca

int main(int argc, char** argv) {
  return kallos::pca::Main(argc, argv);
}
