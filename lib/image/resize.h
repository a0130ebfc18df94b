// The published resize functions (bilinear, half-pixel centres, no antialiasing; sizes truncated),
// exactly.
#pragma once

#include <string>

#include "lib/core/picture.h"

namespace kallos::image {

// "native", "max:996" (only shrinks), "max-always:996" (also enlarges), "border:600",
// "area:500x500", as users type them.
struct ResizeRule {
  enum class Kind { kNative, kMax, kMaxAlways, kBorder, kArea };
  Kind kind = Kind::kNative;
  int height = 0;
  int width = 0;
  std::string Name() const;  // canonical text, part of a store's fingerprint
};

ResizeRule ParseResizeRule(const std::string& text);  // throws UsageError naming the forms
PictureF Resize(const PictureF& picture, const ResizeRule& rule);
// The same in 8 bits: rounded, so within half a grey level or so of the above.
Picture8 Resize(const Picture8& picture, const ResizeRule& rule);
// The two halves of the above: the scaled picture without the border that "border:" adds, and the
// border, which other rules do not have.
Picture8 ResizeInside(const Picture8& picture, const ResizeRule& rule);
Picture8 AddBorder(Picture8 picture, const ResizeRule& rule);
// The size that Resize would give, without doing it.
void ResizedSize(const ResizeRule& rule, int height, int width, int* new_height, int* new_width);

}  // namespace kallos::image
