// Work that is done before it is asked for, by workers that have nothing else to do.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace kallos {

// Computes result k = 0, 1, 2, ... by body(k), in the background:
//
//   Prefetcher pictures([&](size_t k) { picture[k] = Decode(file[k]); });
//   pictures.Allow(100);   // results 0..99 may be begun
//   pictures.Finish(10);   // returns when results 0..9 are there
//
// The bodies begin in this order, on workers that ParallelFor leaves idle. A thread that asks for a
// result which is not there yet computes results itself until it is, so that `Threads()` threads
// work in all; with one thread nothing is computed before it is asked for. One thread may use an
// object; SetThreads must not be called while it lives.
class Prefetcher {
 public:
  explicit Prefetcher(std::function<void(size_t k)> body);
  // Waits for the bodies that have begun; the other results are not computed.
  ~Prefetcher();
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

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
