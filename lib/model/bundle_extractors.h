// The extractors that make what a model bundle was trained on.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "lib/model/bundle.h"
#include "lib/model/extractor.h"

namespace kallos::model {

// In the order of the bundle's parts. Weight files, the bundle's own included, are matched to them
// by SHA-256. Throws UsageError naming backbone and hash when weights are missing, InputError when
// the bundle was not trained on photographs of ours.
std::vector<std::unique_ptr<Extractor>> MakeExtractors(
    const Bundle& bundle, const std::vector<std::filesystem::path>& weights,
    const std::string& device);

}  // namespace kallos::model
