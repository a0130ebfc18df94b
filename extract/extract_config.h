// The flags of kallos-extract.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/config/config.h"
#include "lib/model/extractor.h"
#include "lib/model/fill_stores.h"
#include "lib/nn/backbone.h"

namespace kallos::extract {

enum class ScalingChoice { kAuto, kUnit, kSymmetric, kImagenet };
inline NamedValues<ScalingChoice> EnumTable(ScalingChoice) {
  using enum ScalingChoice;
  return {{kAuto, "auto"}, {kUnit, "unit"}, {kSymmetric, "symmetric"}, {kImagenet, "imagenet"}};
}
enum class Orientation { kApply, kIgnore };
inline NamedValues<Orientation> EnumTable(Orientation) {
  using enum Orientation;
  return {{kApply, "apply"}, {kIgnore, "ignore"}};
}

struct ExtractConfig {
  std::filesystem::path manifest;
  std::vector<std::string> backbone;
  std::vector<nn::Taps> taps = {nn::Taps::kPooled};
  int64_t outputs = 0;
  std::vector<std::string> resize = {"native"};
  std::vector<ScalingChoice> scaling = {ScalingChoice::kAuto};
  std::vector<std::filesystem::path> weights;
  std::optional<int64_t> random_weights;
  std::vector<std::filesystem::path> out;
  Precision precision = Precision::kFp32;
  std::string device = "auto";
  Orientation exif = Orientation::kApply;
  int64_t max_pixels = 100'000'000;
  int64_t batch = 32;
  int64_t shard_rows = 256;
  std::string part;
  bool half = false;
  bool strict = false;
  bool fresh = false;
};

template <class V>
void Describe(V& v, ExtractConfig& c) {
  v("manifest", c.manifest, Required(), "The photographs.");
  v("backbone", c.backbone, Required(),
    "Network; give it again for several in one pass over the photographs.");
  v("taps", c.taps,
    "pooled = the network's last feature vector; multigap = averages after every block; outputs = "
    "a student's dense layer.");
  v("outputs", c.outputs, InRange(0, 1'000'000),
    "With --taps outputs: how many numbers the student gives.");
  v("resize", c.resize,
    "native, max:996 (only shrinks), max-always:996, border:600 or area:500x500.");
  v("scaling", c.scaling, "How 0..255 enters the network; auto = as the backbone was trained.");
  v("weights", c.weights, "Weight file of the backbone (Keras HDF5 or safetensors).");
  v("random-weights", c.random_weights, AtLeast(0),
    "Instead of --weights: an untrained network, drawn from this seed.");
  v("out", c.out, Required(), "Folder of the feature store; one for each backbone.");
  v("precision", c.precision, "fp32 or bf16; tf32 and fp16 on CUDA only.");
  v("device", c.device, "auto, cpu, cuda or cuda:1.");
  v("exif", c.exif, "Whether the orientation that the camera noted is applied.");
  v("max-pixels", c.max_pixels, AtLeast(1), "Photographs of more pixels are skipped.");
  v("batch", c.batch, InRange(1, 4096), "CUDA: most photographs in one pass.");
  v("shard-rows", c.shard_rows, InRange(1, 1'000'000),
    "Rows of the manifest in one file of the store.");
  v("part", c.part,
    "i/n: only the i-th of n parts of the shards (i from 1), for job arrays; the last merges.");
  v("half", c.half, "Store float16.");
  v("strict", c.strict, "Exit with code 3 when a photograph was skipped.");
  v("fresh", c.fresh, "Start over: remove what an earlier run made in --out.");
}

void Validate(const ExtractConfig& config, Violations& violations);

// One extractor for each backbone; a value given once applies to all, other lists go by position.
std::vector<model::ExtractorSpec> SpecsOf(const ExtractConfig& config);

// "" is the whole; nothing where the text is not i/n.
std::optional<model::Part> ParsePart(const std::string& text);

}  // namespace kallos::extract
