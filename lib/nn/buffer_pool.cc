#include "lib/nn/buffer_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace kallos::nn {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kCacheLine = 64;

void* Allocate(size_t capacity) {
  const bool large = capacity >= kHugePage;
  void* data = std::aligned_alloc(large ? kHugePage : kCacheLine, capacity);
  if (data == nullptr) throw std::bad_alloc();
  if (large)
    madvise(data, capacity,
            MADV_HUGEPAGE);  // a hint; fewer misses of the TLB where the kernel takes it
  return data;
}

}  // namespace

void BufferPool::Free::operator()(void* data) const {
  std::free(data);
}

const std::shared_ptr<BufferPool>& BufferPool::OfThisThread() {
  thread_local const auto pool = std::make_shared<BufferPool>();
  return pool;
}

std::shared_ptr<void> BufferPool::Take(size_t bytes) {
  const size_t step = bytes >= kHugePage ? kHugePage : kCacheLine;
  const size_t needed = (std::max(bytes, size_t{1}) + step - 1) / step * step;
  auto best = free_.end();
  for (auto it = free_.begin(); it != free_.end(); ++it) {
    const bool fits = it->capacity >= needed && it->capacity <= 2 * needed;
    if (fits && (best == free_.end() || it->capacity < best->capacity)) best = it;
  }
  Buffer buffer;
  if (best != free_.end()) {
    buffer = std::move(*best);
    free_.erase(best);
  } else {
    buffer = {std::unique_ptr<void, Free>(Allocate(needed)), needed, false};
  }
  void* data = buffer.data.release();
  return {data, [pool = shared_from_this(), capacity = buffer.capacity](void* returned) {
            pool->free_.push_back({std::unique_ptr<void, Free>(returned), capacity, false});
          }};
}

void BufferPool::Trim() {
  std::erase_if(free_, [](const Buffer& buffer) { return buffer.idle; });
  for (Buffer& buffer : free_) buffer.idle = true;
}

}  // namespace kallos::nn
