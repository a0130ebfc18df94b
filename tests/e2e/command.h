// Runs the built programs as a user would, and looks at what they leave behind.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kallos::e2e {

namespace fs = std::filesystem;

using Words = std::vector<std::string>;

// What an ended program said.
struct Outcome {
  int code = 0;           // exit code, or minus the signal that ended it
  std::string output;     // standard output and standard error
  size_t peak_bytes = 0;  // the most memory that it held
};

constexpr int kCannotObey = 125;

struct Surroundings {
  std::map<std::string, std::string> environment;  // on top of ours
  std::optional<size_t> largest_file;              // RLIMIT_FSIZE in bytes: a full disk
  bool obeys_permissions = false;  // even as root; exit code kCannotObey where that is impossible
};

// A program of KALLOS_BIN_DIR that runs beside us; killed when it is still there at the end of the
// scope.
class Program {
 public:
  // words[0] is the program's name, or the path of one that is not ours.
  explicit Program(const Words& words, const Surroundings& surroundings = {});
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int signal) const;
  // Waits up to `seconds`; then kills it, and code is -SIGALRM.
  Outcome Wait(double seconds = 300);

 private:
  pid_t pid_ = -1;
  fs::path log_;
};

Outcome RunProgram(const Words& words, const Surroundings& surroundings = {});
// Runs and kills with SIGKILL after `seconds`, unless it ended before.
Outcome RunAndKill(const Words& words, double seconds);

// Waits until the file exists; false after `seconds`.
bool WaitForFile(const fs::path& path, double seconds = 60);
double Seconds();  // a clock

// An empty folder for one test.
fs::path MakeTestFolder(const std::string& name);
// Every file below the folder by its relative path, except run.yaml and locks.
std::map<std::string, std::string> ContentOf(const fs::path& folder);
// The names in which the two differ, for a message; "" when they are equal.
std::string Difference(const std::map<std::string, std::string>& a,
                       const std::map<std::string, std::string>& b);

// KALLOS_FAULT_TRIALS, or 8.
int FaultTrials();

// `count` small JPEG photographs below folder/photos and folder/manifest.csv (label alternating,
// split train/val/test). Returns the manifest.
fs::path MakePhotos(const fs::path& folder, int count);

}  // namespace kallos::e2e
