#include "lib/core/stop.h"

#include <unistd.h>

#include <csignal>

#include "lib/core/error.h"

namespace kallos {
namespace {

volatile std::sig_atomic_t stop_requested = 0;
volatile std::sig_atomic_t stop_at_once = 0;

void OnSignal(int) {
  if (stop_at_once != 0) {
    constexpr char kMessage[] = "\nstopped; the same command again goes on from here\n";
    static_cast<void>(!write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1));
  }
  if (stop_requested != 0 || stop_at_once != 0) _exit(static_cast<int>(ErrorKind::kInterrupted));
  stop_requested = 1;
}

}  // namespace

void InstallStopSignals() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(
      SIGXFSZ,
      SIG_IGN);  // a file above the process's limit then fails in write(), where it is reported
}

bool StopRequested() {
  return stop_requested != 0;
}

void ThrowIfStopRequested(const char* then) {
  if (StopRequested()) throw InterruptedError("stopped; {}", then);
}

StopAtOnce::StopAtOnce() {
  ThrowIfStopRequested();
  stop_at_once = 1;
}

StopAtOnce::~StopAtOnce() {
  stop_at_once = 0;
}

void RequestStop() {
  stop_requested = 1;
}

void ClearStop() {
  stop_requested = 0;
}

}  // namespace kallos
