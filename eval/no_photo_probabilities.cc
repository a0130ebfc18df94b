#include "eval/photo_probabilities.h"
#include "lib/core/error.h"

namespace kallos::eval {

struct PhotoJudge::Loaded {};

PhotoJudge::PhotoJudge(const train::Bundle&, const std::vector<std::filesystem::path>&, const std::string&) {
  throw EnvironmentError(
      "this build has no OpenCV or no LibTorch, so it cannot look at photographs; run tools/setup and build again "
      "(kallos-eval benchmark also takes --features that were extracted elsewhere)");
}

PhotoJudge::~PhotoJudge() = default;

std::vector<Result<double>> PhotoJudge::Judge(const std::vector<PhotoFile>&, const std::function<void()>&) const {
  throw BugError("a judge that cannot be made was asked");
}

std::vector<Result<double>> PhotoProbabilities(const train::Bundle& bundle, const std::vector<PhotoFile>& photos,
                                               const PhotoSettings& settings) {
  return PhotoJudge(bundle, settings.weights, settings.device).Judge(photos, [] {});
}

}  // namespace kallos::eval
