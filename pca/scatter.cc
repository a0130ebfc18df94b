#include "pca/scatter.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"
#include "lib/core/progress.h"
#include "lib/core/stop.h"
#include "lib/parallel/parallel.h"

namespace kallos::pca {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kColumnsPerTask = 256;  // of Join
constexpr std::string_view kMagic = "kallos pca checkpoint 2\n";
constexpr size_t kHexDigits = 64;

// A scatter in the making. On disk: the magic line, the key, the number of blocks, the means, the upper triangle row by
// row, and the SHA-256 of all before.
struct Progressed {
  size_t blocks = 0;
  Scatter scatter;
};

class HashedWriter {
 public:
  explicit HashedWriter(const fs::path& path) : path_(path), file_(path, std::ios::binary) { Check(); }
  void Write(const void* data, size_t size) {
    file_.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
    hash_.Update(data, size);
    Check();
  }
  void Finish() {
    const std::string hex = hash_.Hex();
    file_.write(hex.data(), static_cast<std::streamsize>(hex.size()));
    file_.close();
    Check();
  }

 private:
  void Check() const {
    if (!file_) throw EnvironmentError("{}: writing failed: {}", PathText(path_), std::strerror(errno));
  }
  fs::path path_;
  std::ofstream file_;
  Sha256 hash_;
};

class HashedReader {
 public:
  explicit HashedReader(const fs::path& path) : path_(path), file_(path, std::ios::binary) {
    if (!file_) throw EnvironmentError("{}: cannot be opened: {}", PathText(path), std::strerror(errno));
  }
  void Read(void* data, size_t size) {
    file_.read(static_cast<char*>(data), static_cast<std::streamsize>(size));
    if (!file_) ThrowDamaged();
    hash_.Update(data, size);
  }
  void Finish() {
    std::string hex(kHexDigits, ' ');
    file_.read(hex.data(), static_cast<std::streamsize>(hex.size()));
    if (!file_ || hex != hash_.Hex() || file_.peek() != std::ifstream::traits_type::eof()) ThrowDamaged();
  }
  [[noreturn]] void ThrowDamaged() const {
    throw InputError("{}: the checkpoint is damaged; --fresh starts over", PathText(path_));
  }

 private:
  fs::path path_;
  std::ifstream file_;
  Sha256 hash_;
};

void Save(const CheckpointSettings& settings, const Progressed& state) {
  PublishFile(settings.file, [&](const fs::path& temporary) {
    HashedWriter writer(temporary);
    const auto blocks = static_cast<uint64_t>(state.blocks);
    const size_t columns = state.scatter.mean.size();
    writer.Write(kMagic.data(), kMagic.size());
    writer.Write(settings.key.data(), settings.key.size());
    writer.Write(&blocks, sizeof(blocks));
    writer.Write(state.scatter.mean.data(), columns * sizeof(double));
    for (size_t i = 0; i < columns; ++i) writer.Write(&state.scatter.sums(i, i), (columns - i) * sizeof(double));
    writer.Finish();
  });
}

// `key` has the length of a SHA-256 in hex; columns are those of the rows to be fitted.
Progressed Load(const CheckpointSettings& settings, size_t columns) {
  HashedReader reader(settings.file);
  std::string magic(kMagic.size(), ' ');
  std::string key(kHexDigits, ' ');
  reader.Read(magic.data(), magic.size());
  if (magic != kMagic) reader.ThrowDamaged();
  reader.Read(key.data(), key.size());
  if (key != settings.key) {
    throw InputError("{}: the checkpoint of a fit with other features or settings; --fresh starts over",
                     PathText(settings.file));
  }
  Progressed state;
  uint64_t blocks = 0;
  reader.Read(&blocks, sizeof(blocks));
  state.blocks = static_cast<size_t>(blocks);
  state.scatter.mean.resize(columns);
  reader.Read(state.scatter.mean.data(), columns * sizeof(double));
  state.scatter.sums = Matrix<double>(columns, columns);
  for (size_t i = 0; i < columns; ++i) reader.Read(&state.scatter.sums(i, i), (columns - i) * sizeof(double));
  reader.Finish();
  return state;
}

Progressed Begin(size_t columns) {
  return {0, {std::vector<double>(columns), Matrix<double>(columns, columns)}};
}

// Takes a block into `mean`, that of `before` rows. Returns rows whose products, added to the scatter of those before,
// give the scatter of all: the block's rows about their own mean, and one for the distance between the means (Chan,
// Golub & LeVeque, The American Statistician 37, 1983). As stable as two passes.
Matrix<double> Join(const Matrix<float>& block, double before, std::vector<double>& mean) {
  const auto n = static_cast<double>(block.rows());
  const double weight = std::sqrt(before * n / (before + n));
  Matrix<double> joined(block.rows() + 1, block.columns());
  ParallelFor((block.columns() - 1) / kColumnsPerTask + 1, [&](size_t task) {
    const size_t first = task * kColumnsPerTask;
    const size_t columns = std::min(kColumnsPerTask, block.columns() - first);
    std::vector<double> own(columns);
    for (size_t i = 0; i < block.rows(); ++i) {
      for (size_t j = 0; j < columns; ++j) own[j] += block(i, first + j);
    }
    for (double& sum : own) sum /= n;
    for (size_t i = 0; i < block.rows(); ++i) {
      for (size_t j = 0; j < columns; ++j) joined(i, first + j) = block(i, first + j) - own[j];
    }
    for (size_t j = 0; j < columns; ++j) {
      const double distance = own[j] - mean[first + j];
      joined(block.rows(), first + j) = weight * distance;
      mean[first + j] += distance * n / (before + n);
    }
  });
  return joined;
}

}  // namespace

Scatter SumScatter(const TrainingRows& rows, const CheckpointSettings& settings,
                   const linalg::SymmetricAlgebra& algebra) {
  const auto columns = static_cast<size_t>(rows.columns());
  const bool resumed = fs::exists(settings.file);
  Progressed state = resumed ? Load(settings, columns) : Begin(columns);
  if (state.blocks > rows.block_count())
    throw InputError("{}: the checkpoint has more blocks than the rows; --fresh starts over", PathText(settings.file));
  if (resumed) LogInfo("going on after {} of {} blocks", state.blocks, rows.block_count());
  int64_t done = 0;
  for (size_t block = 0; block < state.blocks; ++block) done += rows.block_rows(block);
  Progress progress("covariance", "rows", rows.rows(), done);
  auto saved = Clock::now();
  Matrix<float> next;
  const auto read_next = [&](size_t block) {
    if (block < rows.block_count()) next = rows.Read(block);
  };
  const std::unique_ptr<linalg::GramSum> sums = algebra.SumInto(state.scatter.sums);
  read_next(state.blocks);
  while (state.blocks < rows.block_count()) {
    const Matrix<double> joined = Join(next, static_cast<double>(done), state.scatter.mean);
    sums->Add(joined.View(), [&] { read_next(state.blocks + 1); });
    done += rows.block_rows(state.blocks);
    progress.Add(rows.block_rows(state.blocks));
    ++state.blocks;
    const std::chrono::duration<double> since = Clock::now() - saved;
    if (StopRequested() || since.count() >= settings.interval_seconds) {
      sums->Fetch();
      Save(settings, state);
      saved = Clock::now();
      CrashPoint("after_pca_checkpoint");
    }
    ThrowIfStopRequested();
  }
  sums->Fetch();
  return std::move(state.scatter);
}

Matrix<double> SumRowProducts(const Matrix<float>& rows, const std::vector<double>& mean,
                              const linalg::SymmetricAlgebra& algebra) {
  Matrix<double> products(rows.rows(), rows.rows());
  const std::unique_ptr<linalg::GramSum> sums = algebra.SumInto(products);
  Progress progress("products of rows", "columns", static_cast<int64_t>(rows.columns()));
  for (size_t first = 0; first < rows.columns(); first += kRowProductColumns) {
    ThrowIfStopRequested();
    const size_t columns = std::min(kRowProductColumns, rows.columns() - first);
    Matrix<double> turned(columns, rows.rows());
    ParallelFor(columns, [&](size_t j) {
      for (size_t i = 0; i < rows.rows(); ++i) turned(j, i) = rows(i, first + j) - mean[first + j];
    });
    sums->Add(turned.View());
    progress.Add(static_cast<int64_t>(columns));
  }
  sums->Fetch();
  return products;
}

}  // namespace kallos::pca
