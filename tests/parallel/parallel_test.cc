#include "lib/parallel/parallel.h"

#include <gmock/gmock.h>
#include <omp.h>

#include <atomic>
#include <numeric>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/parallel/blas.h"

namespace kallos {
namespace {

// Leaves the default number of threads behind.
class Parallel : public testing::Test {
 protected:
  ~Parallel() override { SetThreads(0); }
};

std::vector<double> RandomNumbers(size_t n) {
  Stream stream(3, "test/parallel");
  std::vector<double> numbers(n);
  for (double& x : numbers) x = stream.Normal();
  return numbers;
}

TEST_F(Parallel, EveryIndexRunsOnce) {
  for (const int threads : {1, 2, 7}) {
    SetThreads(threads);
    EXPECT_EQ(Threads(), threads);
    for (const size_t n : {0UL, 1UL, 5UL, 1000UL}) {
      std::vector<std::atomic<int>> calls(n);
      ParallelFor(n, [&](size_t i) { ++calls[i]; });
      for (const auto& count : calls) EXPECT_EQ(count, 1);
    }
  }
}

TEST_F(Parallel, ZeroMeansEveryCore) {
  SetThreads(0);
  EXPECT_GE(Threads(), 1);
  EXPECT_THROW(SetThreads(-1), BugError);
}

TEST_F(Parallel, ASumIsTheSameToTheBitAtAnyThreadCount) {
  const std::vector<double> numbers = RandomNumbers(10'007);
  const auto sum = [&](size_t begin, size_t end) {
    return std::accumulate(numbers.begin() + static_cast<ptrdiff_t>(begin),
                           numbers.begin() + static_cast<ptrdiff_t>(end), 0.0);
  };
  std::vector<double> sums;
  for (const int threads : {1, 2, 7}) {
    SetThreads(threads);
    for (int repeat = 0; repeat < 5; ++repeat)
      sums.push_back(ParallelReduce(numbers.size(), 100, 0.0, sum, std::plus<double>()));
  }
  EXPECT_THAT(sums, testing::Each(sums[0]));
  EXPECT_NEAR(sums[0], sum(0, numbers.size()), 1e-9);
}

TEST_F(Parallel, AReduceCoversEveryIndexOnce) {
  const auto indices = [](size_t begin, size_t end) {
    return (begin + end - 1) * (end - begin) / 2;
  };
  for (size_t n = 0; n < 50; ++n) {
    for (const size_t chunk : {1UL, 3UL, 10UL, 100UL}) {
      EXPECT_EQ(ParallelReduce(n, chunk, size_t{0}, indices, std::plus<size_t>()),
                n == 0 ? 0 : n * (n - 1) / 2);
    }
  }
}

TEST_F(Parallel, TheSmallestFailureIsRethrownAndTheOthersRun) {
  for (const int threads : {1, 2, 7}) {
    SetThreads(threads);
    std::atomic<int> calls = 0;
    const auto body = [&](size_t i) {
      ++calls;
      if (i % 10 == 3) throw InputError("item {}", i);
    };
    try {
      ParallelFor(200, body);
      FAIL();
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), "item 3");
    }
    EXPECT_EQ(calls, 200);
  }
}

TEST_F(Parallel, NestedLoopsFinish) {
  SetThreads(7);
  std::atomic<int> calls = 0;
  ParallelFor(20, [&](size_t) { ParallelFor(20, [&](size_t) { ++calls; }); });
  EXPECT_EQ(calls, 400);
}

// A body that waits for its inner loop must not start another outer body on its own stack.
TEST_F(Parallel, AnOuterBodyIsNeverEnteredTwiceByOneThread) {
  SetThreads(4);
  std::atomic<int> entered_twice = 0;
  ParallelFor(50, [&](size_t) {
    thread_local int depth = 0;
    if (++depth > 1) ++entered_twice;
    ParallelFor(50, [](size_t i) {
      volatile double x = static_cast<double>(i);
      for (int k = 0; k < 200; ++k) x = x * 0.5 + 1;
    });
    --depth;
  });
  EXPECT_EQ(entered_twice, 0);
}

TEST_F(Parallel, OpenMpBelowHasOneThread) {
  SetThreads(4);
  std::atomic<int> wrong = 0;
  ParallelFor(100, [&](size_t) { wrong += omp_get_max_threads() != 1 ? 1 : 0; });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(omp_get_max_threads(), 1);
}

TEST(Blas, TheLibraryAndItsKernelsAreKnown) {
  const BlasInfo info = GetBlasInfo();
  EXPECT_THAT(info.library, testing::StartsWith("OpenBLAS"));
  EXPECT_FALSE(info.kernel.empty());
}

}  // namespace
}  // namespace kallos
