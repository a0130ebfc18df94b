// Six transforms that photographs meet on their way through the world, in five severities.
#pragma once

#include "lib/core/enum_names.h"
#include "lib/core/picture.h"
#include "lib/core/rng.h"

namespace kallos::image {

enum class Transform { kRotate, kCrop, kDenoise, kBlur, kNoise, kSharpness };
inline NamedValues<Transform> EnumTable(Transform) {
  using enum Transform;
  return {{kRotate, "rotate"}, {kCrop, "crop"},   {kDenoise, "denoise"},
          {kBlur, "blur"},     {kNoise, "noise"}, {kSharpness, "sharpness"}};
}

constexpr int kSeverities = 5;

// The parameter of severity 1..5, in the unit of the function below that takes it.
double StrengthOf(Transform transform, int severity);

// The transform at severity 1..5. Only crop and noise draw random numbers; one stream gives all
// severities the same ones, so that they differ in strength alone. Throws InputError as
// RequireRotatable does.
Picture8 Apply(const Picture8& picture, Transform transform, int severity, Stream stream);

// Throws InputError for a side of more than 32,000 pixels.
void RequireRotatable(const Picture8& picture);

// Counter-clockwise about the centre, bilinear, then cut to the largest upright rectangle inside:
// nothing is filled in. `degrees` in [-90, 90].
Picture8 Rotate(const Picture8& picture, double degrees);

struct RectangleSize {
  double height = 0, width = 0;
};
// The upright rectangle of largest area inside a height x width rectangle that is rotated by
// `degrees`.
RectangleSize LargestUpright(double height, double width, double degrees);

// A part of uniform share of the area, in [least, most), and uniform place; both sides scaled by
// the root of the share and truncated.
Picture8 Crop(const Picture8& picture, double least, double most, Stream stream);

// Non-local means (Buades, Coll & Morel, CVPR 2005) as OpenCV has it: templates of 7 x 7, search in
// 21 x 21, `strength` (grey levels) for luminance and colour.
Picture8 Denoise(const Picture8& picture, double strength);

// Mean of side x side pixels; beyond the border the picture is reflected, as in the next one.
Picture8 Blur(const Picture8& picture, int side);

// x + amount (8 x - sum of the 8 neighbours): the published kernel at amount 1. Leaves 0..255.
PictureF SharpenUnclipped(const Picture8& picture, double amount);
// The same, rounded and cut to 0..255.
Picture8 Sharpen(const Picture8& picture, double amount);

// Plus independent normal numbers of standard deviation `sd` (grey levels), rounded and cut to
// 0..255.
Picture8 AddNoise(const Picture8& picture, double sd, Stream stream);

}  // namespace kallos::image
