#include "lib/model/extractor_description.h"

#include <nlohmann/json.hpp>

#include "lib/config/config.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/text.h"
#include "lib/nn/backbone.h"

namespace kallos::model {
namespace {

using nlohmann::json;

constexpr int kDescriptionVersion = 1;
constexpr std::string_view kFile = "sha256:";
constexpr std::string_view kRandom = "random:";

// The text under `key`; throws where the description is not one of ours.
std::string TextOf(const json& parsed, const char* key) {
  if (parsed.is_object() && parsed.contains(key) && parsed[key].is_string())
    return parsed[key].get<std::string>();
  throw InputError(
      "the features were not made by kallos-extract (no '{}' in their description '{}'), so "
      "photographs cannot be "
      "turned into the like; give features instead of photographs",
      key, parsed.dump().substr(0, 200));
}

template <typename E>
E EnumOf(const json& parsed, const char* key) {
  const std::string text = TextOf(parsed, key);
  const std::optional<E> value = ValueText<E>::Parse(text);
  if (!value)
    throw InputError("the description of the features says {} '{}'; known: {}", key, text,
                     ValueText<E>::Type());
  return *value;
}

int64_t OutputsOf(const json& parsed) {
  constexpr int64_t kMost = 1'000'000;
  const json outputs = parsed.value("outputs", json());
  if (outputs.is_number_integer() && outputs >= 1 && outputs <= kMost)
    return outputs.get<int64_t>();
  throw InputError(
      "the description of the features says outputs {}; expected a whole number from 1 to {}",
      outputs.dump(), kMost);
}

void ParseWeightsName(const std::string& name, ExtractorSpec& spec) {
  if (name.starts_with(kFile)) {
    spec.weights_sha256 = name.substr(kFile.size());
    return;
  }
  const auto seed =
      name.starts_with(kRandom) ? ParseInt(name.substr(kRandom.size())) : std::nullopt;
  if (!seed)
    throw InputError(
        "the description of the features names the weights '{}'; expected sha256:... or random:...",
        name);
  spec.random_seed = static_cast<uint64_t>(*seed);
}

}  // namespace

std::string DescriptionOf(const ExtractorSpec& spec, nn::Scaling scaling,
                          const std::string& weights_name) {
  json description = {{"backbone", spec.backbone},
                      {"format_version", kDescriptionVersion},
                      {"orientation", spec.apply_orientation ? "apply" : "ignore"},
                      {"precision", EnumName(spec.precision)},
                      {"resize", spec.resize.Name()},
                      {"scaling", EnumName(scaling)},
                      {"taps", EnumName(spec.taps)},
                      {"weights", weights_name}};
  if (spec.taps == nn::Taps::kOutputs) description["outputs"] = spec.outputs;
  return description.dump();
}

ExtractorSpec ParseDescription(const std::string& description) {
  const json parsed = json::parse(description, nullptr, false);
  ExtractorSpec spec;
  spec.backbone = TextOf(parsed, "backbone");
  if (parsed.value("format_version", 0) != kDescriptionVersion)
    throw InputError("the description of the {} features is of another format version than {}",
                     spec.backbone, kDescriptionVersion);
  spec.taps = EnumOf<nn::Taps>(parsed, "taps");
  if (spec.taps == nn::Taps::kOutputs) spec.outputs = OutputsOf(parsed);
  spec.resize = image::ParseResizeRule(TextOf(parsed, "resize"));
  spec.scaling = EnumOf<nn::Scaling>(parsed, "scaling");
  spec.apply_orientation = TextOf(parsed, "orientation") == "apply";
  spec.precision = EnumOf<Precision>(parsed, "precision");
  ParseWeightsName(TextOf(parsed, "weights"), spec);
  return spec;
}

void FindWeights(std::vector<ExtractorSpec>& specs,
                 const std::vector<std::filesystem::path>& files) {
  std::vector<std::string> hashes, found;
  for (const auto& file : files) {
    if (!std::filesystem::exists(file)) throw InputError("{}: no such weight file", PathText(file));
    hashes.push_back(Sha256OfFile(file));
    found.push_back(fmt::format("\n  {}  {}", hashes.back(), PathText(file)));
  }
  for (ExtractorSpec& spec : specs) {
    if (spec.random_seed) continue;
    const auto match = std::find(hashes.begin(), hashes.end(), spec.weights_sha256);
    if (match == hashes.end()) {
      throw UsageError(
          "the weights of {} are missing: give with --weights the file whose SHA-256 is\n  {}{}{}",
          spec.backbone, spec.weights_sha256, files.empty() ? "" : "\ngiven:", Join(found, ""));
    }
    spec.weights = files[static_cast<size_t>(match - hashes.begin())];
  }
}

}  // namespace kallos::model
