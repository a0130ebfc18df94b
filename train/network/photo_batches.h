// Photographs as training wants them: in batches of a seeded order, augmented, made while the
// network learns.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "lib/core/picture.h"
#include "lib/image/augment.h"
#include "lib/parallel/prefetcher.h"
#include "train/network/photo_frames.h"

namespace kallos::train {

// The batches of an epoch, rows of the manifest in order; the same each time that it is asked for.
using EpochPlan = std::function<std::vector<std::vector<size_t>>(int64_t epoch)>;

struct BatchSettings {
  int64_t batch = 32;   // no batch of a plan has more than one photograph more
  bool shuffle = true;  // a new order each epoch; else that of `rows`
  image::Augmentation augmentation = {};
  uint64_t seed = 0;
  int64_t first_epoch = 0;  // where a training goes on
  int64_t first_step = 0;   // within that epoch
  int64_t end_epoch = 1;    // the first that there is not
  // Batches that are made ahead; fewer where an eighth of the available memory holds fewer.
  int64_t ahead = 4;
};

struct PhotoBatch {
  int64_t epoch = 0;
  int64_t step = 0;                // within the epoch
  std::vector<size_t> rows;        // of the manifest
  std::vector<PictureF> pictures;  // the network's inputs, whole numbers 0..255, border included
};

// The same bytes at any number of threads, whatever is made ahead, and wherever the frames come
// from: a picture depends on the photograph, the settings, its epoch and its row only. Workers that
// the training leaves idle make pictures ahead; one thread may use an object, and SetThreads must
// not be called while it lives.
class PhotoBatches {
 public:
  // `frames` must outlive this. Throws UsageError for an augmentation out of its range.
  PhotoBatches(PhotoFrames& frames, EpochPlan plan, const BatchSettings& settings);
  // Of these rows of the manifest, in every epoch each once, the last batch of an epoch possibly
  // smaller.
  PhotoBatches(PhotoFrames& frames, std::vector<size_t> rows, const BatchSettings& settings);

  // The next batch; nothing after the last epoch. Works with the others until it
  // is there. Throws as PhotoFrames::Get does, and InterruptedError when a stop is requested.
  std::optional<PhotoBatch> Next();

  // Seconds that all calls of Next took so far: what the training spent on its data.
  double waited() const { return waited_; }

 private:
  struct Item {
    int64_t epoch = 0;
    size_t row = 0;
    PictureF picture;
  };
  struct Planned {
    int64_t epoch = 0;
    int64_t step = 0;
    size_t size = 0;
  };

  size_t MostAhead() const;
  void Announce(size_t end);
  bool PlanEpoch();
  Item& ItemAt(size_t k) { return items_[k % items_.size()]; }
  PictureF MakePicture(const Item& item) const;

  PhotoFrames& frames_;
  const EpochPlan plan_;
  const BatchSettings settings_;
  const size_t most_ahead_;      // pictures that are made before their batch is asked for
  std::vector<Item> items_;      // a ring: those that are announced and not yet taken
  std::deque<Planned> batches_;  // not yet taken
  std::deque<Item> planned_;     // not yet announced
  int64_t next_epoch_;           // not yet planned
  size_t announced_ = 0;
  size_t taken_ = 0;
  double waited_ = 0;
  Prefetcher prefetcher_;  // last: its bodies use the rest
};

}  // namespace kallos::train
