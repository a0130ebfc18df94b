// The state of an unfinished fit on disk, with which the same command goes on
// after a stop or a kill.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace kallos::pca {

struct CheckpointSettings {
  std::filesystem::path file;
  // SHA-256 in hex of all that decides the fit; a checkpoint with another one is refused.
  std::string key;
  double interval_seconds = 120;  // between two checkpoints; 0 = after every step
};

// Where the numbers of a state lie in memory, in the order of the file.
using StateParts = std::vector<std::span<double>>;

// A loop of steps whose state is saved between two of them.
class Checkpoint {
 public:
  // `unit` and `most`: what the steps are and how many there can be, for messages ("going
  // on after 3 of 7 passes"). parts(steps): the state after so many steps; called for
  // each reading and writing.
  Checkpoint(CheckpointSettings settings, std::string unit, int64_t most,
             std::function<StateParts(int64_t steps)> parts);

  // Fills the state from the file and returns after how many steps it is; 0, and nothing filled,
  // where there is no file. Throws InputError when the checkpoint is of another fit or damaged; the
  // state is then undefined.
  int64_t Load();

  // After a step: saves when the interval has passed or a stop is requested, which then ends in
  // InterruptedError.
  void SaveIfDue(int64_t steps);

  // Within the step after `steps`, whose beginning is still in memory: a stop request saves that
  // and ends in InterruptedError; only the work on this step is lost.
  void ThrowIfStopRequested(int64_t steps);

 private:
  void Save(int64_t steps);
  std::string After(int64_t steps) const;

  const CheckpointSettings settings_;
  const std::string unit_;
  const int64_t most_;
  const std::function<StateParts(int64_t steps)> parts_;
  int64_t saved_steps_ = 0;  // what the file holds, if any
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
};

}  // namespace kallos::pca
