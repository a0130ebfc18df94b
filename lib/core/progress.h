// Progress of one long loop, with rate and remaining time.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace kallos {

// Shows "extract  1,200/5,000 photos  24%  31.2 photos/s  2:02 left" on standard error: rewritten
// in place on a terminal, else a plain line every ten seconds. Silent when the log level is above
// kInfo. Thread-safe.
class Progress {
 public:
  // `total` = 0 means that the end is unknown. `already_done` counts work of an earlier run, left
  // out of the rate.
  Progress(std::string label, std::string unit, int64_t total, int64_t already_done = 0);
  ~Progress();  // prints the closing line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Counts `n` more units as done. `note`, unless empty, is shown after the numbers ("loss 0.31").
  void Add(int64_t n = 1, const std::string& note = "");

 private:
  using Clock = std::chrono::steady_clock;
  std::string Line(Clock::time_point now) const;
  void Show(bool last);

  const std::string label_;
  const std::string unit_;
  const int64_t total_;
  const int64_t already_done_;
  const bool terminal_;
  const Clock::time_point start_;
  std::mutex mutex_;
  int64_t done_;
  std::string note_;
  Clock::time_point shown_;
};

}  // namespace kallos
