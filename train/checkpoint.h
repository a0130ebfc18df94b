// The state of an unfinished training on disk, with which the same command goes on after a stop or a kill.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/weights/tensor_file.h"

namespace kallos::train {

struct TrainingState {
  std::vector<weights::Tensor> tensors;
  std::map<std::string, std::string> notes;  // what is no tensor, by name; "key" and "sha256" are taken
};

// Published atomically. `key` names the training: settings, inputs and seed, as a hash.
void WriteCheckpoint(const std::filesystem::path& path, const std::string& key, const TrainingState& state);

// Nothing where there is no such file. Throws InputError where it is damaged or of a training with another key; what
// to do about it is said.
std::optional<TrainingState> ReadCheckpoint(const std::filesystem::path& path, const std::string& key);

}  // namespace kallos::train
