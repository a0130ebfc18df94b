#include "lib/weights/tensor_file.h"

#include <fstream>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/weights/keras_hdf5.h"
#include "lib/weights/pytorch_zip.h"
#include "lib/weights/safetensors.h"

namespace kallos::weights {
namespace {

constexpr size_t kMaxBytes = size_t{8} << 30;

std::string FirstBytes(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string bytes(64, '\0');
  stream.read(bytes.data(), bytes.size());
  bytes.resize(stream.gcount());
  return bytes;
}

[[noreturn]] void ThrowUnknown(const std::string& name, const std::string& start) {
  if (start.starts_with("version https://git-lfs")) {
    throw InputError(
        "{}: a Git LFS pointer, not the weights themselves; fetch them with 'git lfs pull'", name);
  }
  if (start.starts_with("\x80\x02")) {
    throw InputError(
        "{}: a PyTorch file of the form before 1.6 (a bare pickle), which is not read; load it in "
        "PyTorch and save it again with torch.save(state_dict, 'x.pth') of PyTorch >= 1.6, or with "
        "safetensors.torch.save_file",
        name);
  }
  throw InputError("{}: no weight file: expected Keras HDF5, safetensors or a PyTorch zip; {}",
                   name, start.empty() ? "it is empty" : "the first bytes are of none of them");
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
  } else if (start.starts_with("PK\3\4")) {
    file.format = FileFormat::kPytorch;
    file.producer = "torch.save";
    file.tensors = ParsePytorchZip(ReadFile(path, kMaxBytes), name, with_values);
  } else {
    ThrowUnknown(name, start);
  }
  return file;
}

}  // namespace

std::string FormatName(FileFormat format) {
  switch (format) {
    case FileFormat::kKerasHdf5:
      return "Keras HDF5";
    case FileFormat::kSafetensors:
      return "safetensors";
    case FileFormat::kPytorch:
      return "PyTorch state dict";
  }
  throw BugError("format");
}

TensorFile ReadTensorFile(const fs::path& path) {
  return Read(path, true);
}

TensorFile ReadTensorIndex(const fs::path& path) {
  return Read(path, false);
}

}  // namespace kallos::weights
