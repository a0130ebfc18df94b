#include "eval/bundle_extractors.h"

namespace kallos::eval {

std::vector<std::unique_ptr<extract::Extractor>> MakeExtractors(const train::Bundle& bundle,
                                                                const std::vector<std::filesystem::path>& weights,
                                                                const std::string& device) {
  std::vector<extract::ExtractorSpec> specs;
  for (const train::BundlePart& part : bundle.parts) {
    specs.push_back(extract::ParseDescription(part.description));
    specs.back().device = device;
  }
  std::vector<std::filesystem::path> files = bundle.weights;
  files.insert(files.end(), weights.begin(), weights.end());
  extract::FindWeights(specs, files);
  std::vector<std::unique_ptr<extract::Extractor>> extractors;
  std::vector<store::StoreInfo> infos;
  for (const extract::ExtractorSpec& spec : specs) {
    extractors.push_back(std::make_unique<extract::Extractor>(spec));
    infos.push_back(extractors.back()->Info());
  }
  train::RequireSameExtractors(bundle, infos);
  return extractors;
}

}  // namespace kallos::eval
