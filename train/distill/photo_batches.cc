#include "train/distill/photo_batches.h"

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

}  // namespace

PhotoBatches::PhotoBatches(PhotoFrames& frames, std::vector<size_t> rows, const BatchSettings& settings)
    : frames_(frames),
      rows_(std::move(rows)),
      settings_(settings),
      total_(rows_.size() * static_cast<size_t>(settings.end_epoch - settings.first_epoch)),
      most_ahead_(MostAhead()),
      items_(static_cast<size_t>(settings_.batch) + most_ahead_),
      ahead_([this](size_t k) {
        ThrowIfStopRequested();
        ItemAt(k).picture = MakePicture(ItemAt(k));
      }) {
  KALLOS_CHECK(!rows_.empty() && settings_.batch > 0 && settings_.ahead >= 0);
  KALLOS_CHECK(0 <= settings_.first_epoch && settings_.first_epoch <= settings_.end_epoch);
  image::RequireValid(settings_.augmentation);
  Announce(most_ahead_);
}

int64_t PhotoBatches::StepsPerEpoch() const {
  return (static_cast<int64_t>(rows_.size()) - 1) / settings_.batch + 1;
}

size_t PhotoBatches::MostAhead() const {
  const int64_t bytes = static_cast<int64_t>(sizeof(float)) * frames_.largest();
  const auto held = static_cast<int64_t>(AvailableMemory() / 8) / bytes;
  return static_cast<size_t>(std::min(held, settings_.ahead * settings_.batch));
}

// Pictures below `end` have their epoch and row, and may be made.
void PhotoBatches::Announce(size_t end) {
  for (; announced_ < std::min(end, total_); ++announced_) {
    const int64_t epoch = settings_.first_epoch + static_cast<int64_t>(announced_ / rows_.size());
    const size_t place = announced_ % rows_.size();
    if (place == 0) OrderRows(epoch);
    ItemAt(announced_) = {epoch, order_[place], {}};
  }
  ahead_.Allow(announced_);
}

void PhotoBatches::OrderRows(int64_t epoch) {
  order_ = rows_;
  if (settings_.shuffle) Stream(settings_.seed, "distill/order", static_cast<uint64_t>(epoch)).Shuffle(order_);
}

PictureF PhotoBatches::MakePicture(const Item& item) const {
  const Stream stream(settings_.seed, "distill/augment", static_cast<uint64_t>(item.epoch), item.row);
  const auto frame = frames_.Get(item.row);
  Picture8 picture = image::Augment(*frame, settings_.augmentation, stream);
  return image::ToFloat(image::AddBorder(std::move(picture), frames_.settings().resize));
}

std::optional<PhotoBatch> PhotoBatches::Next() {
  ThrowIfStopRequested();
  if (taken_ == total_) return std::nullopt;
  const double start = Now();
  const size_t epoch_end = (taken_ / rows_.size() + 1) * rows_.size();
  const size_t end = std::min(epoch_end, taken_ + static_cast<size_t>(settings_.batch));
  Announce(end);
  ahead_.Finish(end);
  PhotoBatch batch = Take(end);
  Announce(taken_ + most_ahead_);
  waited_ += Now() - start;
  return batch;
}

PhotoBatch PhotoBatches::Take(size_t end) {
  const size_t place = taken_ % rows_.size();
  PhotoBatch batch{ItemAt(taken_).epoch, static_cast<int64_t>(place) / settings_.batch, {}, {}};
  for (; taken_ < end; ++taken_) {
    batch.rows.push_back(ItemAt(taken_).row);
    batch.pictures.push_back(std::move(ItemAt(taken_).picture));
  }
  return batch;
}

}  // namespace kallos::train
