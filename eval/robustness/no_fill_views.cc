// In a build without OpenCV or LibTorch.
#include "eval/robustness/fill_views.h"
#include "lib/core/error.h"

namespace kallos::eval {

void FillViews(const ViewStores&, const std::vector<View>&, const train::Bundle&, const store::Manifest&,
               const RobustnessConfig&, uint64_t) {
  throw EnvironmentError(
      "this build of Kallos cannot read photographs: it was made without OpenCV or LibTorch. Install both "
      "(tools/setup) and build again");
}

}  // namespace kallos::eval
