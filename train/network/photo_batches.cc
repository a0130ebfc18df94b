#include "train/network/photo_batches.h"

#include <algorithm>
#include <chrono>

#include "lib/core/error.h"
#include "lib/core/memory.h"
#include "lib/core/rng.h"
#include "lib/core/stop.h"
#include "lib/image/image.h"

namespace kallos::train {
namespace {

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::vector<std::vector<size_t>> Shuffled(std::vector<size_t> rows, const BatchSettings& settings,
                                          int64_t epoch) {
  KALLOS_CHECK(!rows.empty());
  if (settings.shuffle)
    Stream(settings.seed, "distill/order", static_cast<uint64_t>(epoch)).Shuffle(rows);
  const auto batch = static_cast<size_t>(settings.batch);
  std::vector<std::vector<size_t>> batches;
  for (size_t first = 0; first < rows.size(); first += batch) {
    batches.emplace_back(rows.begin() + first, rows.begin() + std::min(first + batch, rows.size()));
  }
  return batches;
}

}  // namespace

PhotoBatches::PhotoBatches(PhotoFrames& frames, EpochPlan plan, const BatchSettings& settings)
    : frames_(frames),
      plan_(std::move(plan)),
      settings_(settings),
      most_ahead_(MostAhead()),
      items_(settings_.batch + 1 + most_ahead_),
      next_epoch_(settings.first_epoch),
      prefetcher_([this](size_t k) {
        ThrowIfStopRequested();
        ItemAt(k).picture = MakePicture(ItemAt(k));
      }) {
  KALLOS_CHECK(settings_.batch > 0 && settings_.ahead >= 0 && settings_.first_step >= 0);
  KALLOS_CHECK(0 <= settings_.first_epoch && settings_.first_epoch <= settings_.end_epoch);
  image::RequireValid(settings_.augmentation);
  Announce(most_ahead_);
}

PhotoBatches::PhotoBatches(PhotoFrames& frames, std::vector<size_t> rows,
                           const BatchSettings& settings)
    : PhotoBatches(
          frames,
          [rows = std::move(rows), settings](int64_t epoch) {
            return Shuffled(rows, settings, epoch);
          },
          settings) {}

size_t PhotoBatches::MostAhead() const {
  const int64_t bytes = sizeof(float) * frames_.largest();
  const auto held = static_cast<int64_t>(AvailableMemory() / 8) / bytes;
  return std::min(held, settings_.ahead * settings_.batch);
}

// The batches of one more epoch; false after the last.
bool PhotoBatches::PlanEpoch() {
  if (next_epoch_ == settings_.end_epoch) return false;
  const std::vector<std::vector<size_t>> batches = plan_(next_epoch_);
  const size_t first = next_epoch_ == settings_.first_epoch ? settings_.first_step : 0;
  for (size_t step = first; step < batches.size(); ++step) {
    KALLOS_CHECK(!batches[step].empty() &&
                 batches[step].size() <= static_cast<size_t>(settings_.batch) + 1);
    batches_.push_back({next_epoch_, static_cast<int64_t>(step), batches[step].size()});
    for (const size_t row : batches[step]) planned_.push_back({next_epoch_, row, {}});
  }
  ++next_epoch_;
  return true;
}

// Pictures below `end` have their epoch and row, and may be made.
void PhotoBatches::Announce(size_t end) {
  while (announced_ < end && (!planned_.empty() || PlanEpoch())) {
    if (planned_.empty()) continue;
    ItemAt(announced_++) = std::move(planned_.front());
    planned_.pop_front();
  }
  prefetcher_.Allow(announced_);
}

PictureF PhotoBatches::MakePicture(const Item& item) const {
  const Stream stream(settings_.seed, "distill/augment", static_cast<uint64_t>(item.epoch),
                      item.row);
  const auto frame = frames_.Get(item.row);
  Picture8 picture = image::Augment(*frame, settings_.augmentation, stream);
  return image::ToFloat(image::AddBorder(std::move(picture), frames_.settings().resize));
}

std::optional<PhotoBatch> PhotoBatches::Next() {
  ThrowIfStopRequested();
  const double start = Now();
  while (batches_.empty() && PlanEpoch()) {
  }
  if (batches_.empty()) return std::nullopt;
  const Planned next = batches_.front();
  batches_.pop_front();
  Announce(taken_ + next.size);
  prefetcher_.Finish(taken_ + next.size);
  PhotoBatch batch{next.epoch, next.step, {}, {}};
  for (size_t i = 0; i < next.size; ++i) {
    Item& item = ItemAt(taken_++);
    batch.rows.push_back(item.row);
    batch.pictures.push_back(std::move(item.picture));
  }
  Announce(taken_ + most_ahead_);
  waited_ += Now() - start;
  return batch;
}

}  // namespace kallos::train
