// One way in which photographs are shown to a model: as they are, or after a transform.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/config/config.h"
#include "lib/image/transform.h"

namespace kallos::eval {

constexpr int kAsPublished = 0;  // instead of a severity

struct View {
  std::optional<image::Transform> transform = {};  // nothing: the photograph as it is
  int severity = kAsPublished;                     // 1..5 or kAsPublished

  std::string TransformName() const { return transform ? EnumName(*transform) : "none"; }
  std::string SeverityText() const {
    return severity == kAsPublished ? "" : std::to_string(severity);
  }
  // "none", "blur-3", "blur-legacy": also the name of its file.
  std::string Name() const {
    if (!transform) return TransformName();
    return TransformName() + "-" + (severity == kAsPublished ? "legacy" : SeverityText());
  }
};

}  // namespace kallos::eval
