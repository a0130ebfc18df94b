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
void ReadDatasets(const Hdf5Image& file, Reduction& reduction) {
  reduction.mean = file.Doubles("/mean");
  reduction.components = file.Floats("/components");
  reduction.explained_variance = file.Doubles("/explained_variance");
  reduction.explained_variance_ratio = file.Doubles("/explained_variance_ratio");
  reduction.singular_values = file.Doubles("/singular_values");
}

Reduction ReadOurs(const Hdf5Image& file, const std::string& name) {
  Reduction reduction;
  const std::string method = file.StringAttribute("method");
  const std::optional<ReductionMethod> known = ValueText<ReductionMethod>::Parse(method);
  if (!known)
    throw InputError("{}: method '{}'; known: {}", name, method,
                     ValueText<ReductionMethod>::Type());
  reduction.method = *known;
  reduction.whiten = file.IntAttribute("whiten") != 0;
  reduction.source = {file.StringAttribute("extractor"),   file.StringAttribute("description"),
                      file.StringAttribute("fingerprint"), file.StringAttribute("content_hash"),
                      file.StringAttribute("rows"),        file.IntAttribute("row_count")};
  reduction.key = file.StringAttribute("key");
  reduction.total_variance = file.DoubleAttribute("total_variance");
  reduction.rank = file.IntAttribute("rank");
  ReadDatasets(file, reduction);
  reduction.spectrum = file.Doubles("/spectrum");
  if (reduction.method == ReductionMethod::kIca) reduction.mixing = file.Floats("/mixing");
  return reduction;
}

// What a file made elsewhere does not say but implies.
Reduction ReadForeign(const Hdf5Image& file) {
  Reduction reduction;
  ReadDatasets(file, reduction);
  if (file.HasAttribute("whiten")) reduction.whiten = file.IntAttribute("whiten") != 0;
  reduction.spectrum = reduction.explained_variance;
  const auto sum = [](const std::vector<double>& v) {
    return std::accumulate(v.begin(), v.end(), 0.0);
  };
  const double explained = sum(reduction.explained_variance_ratio);
  if (explained > 0) reduction.total_variance = sum(reduction.explained_variance) / explained;
  if (reduction.explained_variance.empty() || reduction.singular_values.empty()) return reduction;
  const double degrees =
      reduction.singular_values[0] * reduction.singular_values[0] / reduction.explained_variance[0];
  if (degrees >= 1 && degrees < 1e15) reduction.source.row_count = std::llround(degrees) + 1;
  return reduction;
}

Reduction ReadAny(const std::string& bytes, const std::string& name) {
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

void WriteReduction(const std::filesystem::path& path, const Reduction& reduction) {
  const std::string problem = ProblemOf(reduction);
  KALLOS_CHECK(problem.empty(), "{}", problem);
  store::Hdf5Builder file;
  file.SetAttribute("format_version", kFormatVersion);
  file.SetAttribute("method", EnumName(reduction.method));
  file.SetAttribute("whiten", int64_t{reduction.whiten});
  file.SetAttribute("extractor", reduction.source.extractor);
  file.SetAttribute("description", reduction.source.description);
  file.SetAttribute("fingerprint", reduction.source.fingerprint);
  file.SetAttribute("content_hash", reduction.source.content_hash);
  file.SetAttribute("rows", reduction.source.rows);
  file.SetAttribute("row_count", reduction.source.row_count);
  file.SetAttribute("key", reduction.key);
  file.SetDoubleAttribute("total_variance", reduction.total_variance);
  file.SetAttribute("rank", reduction.rank);
  file.AddDoubles("mean", reduction.mean);
  file.AddFloats("components", reduction.components.View(), false);
  file.AddDoubles("explained_variance", reduction.explained_variance);
  file.AddDoubles("explained_variance_ratio", reduction.explained_variance_ratio);
  file.AddDoubles("singular_values", reduction.singular_values);
  file.AddDoubles("spectrum", reduction.spectrum);
  if (reduction.method == ReductionMethod::kIca)
    file.AddFloats("mixing", reduction.mixing.View(), false);
  PublishBytes(path, store::Sealed(file.Finish(), kSealKind));
}

Reduction ReadReduction(const std::filesystem::path& path) {
  const std::string name = PathText(path);
  Reduction reduction = ReadAny(ReadFile(path, kMaxBytes), name);
  const std::string problem = ProblemOf(reduction);
  if (!problem.empty()) throw InputError("{}: {}", name, problem);
  return reduction;
}

}  // namespace kallos::model
