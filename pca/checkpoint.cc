#include "pca/checkpoint.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"
#include "lib/core/stop.h"

namespace kallos::pca {
namespace {

// On disk: the magic line, the key, the number of steps, the state, and the SHA-256 of all before.
constexpr std::string_view kMagic = "kallos pca checkpoint 2\n";
constexpr size_t kHexDigits = 64;

class HashedWriter {
 public:
  explicit HashedWriter(const fs::path& path) : path_(path), file_(path, std::ios::binary) {
    Check();
  }
  void Write(const void* data, size_t size) {
    file_.write(static_cast<const char*>(data), size);
    hash_.Update(data, size);
    Check();
  }
  void Finish() {
    const std::string hex = hash_.Hex();
    file_.write(hex.data(), hex.size());
    file_.close();
    Check();
  }

 private:
  void Check() const {
    if (!file_)
      throw EnvironmentError("{}: writing failed: {}", PathText(path_), std::strerror(errno));
  }
  fs::path path_;
  std::ofstream file_;
  Sha256 hash_;
};

class HashedReader {
 public:
  explicit HashedReader(const fs::path& path) : path_(path), file_(path, std::ios::binary) {
    if (!file_)
      throw EnvironmentError("{}: cannot be opened: {}", PathText(path), std::strerror(errno));
  }
  void Read(void* data, size_t size) {
    file_.read(static_cast<char*>(data), size);
    if (!file_) ThrowDamaged();
    hash_.Update(data, size);
  }
  std::string ReadText(size_t size) {
    std::string text(size, ' ');
    Read(text.data(), size);
    return text;
  }
  void Finish() {
    std::string hex(kHexDigits, ' ');
    file_.read(hex.data(), hex.size());
    if (!file_ || hex != hash_.Hex() || file_.peek() != std::ifstream::traits_type::eof())
      ThrowDamaged();
  }
  [[noreturn]] void ThrowDamaged() const {
    throw InputError("{}: the checkpoint is damaged; --fresh starts over", PathText(path_));
  }

 private:
  fs::path path_;
  std::ifstream file_;
  Sha256 hash_;
};

}  // namespace

Checkpoint::Checkpoint(CheckpointSettings settings, std::string unit, int64_t most,
                       std::function<StateParts(int64_t steps)> parts)
    : settings_(std::move(settings)),
      unit_(std::move(unit)),
      most_(most),
      parts_(std::move(parts)) {}

std::string Checkpoint::After(int64_t steps) const {
  return fmt::format("after {} of {} {}", steps, most_, unit_);
}

int64_t Checkpoint::Load() {
  if (!fs::exists(settings_.file)) return 0;
  HashedReader reader(settings_.file);
  if (reader.ReadText(kMagic.size()) != kMagic) reader.ThrowDamaged();
  if (reader.ReadText(kHexDigits) != settings_.key) {
    throw InputError(
        "{}: the checkpoint of a fit with other features or settings; --fresh starts over",
        PathText(settings_.file));
  }
  int64_t steps = 0;
  reader.Read(&steps, sizeof(steps));
  if (steps < 1 || steps > most_) reader.ThrowDamaged();
  for (const std::span<double> part : parts_(steps)) reader.Read(part.data(), part.size_bytes());
  reader.Finish();
  LogInfo("going on {}", After(steps));
  saved_steps_ = steps;
  return steps;
}

void Checkpoint::Save(int64_t steps) {
  if (steps == saved_steps_) return;
  KALLOS_CHECK(settings_.key.size() == kHexDigits);
  PublishFile(settings_.file, [&](const fs::path& temporary) {
    HashedWriter writer(temporary);
    writer.Write(kMagic.data(), kMagic.size());
    writer.Write(settings_.key.data(), settings_.key.size());
    writer.Write(&steps, sizeof(steps));
    for (const std::span<double> part : parts_(steps)) writer.Write(part.data(), part.size_bytes());
    writer.Finish();
  });
  saved_steps_ = steps;
  saved_ = std::chrono::steady_clock::now();
  CrashPoint("after_pca_checkpoint");
}

void Checkpoint::SaveIfDue(int64_t steps) {
  ThrowIfStopRequested(steps);
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - saved_;
  if (since.count() >= settings_.interval_seconds) Save(steps);
}

void Checkpoint::ThrowIfStopRequested(int64_t steps) {
  if (!StopRequested()) return;
  Save(steps);
  throw InterruptedError("stopped; the same command again goes on {}", After(steps));
}

}  // namespace kallos::pca
