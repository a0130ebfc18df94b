#include "lib/parallel/prefetcher.h"

#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <set>

#include "lib/core/error.h"
#include "lib/parallel/blas.h"
#include "lib/parallel/parallel.h"

namespace kallos {

class Prefetcher::State {
 public:
  explicit State(std::function<void(size_t)> body)
      : body_(std::move(body)), arena_(Threads(), 1, tbb::task_arena::priority::low) {}

  ~State() {
    Close();
    group_.cancel();
    arena_.execute([&] { group_.wait(); });
    // Orders the bodies before what follows, where ThreadSanitizer sees it.
    const std::lock_guard lock(mutex_);
  }

  // One task for each body, so that a worker whom ParallelFor wants leaves after the body that it
  // is at.
  void Allow(size_t end) {
    size_t tasks = 0;
    {
      const std::lock_guard lock(mutex_);
      KALLOS_CHECK(end >= allowed_, "{} after {}", end, allowed_);
      tasks = end - allowed_;
      allowed_ = end;
    }
    if (Threads() == 1) return;
    while (tasks-- > 0) arena_.enqueue(group_.defer([this] { RunNext(); }));
  }

  void Finish(size_t end) {
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        KALLOS_CHECK(end <= allowed_, "{} of {}", end, allowed_);
        if (Ended(end)) return RethrowBelow(end);
        if (!CanBegin()) {
          ended_one_.wait(lock);
          continue;
        }
      }
      RunNext();
    }
  }

 private:
  void Close() {
    const std::lock_guard lock(mutex_);
    allowed_ = begun_;
  }

  bool CanBegin() const { return !failure_ && begun_ < allowed_; }

  // What has begun are all below begun_; after a failure those are all that there will be.
  bool Ended(size_t end) const {
    const size_t last = failure_ ? std::min(end, begun_) : end;
    return begun_ >= last && (running_.empty() || *running_.begin() >= last);
  }

  void RethrowBelow(size_t end) const {
    if (failure_ && failed_ < end) std::rethrow_exception(failure_);
  }

  std::optional<size_t> Begin() {
    const std::lock_guard lock(mutex_);
    if (!CanBegin()) return std::nullopt;
    running_.insert(begun_);
    return begun_++;
  }

  void RunNext() {
    UseOneOpenMpThread();
    const std::optional<size_t> k = Begin();
    if (!k) return;
    std::exception_ptr failure;
    try {
      body_(*k);
    } catch (...) {
      failure = std::current_exception();
    }
    End(*k, failure);
  }

  void End(size_t k, const std::exception_ptr& failure) {
    const std::lock_guard lock(mutex_);
    running_.erase(k);
    if (failure && (!failure_ || k < failed_)) {
      failure_ = failure;
      failed_ = k;
    }
    ended_one_.notify_all();
  }

  const std::function<void(size_t)> body_;
  std::mutex mutex_;
  std::condition_variable ended_one_;
  size_t allowed_ = 0;
  size_t begun_ = 0;
  std::set<size_t> running_;
  std::exception_ptr failure_;
  size_t failed_ = 0;
  tbb::task_arena arena_;
  tbb::task_group group_;
};

Prefetcher::Prefetcher(std::function<void(size_t k)> body)
    : state_(std::make_unique<State>(std::move(body))) {}
Prefetcher::~Prefetcher() = default;

void Prefetcher::Allow(size_t end) {
  state_->Allow(end);
}

void Prefetcher::Finish(size_t end) {
  state_->Finish(end);
}

}  // namespace kallos
