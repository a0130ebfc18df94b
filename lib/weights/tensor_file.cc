#include "lib/weights/tensor_file.h"

#include <fstream>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/weights/keras_hdf5.h"
#include "lib/weights/safetensors.h"

namespace kallos::weights {
namespace {

constexpr size_t kMaxBytes = size_t{8} << 30;

std::string FirstBytes(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string bytes(64, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(stream.gcount()));
  return bytes;
}

[[noreturn]] void ThrowUnknown(const std::string& name, const std::string& start) {
  if (start.starts_with("version https://git-lfs")) {
    throw InputError("{}: a Git LFS pointer, not the weights themselves; fetch them with 'git lfs pull'", name);
  }
  if (start.starts_with("PK") || start.starts_with("\x80\x02")) {
    throw InputError(
        "{}: a PyTorch file; only Keras HDF5 and safetensors are read. Save it with safetensors.torch.save_file", name);
  }
  throw InputError("{}: neither Keras HDF5 nor safetensors; the first bytes say nothing known", name);
}

TensorFile Read(const fs::path& path, bool with_values) {
  const std::string name = PathText(path);
  if (!fs::is_regular_file(path)) throw InputError("{}: no such weight file", name);
  const std::string start = FirstBytes(path);
  TensorFile file{path, FileFormat::kKerasHdf5, Sha256OfFile(path), "", {}};
  if (start.starts_with("\x89HDF\r\n\x1A\n")) {
    file.tensors = ReadKerasHdf5(path, with_values, &file.producer);
  } else if (start.size() > 8 && start[8] == '{') {
    file.format = FileFormat::kSafetensors;
    file.producer = "safetensors";
    file.tensors = ParseSafetensors(ReadFile(path, kMaxBytes), name, with_values);
  } else {
    ThrowUnknown(name, start);
  }
  return file;
}

}  // namespace

TensorFile ReadTensorFile(const fs::path& path) {
  return Read(path, true);
}

TensorFile ReadTensorIndex(const fs::path& path) {
  return Read(path, false);
}

}  // namespace kallos::weights
