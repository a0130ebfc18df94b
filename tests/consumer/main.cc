// rate BUNDLE PHOTOGRAPH: the probability that it is good.
#include <fmt/core.h>

#include <cstdio>

#include "lib/model/rater.h"

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const kallos::model::Bundle bundle = kallos::model::LoadVerdictBundle(argv[1]);
  const std::vector<kallos::model::PhotoFile> photos = {{argv[2], ""}};
  const auto answers = kallos::model::PhotoProbabilities(bundle, photos, {{}, "cpu", "rate"});
  if (!answers[0].ok()) return std::fprintf(stderr, "%s\n", answers[0].reason().c_str()), 3;
  fmt::print("{}\n", answers[0].value());
}
