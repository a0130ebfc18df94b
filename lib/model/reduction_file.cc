#include <cmath>
#include <numeric>

#include "lib/config/config.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/model/reduction.h"
#include "lib/model/reduction_checks.h"
#include "lib/store/hdf5_image.h"
#include "lib/store/seal.h"

namespace kallos::model {
namespace {

using store::Hdf5Image;

constexpr int64_t kFormatVersion = 1;
constexpr const char* kSealKind = "pca model";
constexpr size_t kMaxBytes = size_t{1} << 40;

// The datasets that every model has, ours or not.
void ReadDatasets(const Hdf5Image& file, Model& model) {
  model.mean = file.Doubles("/mean");
  model.components = file.Floats("/components");
  model.explained_variance = file.Doubles("/explained_variance");
  model.explained_variance_ratio = file.Doubles("/explained_variance_ratio");
  model.singular_values = file.Doubles("/singular_values");
}

Model ReadOurs(const Hdf5Image& file, const std::string& name) {
  Model model;
  const std::string method = file.StringAttribute("method");
  const std::optional<Method> known = ValueText<Method>::Parse(method);
  if (!known)
    throw InputError("{}: method '{}'; known: {}", name, method, ValueText<Method>::Type());
  model.method = *known;
  model.whiten = file.IntAttribute("whiten") != 0;
  model.source = {file.StringAttribute("extractor"),   file.StringAttribute("description"),
                  file.StringAttribute("fingerprint"), file.StringAttribute("content_hash"),
                  file.StringAttribute("rows"),        file.IntAttribute("row_count")};
  model.key = file.StringAttribute("key");
  model.total_variance = file.DoubleAttribute("total_variance");
  model.rank = file.IntAttribute("rank");
  ReadDatasets(file, model);
  model.spectrum = file.Doubles("/spectrum");
  if (model.method == Method::kIca) model.mixing = file.Floats("/mixing");
  return model;
}

// What a file made elsewhere does not say but implies.
Model ReadForeign(const Hdf5Image& file) {
  Model model;
  ReadDatasets(file, model);
  if (file.HasAttribute("whiten")) model.whiten = file.IntAttribute("whiten") != 0;
  model.spectrum = model.explained_variance;
  const auto sum = [](const std::vector<double>& v) {
    return std::accumulate(v.begin(), v.end(), 0.0);
  };
  const double explained = sum(model.explained_variance_ratio);
  if (explained > 0) model.total_variance = sum(model.explained_variance) / explained;
  if (model.explained_variance.empty() || model.singular_values.empty()) return model;
  const double degrees =
      model.singular_values[0] * model.singular_values[0] / model.explained_variance[0];
  if (degrees >= 1 && degrees < 1e15) model.source.row_count = std::llround(degrees) + 1;
  return model;
}

Model ReadAny(const std::string& bytes, const std::string& name) {
  const std::optional<std::string_view> whole = store::Unsealed(bytes, kSealKind);
  const Hdf5Image file(whole.value_or(bytes), name);
  // Two of the attributes, since damage may have struck the name of one.
  const bool ours =
      whole || file.HasAttribute("format_version") || file.HasAttribute("fingerprint");
  if (!ours) return ReadForeign(file);
  const int64_t version = file.IntAttribute("format_version");
  if (version != kFormatVersion)
    throw InputError("{}: format version {}; this program reads {}", name, version, kFormatVersion);
  if (!whole)
    throw InputError(
        "{}: the model is damaged (cut short or altered since it was written); copy or fit it "
        "again",
        name);
  return ReadOurs(file, name);
}

}  // namespace

void WriteModel(const std::filesystem::path& path, const Model& model) {
  const std::string problem = ProblemOf(model);
  KALLOS_CHECK(problem.empty(), "{}", problem);
  store::Hdf5Builder file;
  file.SetAttribute("format_version", kFormatVersion);
  file.SetAttribute("method", EnumName(model.method));
  file.SetAttribute("whiten", int64_t{model.whiten});
  file.SetAttribute("extractor", model.source.extractor);
  file.SetAttribute("description", model.source.description);
  file.SetAttribute("fingerprint", model.source.fingerprint);
  file.SetAttribute("content_hash", model.source.content_hash);
  file.SetAttribute("rows", model.source.rows);
  file.SetAttribute("row_count", model.source.row_count);
  file.SetAttribute("key", model.key);
  file.SetDoubleAttribute("total_variance", model.total_variance);
  file.SetAttribute("rank", model.rank);
  file.AddDoubles("mean", model.mean);
  file.AddFloats("components", model.components.View(), false);
  file.AddDoubles("explained_variance", model.explained_variance);
  file.AddDoubles("explained_variance_ratio", model.explained_variance_ratio);
  file.AddDoubles("singular_values", model.singular_values);
  file.AddDoubles("spectrum", model.spectrum);
  if (model.method == Method::kIca) file.AddFloats("mixing", model.mixing.View(), false);
  PublishBytes(path, store::Sealed(file.Finish(), kSealKind));
}

Model ReadModel(const std::filesystem::path& path) {
  const std::string name = PathText(path);
  Model model = ReadAny(ReadFile(path, kMaxBytes), name);
  const std::string problem = ProblemOf(model);
  if (!problem.empty()) throw InputError("{}: {}", name, problem);
  return model;
}

}  // namespace kallos::model
