#include "train/network/network_pictures.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/stop.h"
#include "lib/image/image.h"
#include "lib/parallel/parallel.h"

namespace kallos::train {

Matrix<float> InferRows(PhotoFrames& frames, const std::vector<size_t>& rows,
                        const std::function<Matrix<float>(std::span<const PictureF>)>& infer) {
  constexpr size_t kAtOnce = 32;
  Matrix<float> all;
  for (size_t first = 0; first < rows.size(); first += kAtOnce) {
    ThrowIfStopRequested();
    std::vector<PictureF> pictures(std::min(kAtOnce, rows.size() - first));
    ParallelFor(pictures.size(), [&](size_t i) {
      pictures[i] =
          image::ToFloat(image::AddBorder(*frames.Get(rows[first + i]), frames.settings().resize));
    });
    const Matrix<float> some = infer(pictures);
    KALLOS_CHECK(some.rows() == pictures.size());
    if (first == 0) all = Matrix<float>(rows.size(), some.columns());
    for (size_t i = 0; i < some.rows(); ++i)
      std::ranges::copy(some.Row(i), all.Row(first + i).begin());
  }
  return all;
}

}  // namespace kallos::train
