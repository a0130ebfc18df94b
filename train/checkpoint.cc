#include "train/checkpoint.h"

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/text.h"
#include "lib/weights/safetensors.h"

namespace kallos::train {
namespace {

constexpr size_t kMostBytes = size_t{16} << 30;

// Of names and numbers, whatever their order.
std::string HashOf(const std::vector<weights::Tensor>& tensors) {
  std::map<std::string, const weights::Tensor*> by_name;
  for (const weights::Tensor& tensor : tensors) by_name[tensor.name] = &tensor;
  Sha256 hash;
  for (const auto& [name, tensor] : by_name) {
    hash.Update(name);
    hash.Update(tensor->values.data(), sizeof(float) * tensor->values.size());
  }
  return hash.Hex();
}

TrainingState Parse(const fs::path& path) {
  TrainingState state;
  try {
    state.tensors = weights::ParseSafetensors(ReadFile(path, kMostBytes), PathText(path), true, &state.notes);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInput) throw InputError("{}; use --fresh to start over", error.what());
    throw;
  }
  return state;
}

}  // namespace

void WriteCheckpoint(const fs::path& path, const std::string& key, const TrainingState& state) {
  std::map<std::string, std::string> notes = state.notes;
  notes["key"] = key;
  notes["sha256"] = HashOf(state.tensors);
  weights::WriteSafetensors(path, state.tensors, notes);
}

std::optional<TrainingState> ReadCheckpoint(const fs::path& path, const std::string& key) {
  if (!fs::exists(path)) return std::nullopt;
  TrainingState state = Parse(path);
  if (state.notes["key"] != key) {
    throw InputError(
        "{}: this training was begun with other settings or inputs; use --fresh to start over or another --out",
        PathText(path));
  }
  if (state.notes["sha256"] != HashOf(state.tensors)) {
    throw InputError("{}: damaged: its numbers are not those that were written; use --fresh to start over",
                     PathText(path));
  }
  return state;
}

}  // namespace kallos::train
