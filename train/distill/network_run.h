// The folder of a training on photographs: what is in it, and when it is done.
#pragma once

#include <filesystem>
#include <string>

#include "lib/core/lock.h"
#include "lib/run/run_record.h"
#include "train/distill/photo_training.h"

namespace kallos::train {

class NetworkRun {
 public:
  // Holds the folder's lock. Throws InputError for a folder of other things.
  explicit NetworkRun(const NetworkConfig& config);

  // Whether there is anything to do; removes what killed runs left. `key` names the
  // training. Throws InputError when the folder holds a finished training with another key.
  bool Begin(const std::string& key) const;

  // With --fresh removes what an earlier training made: once all that can be wrong with the inputs is known.
  void Clear() const;

  std::filesystem::path bundle() const;

  // history.csv and run.yaml, and then the mark that all is done.
  void End(const PhotoTraining& training, const std::string& key, RunRecord& record) const;

 private:
  const NetworkConfig& config_;
  FolderLock lock_;
};

}  // namespace kallos::train
