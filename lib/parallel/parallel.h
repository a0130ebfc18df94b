// The one owner of threads. TBB runs `Threads()` workers; OpenMP, BLAS and LibTorch below it run
// one thread each, so that nothing oversubscribes and every result is the same at any thread count.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace kallos {

// Sets the number of worker threads; 0 means one per core that the process may use. Not to be
// called while work runs.
void SetThreads(int threads);
int Threads();

// Calls body(i) for each i in [0, n), in any order, on all threads. When bodies throw, the others
// still run, and the exception of the smallest i is rethrown. May be nested.
void ParallelFor(size_t n, const std::function<void(size_t i)>& body);

// map(begin, end) over fixed chunks of [0, n), combined in order of the chunks: the same result at
// any thread count.
template <typename T, typename Map, typename Combine>
T ParallelReduce(size_t n, size_t chunk, T initial, Map map, Combine combine) {
  const size_t chunks = n == 0 ? 0 : (n - 1) / chunk + 1;
  std::vector<T> parts(chunks, initial);
  ParallelFor(chunks,
              [&](size_t c) { parts[c] = map(c * chunk, c + 1 == chunks ? n : (c + 1) * chunk); });
  for (const T& part : parts) initial = combine(initial, part);
  return initial;
}

}  // namespace kallos
