#include "train/network/photo_frames.h"

#include <algorithm>
#include <map>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/memory.h"
#include "lib/core/progress.h"
#include "lib/core/stop.h"
#include "lib/core/text.h"
#include "lib/image/image.h"
#include "lib/parallel/parallel.h"

namespace kallos::train {
namespace {

constexpr size_t kFaultsShown = 10;
constexpr const char* kRemedy =
    "kallos-data clean leaves out photographs that are missing or broken, kallos-data import takes "
    "in those that "
    "changed";

int64_t ValuesOf(const Picture8& frame, const image::ResizeRule& rule) {
  if (rule.kind == image::ResizeRule::Kind::kBorder) return int64_t{3} * rule.height * rule.width;
  return int64_t{3} * frame.height * frame.width;
}

}  // namespace

PhotoFrames::PhotoFrames(store::Manifest manifest, FrameSettings settings)
    : manifest_(std::move(manifest)), settings_(std::move(settings)) {
  if (!settings_.cache.empty()) cache_.emplace(settings_.cache);
  free_bytes_ = settings_.memory_budget.value_or(static_cast<int64_t>(AvailableMemory() / 4));
  Faults faults(manifest_.rows.size());
  FillHashes(faults);
  MakeFrames(faults);
  RequireNone(faults);
}

// From now on a photograph without a hash in the manifest has the one that was found.
void PhotoFrames::FillHashes(Faults& faults) {
  ParallelFor(manifest_.rows.size(), [&](size_t i) {
    store::ManifestRow& row = manifest_.rows[i];
    if (!row.sha256.empty()) return;
    ThrowIfStopRequested();
    try {
      row.sha256 = Sha256OfFile(manifest_.PathOf(row));
    } catch (const Error& error) {
      faults[i] = error.what();
    }
  });
}

void PhotoFrames::MakeFrames(Faults& faults) {
  std::map<std::string, Frame*> by_content;
  for (size_t i = 0; i < manifest_.rows.size(); ++i) {
    Frame*& frame = by_content[manifest_.rows[i].sha256];
    if (frame == nullptr) {
      frames_.push_back(std::make_unique<Frame>());
      frame = frames_.back().get();
      frame->row = i;
    }
    frame_of_row_.push_back(frame);
  }
  Progress progress("prepare", "photos", frames_.size());
  std::vector<int64_t> values(frames_.size());
  ParallelFor(frames_.size(), [&](size_t i) {
    Frame& frame = *frames_[i];
    if (!faults[frame.row].empty()) return;
    ThrowIfStopRequested();
    const auto picture = GetFrame(frame);
    if (picture.ok()) values[i] = ValuesOf(*picture.value(), settings_.resize);
    if (!picture.ok()) faults[frame.row] = picture.reason();
    progress.Add();
  });
  for (const int64_t count : values) largest_ = std::max(largest_, count);
}

void PhotoFrames::RequireNone(const Faults& faults) const {
  std::string lines;
  size_t count = 0;
  for (const std::string& fault : faults) {
    if (fault.empty() || count++ >= kFaultsShown) continue;
    lines += "\n  " + fault;
  }
  if (count == 0) return;
  if (count > kFaultsShown) lines += fmt::format("\n  and {} more", count - kFaultsShown);
  throw InputError("{} of {} photographs cannot be trained on; {}:{}", FormatCount(count),
                   FormatCount(faults.size()), kRemedy, lines);
}

std::shared_ptr<const Picture8> PhotoFrames::Get(size_t row) {
  auto picture = GetFrame(*frame_of_row_.at(row));
  if (picture.ok()) return picture.value();
  throw InputError("{}; {}, and the same command again goes on with them", picture.reason(),
                   kRemedy);
}

Result<std::shared_ptr<const Picture8>> PhotoFrames::GetFrame(Frame& frame) {
  const std::lock_guard lock(frame.mutex);
  if (frame.picture) return frame.picture;
  Result<Picture8> made = Make(manifest_.rows[frame.row]);
  if (!made.ok()) return Failure{made.reason()};
  auto picture = std::make_shared<const Picture8>(std::move(made.value()));
  if (Reserve(picture->rgb.size())) frame.picture = picture;
  return picture;
}

Result<Picture8> PhotoFrames::Make(const store::ManifestRow& row) {
  if (!cache_) return Decode(row);
  const std::string description = DescriptionOf(row);
  if (std::optional<Picture8> picture = cache_->Read(description)) return std::move(*picture);
  Result<Picture8> picture = Decode(row);
  if (picture.ok()) cache_->Write(description, picture.value());
  return picture;
}

Result<Picture8> PhotoFrames::Decode(const store::ManifestRow& row) {
  const std::string name = PathText(manifest_.PathOf(row));
  try {
    const std::string bytes = ReadFile(manifest_.PathOf(row));
    const std::string found = Sha256Hex(bytes);
    if (found != row.sha256)
      return Failure{fmt::format("{}: changed since import: SHA-256 {} expected, {} found", name,
                                 row.sha256, found)};
    const Result<Picture8> picture =
        image::Decode(bytes, {settings_.apply_orientation, settings_.max_pixels});
    if (!picture.ok()) return Failure{fmt::format("{}: {}", name, picture.reason())};
    ++decoded_;
    return image::ResizeInside(picture.value(), settings_.resize);
  } catch (const Error& error) {
    const std::string reason = error.what();
    return Failure{reason.starts_with(name) ? reason : fmt::format("{}: {}", name, reason)};
  }
}

// On one line: the manifest's text may be anything.
std::string PhotoFrames::DescriptionOf(const store::ManifestRow& row) const {
  return fmt::format("{} {} {}", PathText(row.sha256), settings_.resize.Name(),
                     settings_.apply_orientation ? "oriented" : "as-stored");
}

bool PhotoFrames::Reserve(int64_t bytes) {
  if (free_bytes_.fetch_sub(bytes) >= bytes) return true;
  free_bytes_ += bytes;
  return false;
}

}  // namespace kallos::train
