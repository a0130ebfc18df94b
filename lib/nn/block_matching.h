// Similar blocks within a picture, side by side as channels: the input of the denoising network.
// The rules are those of M. Rakhshanfar's implementation
// (github.com/meisamrf/Image-denoising-tensorflow-keras, libs/blockmatch.cpp), with which its
// weights were trained.
#pragma once

#include "lib/core/matrix.h"

namespace kallos::nn {

constexpr int kBlockSide = 8;
constexpr int kMatches = 4;
constexpr int kStackChannels = kMatches + 1;
// Of a picture, so that every block has enough neighbours.
constexpr int kLeastSide = 2 * kBlockSide;

// Rows [top, bottom) and columns [left, right) of a picture.
struct Region {
  int top = 0, bottom = 0, left = 0, right = 0;
  int Height() const { return bottom - top; }
  int Width() const { return right - left; }
};

// Writes the stack of a region of `picture` (sides multiples of 8, at least kLeastSide): Height() x
// Width() x kStackChannels, row-major. Blocks of 8 x 8 stand at every fourth row and column, and
// each gives the 4 x 4 values about its centre, at the picture's border those up to it. Channels 0
// to 3 are the same places of the four blocks nearest to it by the sum of squared differences,
// nearest first, among those that begin at most 4 rows and 4 columns from it and lie within the
// picture, itself left out; of equals the one further left, then further up, comes first. Channel 4
// is the picture.
void StackMatches(MatrixView<const float> picture, const Region& region, float* stack);

}  // namespace kallos::nn
