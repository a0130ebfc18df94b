// Memory that goes from layer to layer and from photograph to photograph: fresh pages for every map
// of a large network would cost a fifth of its time.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace kallos::nn {

// Belongs to one thread; buffers return to it when their last owner lets go, in that thread.
class BufferPool : public std::enable_shared_from_this<BufferPool> {
 public:
  static const std::shared_ptr<BufferPool>& OfThisThread();

  // At least `bytes`, aligned to a cache line, contents arbitrary. Throws std::bad_alloc.
  std::shared_ptr<void> Take(size_t bytes);
  // Frees what was not taken since the last Trim, so that one large photograph does not hold memory
  // for ever.
  void Trim();
  size_t free_buffers() const { return free_.size(); }

 private:
  struct Free {
    void operator()(void* data) const;
  };
  struct Buffer {
    std::unique_ptr<void, Free> data;
    size_t capacity = 0;
    bool idle = false;  // was not taken since the last Trim
  };

  std::vector<Buffer> free_;
};

}  // namespace kallos::nn
