// kallos-weights: looks into weight files, checks them against backbones, and rewrites
// them as safetensors.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "lib/run/run.h"

namespace kallos::extract {

struct InspectConfig {
  std::filesystem::path file;
};

template <class V>
void Describe(V& v, InspectConfig& c) {
  v.Positional("file", c.file, Required(), "Keras HDF5, safetensors or PyTorch state dict.");
}

struct VerifyConfig {
  std::filesystem::path file;
  std::string backbone;
};

template <class V>
void Describe(V& v, VerifyConfig& c) {
  v.Positional("file", c.file, Required(), "Keras HDF5, safetensors or PyTorch state dict.");
  v("backbone", c.backbone, Required(),
    "The backbone that it should hold, such as efficientnet_b7.");
}

struct ConvertConfig {
  std::filesystem::path file;
  std::filesystem::path to;
  std::optional<std::string> backbone;
};

template <class V>
void Describe(V& v, ConvertConfig& c) {
  v.Positional("file", c.file, Required(), "Keras HDF5, safetensors or PyTorch state dict.");
  v("to", c.to, Required(), "The safetensors file to write; numbers become float32.");
  v("backbone", c.backbone,
    "Check against this backbone and give its parameters our names, layer/weight; without it "
    "every tensor keeps its name.");
}

void Validate(const ConvertConfig& config, Violations& violations);

// Prints format, tensors, totals and the backbones that the file fits.
void RunInspect(const InspectConfig& config, RunContext& context);
// Prints one sentence when the file fits; throws InputError that lists everything that does not.
void RunVerify(const VerifyConfig& config, RunContext& context);
// Publishes `to`: equal files give equal bytes.
void RunConvert(const ConvertConfig& config, RunContext& context);

}  // namespace kallos::extract
