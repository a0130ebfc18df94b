#include "lib/core/progress.h"

#include <unistd.h>

#include <cstdio>

#include "lib/core/log.h"
#include "lib/core/text.h"

namespace kallos {
namespace {

constexpr auto kTerminalInterval = std::chrono::milliseconds(200);
constexpr auto kPlainInterval = std::chrono::seconds(10);

}  // namespace

Progress::Progress(std::string label, std::string unit, int64_t total, int64_t already_done)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      already_done_(already_done),
      terminal_(isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      done_(already_done),
      shown_(start_) {}

Progress::~Progress() {
  const std::lock_guard lock(mutex_);
  Show(true);
}

void Progress::Add(int64_t n, const std::string& note) {
  const std::lock_guard lock(mutex_);
  done_ += n;
  if (!note.empty()) note_ = note;
  if (Clock::now() - shown_ <
      (terminal_ ? Clock::duration(kTerminalInterval) : Clock::duration(kPlainInterval)))
    return;
  Show(false);
}

std::string Progress::Line(Clock::time_point now) const {
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done_ - already_done_) / seconds : 0;
  std::string line = label_ + "  " + FormatCount(done_);
  if (total_ > 0) line += fmt::format("/{}", FormatCount(total_));
  line += " " + unit_;
  if (total_ > 0) line += fmt::format("  {}%", 100 * done_ / total_);
  if (rate > 0) line += fmt::format("  {:.{}f} {}/s", rate, rate < 10 ? 2 : 1, unit_);
  if (rate > 0 && total_ > done_) {
    line += "  " + FormatSeconds(static_cast<double>(total_ - done_) / rate) + " left";
  } else {
    line += "  " + FormatSeconds(seconds);
  }
  if (!note_.empty()) line += "  " + note_;
  return line;
}

void Progress::Show(bool last) {
  if (GetLogLevel() > LogLevel::kInfo) return;
  shown_ = Clock::now();
  const std::string line = Line(shown_);
  if (terminal_) {
    std::fprintf(stderr, "\r\x1b[K%s%s", line.c_str(), last ? "\n" : "");
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stderr);
}

}  // namespace kallos
