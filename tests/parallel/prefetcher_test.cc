#include "lib/parallel/prefetcher.h"

#include <gmock/gmock.h>
#include <omp.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "lib/core/error.h"
#include "lib/parallel/parallel.h"

namespace kallos {
namespace {

// Leaves the default number of threads behind.
class PrefetcherTest : public testing::Test {
 protected:
  ~PrefetcherTest() override { SetThreads(0); }
};

// Waits for what other threads will do; the test's time limit is the bound.
template <typename Condition>
void Await(const Condition& condition) {
  while (!condition()) std::this_thread::yield();
}

TEST_F(PrefetcherTest, WhatIsFinishedHasRunOnce) {
  for (const int threads : {1, 2, 7}) {
    SetThreads(threads);
    std::vector<std::atomic<int>> calls(1000);
    Prefetcher prefetcher([&](size_t k) { ++calls[k]; });
    for (size_t end = 0; end <= 1000; end += 25) {
      prefetcher.Allow(std::min<size_t>(1000, end + 40));
      prefetcher.Finish(end);
      for (size_t k = 0; k < end; ++k) ASSERT_EQ(calls[k], 1) << k;
    }
  }
}

TEST_F(PrefetcherTest, NothingBeginsBeforeItIsAllowedAndAllBeginInOrder) {
  for (const int threads : {1, 5}) {
    SetThreads(threads);
    std::mutex mutex;
    std::vector<size_t> begun;
    std::atomic<size_t> allowed = 0, too_early = 0;
    Prefetcher prefetcher([&](size_t k) {
      if (k >= allowed) ++too_early;
      const std::lock_guard lock(mutex);
      begun.push_back(k);
    });
    for (size_t end = 10; end <= 200; end += 10) {
      allowed = end;
      prefetcher.Allow(end);
      prefetcher.Finish(end - 5);
    }
    prefetcher.Finish(200);
    EXPECT_EQ(too_early, 0);
    // Whoever has begun one and not yet noted it holds up no more than that one.
    for (size_t i = 0; i < 200; ++i) EXPECT_LE(begun[i], i + static_cast<size_t>(threads) - 1);
  }
}

TEST_F(PrefetcherTest, WorkersRunAheadOfWhoeverAsks) {
  SetThreads(2);
  std::atomic<size_t> ended = 0;
  Prefetcher prefetcher([&](size_t) { ++ended; });
  prefetcher.Allow(20);
  Await([&] { return ended == 20; });
  prefetcher.Finish(20);
}

TEST_F(PrefetcherTest, OneThreadDoesNothingUntilAsked) {
  SetThreads(1);
  std::vector<size_t> begun;
  Prefetcher prefetcher([&](size_t k) { begun.push_back(k); });
  prefetcher.Allow(20);
  EXPECT_TRUE(begun.empty());
  prefetcher.Finish(3);
  EXPECT_THAT(begun, testing::ElementsAre(0, 1, 2));
}

// The worker is held in body 0: who asks for it does the others meanwhile.
TEST_F(PrefetcherTest, WhoWaitsWorks) {
  SetThreads(2);
  std::atomic<size_t> ended = 0;
  const std::thread::id asking = std::this_thread::get_id();
  std::atomic<bool> begun = false;
  std::atomic<int> by_asking = 0;
  Prefetcher prefetcher([&](size_t k) {
    if (k == 0) {
      begun = true;
      Await([&] { return ended == 9; });
    }
    if (std::this_thread::get_id() == asking) ++by_asking;
    ++ended;
  });
  prefetcher.Allow(1);
  Await([&] { return begun.load(); });
  prefetcher.Allow(10);
  prefetcher.Finish(1);
  EXPECT_EQ(by_asking, 9);
}

TEST_F(PrefetcherTest, TheSmallestFailureIsRethrownAndNothingMoreBegins) {
  for (const int threads : {1, 2, 7}) {
    SetThreads(threads);
    constexpr size_t kPlenty = 20'000;
    std::atomic<size_t> calls = 0;
    Prefetcher prefetcher([&](size_t k) {
      ++calls;
      if (k % 10 == 3) throw InputError("item {}", k);
      for (int i = 0; i < 100; ++i) std::this_thread::yield();
    });
    prefetcher.Allow(kPlenty);
    prefetcher.Finish(3);
    for (const size_t end : {4UL, 50UL, kPlenty}) {
      try {
        prefetcher.Finish(end);
        FAIL();
      } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "item 3");
      }
    }
    prefetcher.Finish(3);
    const size_t after = calls;
    EXPECT_LT(after, kPlenty);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(calls, after);
  }
}

TEST_F(PrefetcherTest, OfTwoFailuresTheSmallerCountsWhicheverComesLast) {
  SetThreads(2);
  for (const size_t late : {0UL, 1UL}) {
    std::atomic<int> begun = 0;
    std::atomic<bool> failed = false;
    Prefetcher prefetcher([&](size_t k) {
      ++begun;
      Await([&] { return begun == 2 && (k != late || failed); });
      if (k == late) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      failed = true;
      throw InputError("item {}", k);
    });
    prefetcher.Allow(2);
    try {
      prefetcher.Finish(2);
      FAIL();
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), "item 0");
    }
  }
}

TEST_F(PrefetcherTest, DroppedWorkIsNotBegunAndBegunWorkEnds) {
  SetThreads(3);
  for (int trial = 0; trial < 50; ++trial) {
    std::atomic<int> begun = 0, ended = 0;
    {
      Prefetcher prefetcher([&](size_t) {
        ++begun;
        std::this_thread::yield();
        ++ended;
      });
      prefetcher.Allow(1000);
    }
    const int after = begun;
    EXPECT_EQ(ended, after);
    std::this_thread::yield();
    EXPECT_EQ(begun, after);
  }
}

// Both bodies of the loop run only when the worker leaves the work ahead, of which there is plenty.
TEST_F(PrefetcherTest, ParallelForGoesFirst) {
  SetThreads(2);
  constexpr size_t kPlenty = 100'000;
  std::atomic<size_t> ended = 0;
  Prefetcher prefetcher([&](size_t) {
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    ++ended;
  });
  prefetcher.Allow(kPlenty);
  Await([&] { return ended > 0; });
  std::atomic<int> begun = 0;
  ParallelFor(2, [&](size_t) {
    ++begun;
    Await([&] { return begun == 2; });
  });
  EXPECT_LT(ended, kPlenty);
}

TEST_F(PrefetcherTest, GoesOnBesideParallelForAndHasOneOpenMpThread) {
  SetThreads(3);
  std::atomic<int> wrong = 0, inner = 0;
  Prefetcher prefetcher([&](size_t) {
    wrong += omp_get_max_threads() != 1 ? 1 : 0;
    ParallelFor(5, [&](size_t) { ++inner; });
  });
  prefetcher.Allow(100);
  for (int i = 0; i < 50; ++i) ParallelFor(10, [](size_t) {});
  prefetcher.Finish(100);
  EXPECT_EQ(inner, 500);
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace kallos
