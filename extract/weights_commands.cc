#include "extract/weights_commands.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "extract/backbone_weights.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/weights/safetensors.h"
#include "lib/weights/tensor_file.h"

namespace kallos::extract {
namespace {

using weights::Tensor;
using weights::TensorFile;

void Print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
}

// "conv1/kernel:0". A Keras name that does not tell its layer gets it in front: names are unique in
// their layer only.
std::string FullName(const Tensor& tensor) {
  const bool tells = tensor.layer.empty() || tensor.name.starts_with(tensor.layer + "/");
  return tells ? tensor.name : tensor.layer + "/" + tensor.name;
}

uint64_t CountOf(const Tensor& tensor) {
  uint64_t count = 1;
  for (const int64_t n : tensor.shape) count *= n;
  return count;
}

std::string Count(uint64_t count) {
  return FormatCount(count);
}

std::string TensorTable(const TensorFile& file) {
  size_t name_width = 4;
  for (const Tensor& tensor : file.tensors)
    name_width = std::max(name_width, FullName(tensor).size());
  std::string text = fmt::format("{:<{}}  {:<8}  {}\n", "name", name_width, "dtype", "shape");
  for (const Tensor& tensor : file.tensors) {
    text += fmt::format("{:<{}}  {:<8}  [{}]\n", FullName(tensor), name_width,
                        DtypeName(tensor.dtype), fmt::join(tensor.shape, ", "));
  }
  return text;
}

std::string Totals(const TensorFile& file) {
  uint64_t numbers = 0;
  uint64_t bytes = 0;
  for (const Tensor& tensor : file.tensors) {
    numbers += CountOf(tensor);
    bytes += CountOf(tensor) * weights::DtypeSize(tensor.dtype);
  }
  return fmt::format("{} tensors, {} numbers, {} bytes\n", Count(file.tensors.size()),
                     Count(numbers), Count(bytes));
}

std::string FaultyNumbers(const TensorFile& file) {
  std::string where;
  int64_t faulty = 0;
  for (const Tensor& tensor : file.tensors) {
    const auto bad = std::count_if(tensor.values.begin(), tensor.values.end(),
                                   [](float value) { return !std::isfinite(value); });
    if (bad > 0) where += fmt::format("  {} in {}\n", FormatCount(bad), FullName(tensor));
    faulty += bad;
  }
  return fmt::format("NaN or infinity: {}\n{}", FormatCount(faulty), where);
}

std::string Fits(TensorFile file) {
  for (Tensor& tensor : file.tensors) {  // names and shapes decide
    tensor.values.clear();
    tensor.integers.clear();
  }
  const auto fitting = FittingBackbones(file);
  if (!fitting) return "fits: not known to this build, which has no LibTorch\n";
  return fmt::format("fits: {}\n",
                     fitting->empty() ? "none of the known backbones" : Join(*fitting, ", "));
}

// As float32, under the names that they have in the file.
std::vector<Tensor> NamedAsInFile(const TensorFile& file) {
  std::vector<Tensor> tensors;
  std::set<std::string> names;
  for (const Tensor& tensor : file.tensors) {
    const std::string name = FullName(tensor);
    if (!IsValidUtf8(name) || name == "__metadata__")
      throw InputError("{}: the name of a tensor is not one that safetensors can hold",
                       PathText(file.path));
    if (!names.insert(name).second)
      throw InputError("{}: two tensors are called '{}'", PathText(file.path), name);
    tensors.push_back(weights::FloatTensor(name, tensor.shape, tensor.Floats()));
  }
  return tensors;
}

std::string Describe(const std::vector<Tensor>& tensors) {
  uint64_t numbers = 0;
  for (const Tensor& tensor : tensors) numbers += CountOf(tensor);
  return fmt::format("{} tensors, {} numbers", Count(tensors.size()), Count(numbers));
}

}  // namespace

void Validate(const ConvertConfig& config, Violations& violations) {
  if (config.to.extension() != ".safetensors")
    violations.push_back("--to must end in .safetensors");
}

void RunInspect(const InspectConfig& config, RunContext&) {
  const TensorFile file = weights::ReadTensorFile(config.file);
  Print(fmt::format("{}: {}, {}\nsha256 {}\n\n", PathText(file.path),
                    weights::FormatName(file.format), file.producer, file.sha256));
  Print(TensorTable(file) + "\n" + Totals(file) + FaultyNumbers(file));
  Print(Fits(file));
}

void RunVerify(const VerifyConfig& config, RunContext&) {
  const TensorFile file = weights::ReadTensorFile(config.file);
  const BackboneTensors found = TakeBackbone(file, config.backbone);
  Print(fmt::format("{} holds the weights of {}: {}, found by {}.\n", PathText(file.path),
                    config.backbone, Describe(found.tensors), found.convention));
}

void RunConvert(const ConvertConfig& config, RunContext&) {
  std::error_code absent;
  if (std::filesystem::equivalent(config.file, config.to, absent)) {
    throw UsageError(
        "--to {}: this is the file to convert, which is not overwritten; choose another name",
        PathText(config.to));
  }
  const TensorFile file = weights::ReadTensorFile(config.file);
  std::map<std::string, std::string> metadata = {{"format_version", "1"},
                                                 {"source_sha256", file.sha256}};
  if (config.backbone) metadata["backbone"] = *config.backbone;
  const std::vector<Tensor> tensors =
      config.backbone ? TakeBackbone(file, *config.backbone).tensors : NamedAsInFile(file);
  weights::WriteSafetensors(config.to, tensors, metadata);
  Print(fmt::format("{}: {}\n", PathText(config.to), Describe(tensors)));
}

}  // namespace kallos::extract
