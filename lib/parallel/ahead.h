// Work that is done before it is asked for.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace kallos {

// Bodies 0, 1, 2, ... begin in this order on workers that have nothing else to do: those of
// ParallelFor go first. Who asks for a result that is not there yet works himself until it is, so
// that `Threads()` threads work in all; with one thread nothing runs ahead. One thread may use an
// object; SetThreads must not be called while it lives.
class Ahead {
 public:
  explicit Ahead(std::function<void(size_t k)> body);
  // Waits for the bodies that have begun; the others are dropped.
  ~Ahead();
  Ahead(const Ahead&) = delete;
  Ahead& operator=(const Ahead&) = delete;

  // Bodies below `end` may begin.
  void Allow(size_t end);

  // Returns when all bodies below `end`, which are allowed, have ended. When one throws no further
  // ones begin, and the exception of the smallest k is rethrown, here and in later calls.
  void Finish(size_t end);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace kallos
