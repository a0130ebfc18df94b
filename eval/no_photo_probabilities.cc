#include "eval/photo_probabilities.h"
#include "lib/core/error.h"

namespace kallos::eval {

std::vector<Result<double>> PhotoProbabilities(const train::Bundle&, const std::vector<PhotoFile>&,
                                               const PhotoSettings&) {
  throw EnvironmentError(
      "this build has no OpenCV or no LibTorch, so it cannot look at photographs; run tools/setup and build again "
      "(kallos-eval benchmark also takes --features that were extracted elsewhere)");
}

}  // namespace kallos::eval
