#include "lib/parallel/parallel.h"

#include <sched.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>

#include "lib/core/error.h"
#include "lib/parallel/blas.h"

namespace kallos {
namespace {

int AvailableCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

struct Workers {
  explicit Workers(int n)
      : limit(tbb::global_control::max_allowed_parallelism, n), arena(n), threads(n) {}
  tbb::global_control limit;
  tbb::task_arena arena;
  int threads;
};

// Libraries below run in the thread that calls them, also where nobody calls SetThreads: otherwise
// OpenBLAS would change its own number of threads while others compute.
std::unique_ptr<Workers> MakeWorkers(int threads) {
  UseOneOpenMpThread();
  UseOneBlasThread();
  return std::make_unique<Workers>(threads);
}

std::unique_ptr<Workers>& Current() {
  static std::unique_ptr<Workers> workers = MakeWorkers(AvailableCores());
  return workers;
}

// Keeps the exception of the smallest index.
class FirstException {
 public:
  void Offer(size_t index, std::exception_ptr exception) {
    const std::lock_guard lock(mutex_);
    if (exception_ != nullptr && index_ < index) return;
    index_ = index;
    exception_ = std::move(exception);
  }
  void Rethrow() const {
    if (exception_ != nullptr) std::rethrow_exception(exception_);
  }

 private:
  std::mutex mutex_;
  size_t index_ = 0;
  std::exception_ptr exception_;
};

}  // namespace

void SetThreads(int threads) {
  KALLOS_CHECK(threads >= 0, "threads = {}", threads);
  Current().reset();
  Current() = MakeWorkers(threads == 0 ? AvailableCores() : threads);
}

int Threads() {
  return Current()->threads;
}

void ParallelFor(size_t n, const std::function<void(size_t i)>& body) {
  FirstException failure;
  // Orders the bodies before what follows. TBB does so too, but out of sight of ThreadSanitizer.
  std::atomic<size_t> ended = 0;
  const auto guarded = [&](size_t i) {
    UseOneOpenMpThread();
    try {
      body(i);
    } catch (...) {
      failure.Offer(i, std::current_exception());
    }
    ended.fetch_add(1, std::memory_order_release);
  };
  // Isolated, so that a body that waits for its own inner loop never starts another outer body on
  // its stack.
  const auto loop = [&] { tbb::parallel_for(size_t{0}, n, guarded, tbb::simple_partitioner()); };
  Current()->arena.execute([&] { tbb::this_task_arena::isolate(loop); });
  KALLOS_CHECK(ended.load(std::memory_order_acquire) == n);
  failure.Rethrow();
}

}  // namespace kallos
