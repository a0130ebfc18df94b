#include "lib/model/bundle_extractors.h"

namespace kallos::model {

std::vector<std::unique_ptr<Extractor>> MakeExtractors(
    const Bundle& bundle, const std::vector<std::filesystem::path>& weights,
    const std::string& device) {
  std::vector<ExtractorSpec> specs;
  for (const BundlePart& part : bundle.parts) {
    specs.push_back(ParseDescription(part.description));
    specs.back().device = device;
  }
  std::vector<std::filesystem::path> files = bundle.weights;
  files.insert(files.end(), weights.begin(), weights.end());
  FindWeights(specs, files);
  std::vector<std::unique_ptr<Extractor>> extractors;
  std::vector<store::StoreInfo> infos;
  for (const ExtractorSpec& spec : specs) {
    extractors.push_back(std::make_unique<Extractor>(spec));
    infos.push_back(extractors.back()->Info());
  }
  RequireSameExtractors(bundle, infos);
  return extractors;
}

}  // namespace kallos::model
