// A network that was trained here and a head on its numbers, as a model bundle.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lib/model/bundle.h"
#include "lib/model/extractor.h"
#include "lib/weights/tensor_file.h"

namespace kallos::train {

// Writes FOLDER/student.safetensors and the bundle, whose only part is the network: `network` says
// which and how it sees photographs, `parameters` are its weights by our names. `bundle` gives the
// head and what belongs to it.
void SaveNetworkBundle(const std::filesystem::path& folder, const model::ExtractorSpec& network,
                       const std::vector<weights::Tensor>& parameters, model::Bundle bundle);

// One network with its weights inside, and a head on all its numbers as they are. Throws InputError
// for other bundles.
model::Bundle LoadNetworkBundle(const std::filesystem::path& folder);

// The dense layer at the top then gives factor * y + shift instead of y, by output. `parameters`
// are those of `network`.
void ScaleOutputs(const std::string& network, const std::vector<float>& factor,
                  const std::vector<float>& shift, std::vector<weights::Tensor>& parameters);

}  // namespace kallos::train
