#include "train/network/photo_batches.h"

#include <gmock/gmock.h>

#include <chrono>
#include <map>
#include <set>
#include <thread>

#include "lib/core/error.h"
#include "lib/core/stop.h"
#include "lib/parallel/parallel.h"
#include "tests/train/network/photos.h"

namespace kallos::train {
namespace {

constexpr size_t kPhotos = 22;

FrameSettings SettingsOf(const std::string& resize, std::optional<int64_t> memory = {},
                         const fs::path& cache = {}) {
  FrameSettings settings;
  settings.resize = image::ParseResizeRule(resize);
  settings.memory_budget = memory;
  settings.cache = cache;
  return settings;
}

std::vector<size_t> AllRows() {
  std::vector<size_t> rows(kPhotos);
  for (size_t i = 0; i < kPhotos; ++i) rows[i] = i;
  return rows;
}

std::vector<PhotoBatch> Drain(PhotoBatches& batches) {
  std::vector<PhotoBatch> all;
  while (std::optional<PhotoBatch> batch = batches.Next()) all.push_back(std::move(*batch));
  return all;
}

// Everything about the batches, as one hash.
std::string HashOf(const std::vector<PhotoBatch>& batches) {
  Sha256 hash;
  for (const PhotoBatch& batch : batches) {
    hash.Update(fmt::format("{} {} {} ", batch.epoch, batch.step, fmt::join(batch.rows, ",")));
    for (const PictureF& picture : batch.pictures) {
      hash.Update(fmt::format("{}x{} ", picture.height, picture.width));
      hash.Update(picture.rgb.data(), picture.rgb.size() * sizeof(float));
    }
  }
  return hash.Hex();
}

class PhotoBatchesTest : public testing::Test {
 protected:
  ~PhotoBatchesTest() override {
    ClearStop();
    SetThreads(0);
  }

  std::vector<PhotoBatch> AllOf(const FrameSettings& frame_settings,
                                const BatchSettings& settings) const {
    PhotoFrames frames(photos_.manifest(), frame_settings);
    PhotoBatches batches(frames, AllRows(), settings);
    return Drain(batches);
  }

  const PhotoFolder photos_{"photo_batches", kPhotos};
  const BatchSettings varied_{.batch = 5,
                              .augmentation = {true, 0.2, 5, 0.2},
                              .seed = 7,
                              .first_epoch = 0,
                              .end_epoch = 3,
                              .ahead = 2};
};

TEST_F(PhotoBatchesTest, AreTheSameWithAnyThreadsLookaheadAndCache) {
  SetThreads(1);
  BatchSettings settings = varied_;
  settings.ahead = 0;
  const std::string expected = HashOf(AllOf(SettingsOf("border:48"), settings));
  for (const int threads : {1, 2, 5}) {
    SetThreads(threads);
    for (const int64_t ahead : {0, 1, 3, 100}) {
      settings.ahead = ahead;
      for (const int64_t memory : {0, 40'000, 100'000'000}) {
        EXPECT_EQ(HashOf(AllOf(SettingsOf("border:48", memory), settings)), expected);
        EXPECT_EQ(HashOf(AllOf(SettingsOf("border:48", memory, photos_.cache()), settings)),
                  expected);
      }
    }
  }
}

TEST_F(PhotoBatchesTest, EveryEpochHasEveryRowOnceInItsOwnOrder) {
  const auto batches = AllOf(SettingsOf("max-always:20"), varied_);
  ASSERT_EQ(batches.size(), 15);
  std::set<std::vector<size_t>> orders;
  for (size_t epoch = 0; epoch < 3; ++epoch) {
    std::vector<size_t> rows;
    for (size_t step = 0; step < 5; ++step) {
      const PhotoBatch& batch = batches[5 * epoch + step];
      EXPECT_EQ(std::pair(batch.epoch, batch.step),
                std::pair(static_cast<int64_t>(epoch), static_cast<int64_t>(step)));
      EXPECT_EQ(batch.rows.size(), step == 4 ? 2 : 5);
      EXPECT_EQ(batch.pictures.size(), batch.rows.size());
      rows.insert(rows.end(), batch.rows.begin(), batch.rows.end());
    }
    EXPECT_THAT(rows, testing::UnorderedElementsAreArray(AllRows()));
    orders.insert(rows);
  }
  EXPECT_EQ(orders.size(), 3);
}

TEST_F(PhotoBatchesTest, WithoutShuffleAndAugmentationAreThePhotographs) {
  BatchSettings settings{.batch = 6, .shuffle = false, .augmentation = {.flip = false}};
  const image::ResizeRule rule = image::ParseResizeRule("border:48");
  size_t row = 0;
  for (const PhotoBatch& batch : AllOf(SettingsOf("border:48"), settings)) {
    for (size_t i = 0; i < batch.rows.size(); ++i, ++row) {
      EXPECT_EQ(batch.rows[i], row);
      const Picture8 whole = image::DecodeFile(photos_.PathOf(row), {}).value();
      EXPECT_EQ(batch.pictures[i].rgb, image::ToFloat(image::Resize(whole, rule)).rgb);
    }
  }
  EXPECT_EQ(row, kPhotos);
}

// The border stays black whatever is done to the picture, and each epoch does something else.
TEST_F(PhotoBatchesTest, ThePictureIsAugmentedAndNotItsBorder) {
  BatchSettings settings = varied_;
  settings.shuffle = false;
  std::set<std::vector<float>> seen;
  for (const PhotoBatch& batch : AllOf(SettingsOf("border:48"), settings)) {
    for (size_t i = 0; i < batch.rows.size(); ++i) {
      const PictureF& picture = batch.pictures[i];
      ASSERT_EQ(std::pair(picture.height, picture.width), std::pair(48, 48));
      if (batch.rows[i] % 4 == 0) {  // 40 x 60 pixels, 32 x 48 inside
        EXPECT_THAT(std::vector<float>(picture.rgb.begin(), picture.rgb.begin() + 8 * 48 * 3),
                    testing::Each(0));
        EXPECT_THAT(std::vector<float>(picture.rgb.end() - 8 * 48 * 3, picture.rgb.end()),
                    testing::Each(0));
      }
      seen.insert(picture.rgb);
    }
  }
  EXPECT_EQ(seen.size(), 3 * kPhotos);
}

TEST_F(PhotoBatchesTest, ATrainingGoesOnWithTheNextEpoch) {
  const auto all = AllOf(SettingsOf("border:48"), varied_);
  BatchSettings settings = varied_;
  settings.first_epoch = 2;
  const auto rest = AllOf(SettingsOf("border:48"), settings);
  EXPECT_EQ(HashOf(rest), HashOf({all.begin() + 10, all.end()}));
  settings.first_epoch = 3;
  EXPECT_TRUE(AllOf(SettingsOf("border:48"), settings).empty());
}

TEST_F(PhotoBatchesTest, WhatIsDoneToARowDependsOnItAlone) {
  PhotoFrames frames(photos_.manifest(), SettingsOf("border:48"));
  PhotoBatches all(frames, AllRows(), varied_);
  std::map<std::pair<int64_t, size_t>, std::vector<float>> pictures;
  for (PhotoBatch& batch : Drain(all)) {
    for (size_t i = 0; i < batch.rows.size(); ++i)
      pictures[{batch.epoch, batch.rows[i]}] = std::move(batch.pictures[i].rgb);
  }
  PhotoBatches some(frames, {3, 8, 21}, varied_);
  for (const PhotoBatch& batch : Drain(some)) {
    EXPECT_THAT(batch.rows, testing::UnorderedElementsAre(3, 8, 21));
    for (size_t i = 0; i < batch.rows.size(); ++i)
      EXPECT_EQ(batch.pictures[i].rgb, pictures.at({batch.epoch, batch.rows[i]}));
  }
}

TEST_F(PhotoBatchesTest, APlanDecidesWhichRowsCome) {
  PhotoFrames frames(photos_.manifest(), SettingsOf("border:48"));
  BatchSettings settings = varied_;
  settings.batch = 3;
  settings.end_epoch = 3;
  const EpochPlan plan = [](int64_t epoch) -> std::vector<std::vector<size_t>> {
    if (epoch == 1) return {};
    return {{4, 4}, {7, static_cast<size_t>(epoch), 9, 1}};
  };
  PhotoBatches whole(frames, plan, settings);
  const std::vector<PhotoBatch> all = Drain(whole);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_THAT(all[0].rows, testing::ElementsAre(4, 4));
  EXPECT_THAT(all[3].rows, testing::ElementsAre(7, 2, 9, 1));
  EXPECT_EQ(all[3].epoch, 2);
  EXPECT_EQ(all[3].step, 1);
  settings.first_epoch = 2;
  settings.first_step = 1;
  PhotoBatches rest(frames, plan, settings);
  const std::vector<PhotoBatch> later = Drain(rest);
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(later[0].rows, all[3].rows);
  EXPECT_EQ(later[0].pictures[2].rgb, all[3].pictures[2].rgb);
}

TEST_F(PhotoBatchesTest, AnotherSeedIsAnotherOrder) {
  BatchSettings settings = varied_;
  settings.seed = 8;
  EXPECT_NE(AllOf(SettingsOf("native"), settings)[0].rows,
            AllOf(SettingsOf("native"), varied_)[0].rows);
}

// The one that comes first in the order is named, at any number of threads.
TEST_F(PhotoBatchesTest, APhotographThatChangesDuringTrainingIsNamed) {
  for (const int threads : {1, 5}) {
    SetThreads(threads);
    PhotoFrames frames(photos_.manifest(), SettingsOf("border:48", 0));
    photos_.Rewrite(9, 99);
    photos_.Rewrite(15, 99);
    BatchSettings settings = varied_;
    settings.shuffle = false;
    PhotoBatches batches(frames, AllRows(), settings);
    EXPECT_EQ(batches.Next()->rows.size(), 5);
    try {
      batches.Next();
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      EXPECT_THAT(error.what(), testing::HasSubstr("p009.jpg: changed since import"));
    }
    photos_.Rewrite(9, 9);
    photos_.Rewrite(15, 15);
  }
}

TEST_F(PhotoBatchesTest, StopsWhenAskedAndLeavesWithoutHanging) {
  for (const int threads : {1, 5}) {
    SetThreads(threads);
    PhotoFrames frames(photos_.manifest(), SettingsOf("border:48", 0));
    BatchSettings settings = varied_;
    settings.end_epoch = 100;
    settings.ahead = 50;
    PhotoBatches batches(frames, AllRows(), settings);
    batches.Next();
    RequestStop();
    for (int i = 0; i < 2; ++i) {
      try {
        batches.Next();
        FAIL();
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kInterrupted);
      }
    }
    ClearStop();
  }
}

// One batch that takes long.
TEST_F(PhotoBatchesTest, StopsWithinABatch) {
  for (const int threads : {1, 5}) {
    SetThreads(threads);
    PhotoFrames frames(photos_.manifest(), SettingsOf("max-always:8"));
    std::vector<size_t> rows(200'000);
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = i % kPhotos;
    PhotoBatches batches(frames, rows, {.batch = static_cast<int64_t>(rows.size()), .ahead = 0});
    std::thread user([] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      RequestStop();
    });
    EXPECT_THROW(batches.Next(), Error);
    user.join();
    ClearStop();
  }
}

TEST_F(PhotoBatchesTest, LeavesInTheMiddle) {
  SetThreads(5);
  PhotoFrames frames(photos_.manifest(), SettingsOf("border:48", 0));
  for (int trial = 0; trial < 20; ++trial) {
    PhotoBatches batches(frames, AllRows(), varied_);
    for (int i = 0; i < trial % 4; ++i) batches.Next();
  }
}

TEST_F(PhotoBatchesTest, AnAugmentationOutOfRangeIsRefused) {
  PhotoFrames frames(photos_.manifest(), SettingsOf("border:48"));
  BatchSettings settings;
  settings.augmentation.crop = 1;
  EXPECT_THROW(PhotoBatches(frames, AllRows(), settings), Error);
}

TEST_F(PhotoBatchesTest, WaitingIsCounted) {
  PhotoFrames frames(photos_.manifest(), SettingsOf("border:48"));
  PhotoBatches batches(frames, AllRows(), varied_);
  EXPECT_EQ(batches.waited(), 0);
  batches.Next();
  EXPECT_GT(batches.waited(), 0);
}

}  // namespace
}  // namespace kallos::train
