#include "train/network/schedule_of_photographs.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "lib/core/rng.h"

namespace kallos::train {
namespace {

using Rows = std::vector<size_t>;
using Counts = std::map<size_t, int64_t>;

class ScheduleOfPhotographs : public testing::Test {
 protected:
  // 40 rows of which 30 train; a third is good.
  ScheduleOfPhotographs() {
    for (size_t row = 0; row < 40; ++row) {
      good_.push_back(row % 3 == 0);
      if (row % 4 != 0) rows_.push_back(row);
    }
    network_.epochs = 4;
    network_.batch = 7;
  }

  TrainingSchedule Make(uint64_t seed = 1, const EpochOrder& order = {}) const {
    return ScheduleOf(network_, pool_, rows_, good_, seed, "key", order);
  }
  static Rows Epoch(const TrainingSchedule& schedule, int64_t epoch) {
    Rows all;
    for (const Rows& batch : schedule.plan(epoch))
      all.insert(all.end(), batch.begin(), batch.end());
    return all;
  }
  static Counts CountsOf(const Rows& rows) {
    Counts counts;
    for (const size_t row : rows) ++counts[row];
    return counts;
  }

  std::vector<bool> good_;
  Rows rows_;
  NetworkConfig network_;
  PoolConfig pool_;
};

TEST_F(ScheduleOfPhotographs, ByDefaultEveryRowComesOnceInAnEpoch) {
  const TrainingSchedule schedule = Make();
  EXPECT_EQ(schedule.fits, 1);
  EXPECT_EQ(schedule.key, "key");
  std::set<Rows> orders;
  for (int64_t epoch = 0; epoch < 4; ++epoch) {
    EXPECT_THAT(Epoch(schedule, epoch), testing::UnorderedElementsAreArray(rows_));
    EXPECT_EQ(schedule.plan(epoch), schedule.plan(epoch))
        << "the same each time that it is asked for";
    orders.insert(Epoch(schedule, epoch));
  }
  EXPECT_EQ(orders.size(), 4u) << "each epoch has an order of its own";
}

TEST_F(ScheduleOfPhotographs, TheSeedDecidesTheOrder) {
  EXPECT_EQ(Epoch(Make(1), 2), Epoch(Make(1), 2));
  EXPECT_NE(Epoch(Make(1), 2), Epoch(Make(2), 2));
  pool_.pool = 12;
  EXPECT_EQ(CountsOf(Epoch(Make(1), 0)), CountsOf(Epoch(Make(1), 1)));
  EXPECT_NE(CountsOf(Epoch(Make(1), 0)), CountsOf(Epoch(Make(2), 0)));
}

TEST_F(ScheduleOfPhotographs, BatchesAreAsLargeAsAskedAndNoneIsASinglePhotograph) {
  for (const int64_t batch : {2, 7, 29, 30, 100}) {
    network_.batch = batch;
    const auto batches = Make().plan(0);
    for (size_t i = 0; i < batches.size(); ++i) {
      EXPECT_GE(batches[i].size(), 2u);
      EXPECT_TRUE(i + 1 == batches.size() || batches[i].size() == static_cast<size_t>(batch));
    }
  }
}

TEST_F(ScheduleOfPhotographs, GoodOnesAreRepeated) {
  pool_.repeat_good = 7;
  const Counts counts = CountsOf(Epoch(Make(), 1));
  EXPECT_EQ(counts.size(), rows_.size());
  for (const auto& [row, count] : counts) EXPECT_EQ(count, good_[row] ? 7 : 1) << row;
}

TEST_F(ScheduleOfPhotographs, APoolIsThatManyDrawsTheSameInAllEpochs) {
  pool_.repeat_good = 3;
  for (const int64_t draws : {2, 10, 49, 50, 1000}) {
    pool_.pool = draws;
    const TrainingSchedule schedule = Make();
    const Rows first = Epoch(schedule, 0);
    EXPECT_EQ(first.size(), static_cast<size_t>(std::min<int64_t>(draws, 30 + 2 * 10)));
    EXPECT_EQ(CountsOf(first), CountsOf(Epoch(schedule, 3)));
    for (const auto& [row, count] : CountsOf(first)) EXPECT_LE(count, good_[row] ? 3 : 1);
  }
}

// A small pool of many seeds draws every row about equally often.
TEST_F(ScheduleOfPhotographs, APoolIsDrawnFromAllRows) {
  pool_.pool = 10;
  Counts counts;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    for (const size_t row : Epoch(Make(seed), 0)) ++counts[row];
  }
  EXPECT_EQ(counts.size(), rows_.size());
  for (const auto& [row, count] : counts) EXPECT_NEAR(static_cast<double>(count), 100, 45) << row;
}

TEST_F(ScheduleOfPhotographs, LoadsComeOneAfterTheOtherWithAllEpochsEach) {
  pool_.load = 8;
  pool_.new_optimizer = true;
  const TrainingSchedule schedule = Make();
  EXPECT_EQ(schedule.fits, 4) << "8, 8, 8 and 6 of 30";
  EXPECT_TRUE(schedule.new_optimizer);
  Rows all;
  for (int64_t load = 0; load < 4; ++load) {
    const Rows first = Epoch(schedule, load * network_.epochs);
    EXPECT_EQ(first.size(), load == 3 ? 6u : 8u);
    for (int64_t epoch = 1; epoch < network_.epochs; ++epoch)
      EXPECT_EQ(CountsOf(Epoch(schedule, load * network_.epochs + epoch)), CountsOf(first));
    all.insert(all.end(), first.begin(), first.end());
  }
  EXPECT_THAT(all, testing::UnorderedElementsAreArray(rows_));
  EXPECT_FALSE(std::ranges::is_sorted(Rows(all.begin(), all.begin() + 8))) << "of a random order";
}

TEST_F(ScheduleOfPhotographs, AnOrderOfTheCallersReplacesTheShuffle) {
  pool_.load = 10;
  std::vector<int64_t> asked;
  const TrainingSchedule schedule = Make(1, [&](int64_t epoch, const Rows& load) {
    asked.push_back(epoch);
    return Rows(load.rbegin(), load.rend());
  });
  Rows sampled = Epoch(schedule, 5), other = Epoch(schedule, 6);
  EXPECT_EQ(sampled, other);
  EXPECT_THAT(asked, testing::ElementsAre(5, 6));
  EXPECT_EQ(sampled.size(), 10u);
}

}  // namespace
}  // namespace kallos::train
