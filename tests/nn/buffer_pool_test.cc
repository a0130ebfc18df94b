#include "lib/nn/buffer_pool.h"

#include <gmock/gmock.h>

#include <cstring>

namespace kallos::nn {
namespace {

TEST(BufferPool, ReturnedMemoryIsTakenAgain) {
  const auto pool = std::make_shared<BufferPool>();
  std::shared_ptr<void> first = pool->Take(100'000);
  const void* address = first.get();
  std::memset(first.get(), 1, 100'000);
  std::shared_ptr<void> second = pool->Take(100'000);
  EXPECT_NE(second.get(), address) << "still in use";
  first.reset();
  EXPECT_EQ(pool->Take(90'000).get(), address);
}

TEST(BufferPool, SmallRequestsLeaveLargeBuffersAlone) {
  const auto pool = std::make_shared<BufferPool>();
  const void* large = pool->Take(8'000'000).get();
  EXPECT_NE(pool->Take(64).get(), large);
  EXPECT_EQ(pool->Take(8'000'000).get(), large);
}

TEST(BufferPool, AlignedToCacheLines) {
  const auto pool = std::make_shared<BufferPool>();
  for (const size_t bytes : {0u, 1u, 65u, 5'000'000u})
    EXPECT_EQ(reinterpret_cast<uintptr_t>(pool->Take(bytes).get()) % 64, 0u) << bytes;
}

TEST(BufferPool, TrimKeepsWhatWasInUse) {
  const auto pool = std::make_shared<BufferPool>();
  pool->Take(1000);
  pool->Trim();
  const void* kept = pool->Take(1000).get();
  pool->Trim();
  EXPECT_EQ(pool->Take(1000).get(), kept);
  pool->Trim();
  pool->Trim();  // not taken in between: freed
  EXPECT_EQ(pool->free_buffers(), 0u);
}

TEST(BufferPool, OutlivesItsOwner) {
  auto pool = std::make_shared<BufferPool>();
  std::shared_ptr<void> buffer = pool->Take(10);
  pool.reset();
  std::memset(buffer.get(), 1, 10);
}

}  // namespace
}  // namespace kallos::nn
