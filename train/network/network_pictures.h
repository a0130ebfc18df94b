// Photographs through a network, as they are.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "lib/core/matrix.h"
#include "lib/core/picture.h"
#include "train/network/photo_frames.h"

namespace kallos::train {

// infer(pictures of one size) gives a row for each, and is given few at once: the rows of all, in
// order. Throws InterruptedError when a stop is requested.
Matrix<float> InferRows(PhotoFrames& frames, const std::vector<size_t>& rows,
                        const std::function<Matrix<float>(std::span<const PictureF>)>& infer);

}  // namespace kallos::train
