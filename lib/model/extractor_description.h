// An extractor as canonical JSON, whose SHA-256 is the fingerprint of its features.
#pragma once

#include <string>

#include "lib/model/extractor.h"

namespace kallos::model {

// `scaling` is the effective one; `weights_name` is "sha256:HEX" or "random:SEED".
std::string DescriptionOf(const ExtractorSpec& spec, nn::Scaling scaling,
                          const std::string& weights_name);

}  // namespace kallos::model
