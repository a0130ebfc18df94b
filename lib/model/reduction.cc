#include "lib/model/reduction.h"

#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"

namespace kallos::model {
namespace {

using nlohmann::json;

constexpr int kDescriptionVersion = 1;
constexpr const char* kTransform = "transform";
constexpr const char* kInverse = "inverse";

store::StoreInfo MadeFrom(const store::StoreInfo& source, const Reduction& reduction,
                          const std::string& model_sha256, const char* direction) {
  store::StoreInfo info = source;
  const json description = {{"direction", direction},
                            {"format_version", kDescriptionVersion},
                            {"method", EnumName(reduction.method)},
                            {"model", "sha256:" + model_sha256},
                            {"source", source.description}};
  info.description = description.dump();
  info.fingerprint = Sha256Hex(info.description);
  return info;
}

}  // namespace

void RequireSource(const Reduction& reduction, const store::StoreInfo& info,
                   const std::string& model_name) {
  if (info.dimension != reduction.inputs())
    throw InputError("{}: the model is for features of {} columns, those of '{}' have {}",
                     model_name, reduction.inputs(), info.extractor, info.dimension);
  if (reduction.source.fingerprint.empty())
    return LogWarning(
        "{}: the model does not name the extractor that it was fitted on; it is taken for '{}', of "
        "as many columns",
        model_name, info.extractor);
  if (info.fingerprint != reduction.source.fingerprint) {
    throw InputError(
        "{}: the model was fitted on features of '{}' (fingerprint {}), not on those of '{}' "
        "(fingerprint {}); give "
        "the features that it was made for, or fit another model",
        model_name, reduction.source.extractor, reduction.source.fingerprint, info.extractor,
        info.fingerprint);
  }
}

store::StoreInfo ReducedInfo(const Reduction& reduction, const store::StoreInfo& source,
                             const std::string& model_sha256) {
  store::StoreInfo info = MadeFrom(source, reduction, model_sha256, kTransform);
  const std::string word = reduction.method == ReductionMethod::kIca ? "ica" : "pca";
  info.extractor += "/" + word;
  info.dimension = reduction.outputs();
  info.layers = {{word, 0, info.dimension}};
  return info;
}

bool IsReducedBy(const store::StoreInfo& info, const std::string& model_sha256) {
  const json description = json::parse(info.description, nullptr, false);
  return description.is_object() && description.value("direction", json()) == kTransform &&
         description.value("model", json()) == "sha256:" + model_sha256;
}

store::StoreInfo ReconstructedInfo(const Reduction& reduction, const store::StoreInfo& reduced,
                                   const std::string& model_sha256) {
  store::StoreInfo info = MadeFrom(reduced, reduction, model_sha256, kInverse);
  info.extractor += "/inverse";
  info.dimension = reduction.inputs();
  info.layers = {{"reconstruction", 0, info.dimension}};
  return info;
}

}  // namespace kallos::model
