// Ctrl-C and SIGTERM as a flag that long loops look at between units of work.
#pragma once

namespace kallos {

// From now on SIGINT and SIGTERM set the flag; a second one ends the process at once (exit code
// 130).
void InstallStopSignals();
bool StopRequested();
// Throws InterruptedError ("stopped; " and what the same command will do) when the flag is set.
void ThrowIfStopRequested(const char* then = "the same command again goes on from here");

// While one of these lives, SIGINT and SIGTERM end the process at once with exit code 130: for
// calls into a library that take minutes and cannot be told to stop. Only where nothing is being
// written.
class StopAtOnce {
 public:
  StopAtOnce();
  ~StopAtOnce();
  StopAtOnce(const StopAtOnce&) = delete;
  StopAtOnce& operator=(const StopAtOnce&) = delete;
};

// For tests.
void RequestStop();
void ClearStop();

}  // namespace kallos
