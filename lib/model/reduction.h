// A fitted linear reduction, and its file pca.h5.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "lib/core/enum_names.h"
#include "lib/core/matrix.h"
#include "lib/store/feature_store.h"

namespace kallos::model {

enum class ReductionMethod { kPca, kRandomized, kIca };
inline NamedValues<ReductionMethod> EnumTable(ReductionMethod) {
  using enum ReductionMethod;
  return {{kPca, "pca"}, {kRandomized, "randomized"}, {kIca, "ica"}};
}

// Where a model comes from. A model is only applied to features with the same fingerprint.
struct ReductionSource {
  std::string extractor;  // StoreInfo of the features that it was fitted on
  std::string description;
  std::string fingerprint;
  std::string content_hash;  // of the store
  std::string rows;          // "train", "train+val" or "all": which rows were used
  int64_t row_count = 0;     // after repetition, if any
};

// scores = (x - mean) * components^T, each divided by sqrt(explained_variance) where `whiten` (PCA
// only; a direction of no variance scores 0). x = mean + scores * reconstruction, where
// reconstruction is `components` (PCA) or `mixing` (ICA).
struct Reduction {
  ReductionMethod method = ReductionMethod::kPca;
  bool whiten = false;
  ReductionSource source;
  std::string key;           // SHA-256 of all that decided the fit; "" in files made elsewhere
  std::vector<double> mean;  // D
  // k x D. PCA: rows orthonormal, descending variance, the entry of largest magnitude in each row
  // positive (the first of several). ICA: the unmixing matrix in the space of the features, rows of
  // unit-variance sources.
  Matrix<float> components;
  std::vector<double> explained_variance;        // k, denominator n - 1; ICA: of the whitening PCA
  std::vector<double> explained_variance_ratio;  // k, of the total variance
  std::vector<double> singular_values;           // k, sqrt((n - 1) * variance)
  Matrix<float> mixing;       // ICA: k x D, row j is the feature pattern of source j; else empty
  double total_variance = 0;  // of all D columns
  int64_t rank = 0;           // numerical rank of the centred rows; 0 = unknown
  // All eigenvalues that the fit knows, descending; inspect draws them.
  std::vector<double> spectrum;

  int64_t inputs() const { return static_cast<int64_t>(mean.size()); }         // D
  int64_t outputs() const { return static_cast<int64_t>(components.rows()); }  // k
};

// pca.h5: datasets /mean [D] float64, /components [k, D] float32, /explained_variance [k],
// /explained_variance_ratio [k], /singular_values [k], /spectrum (float64), with ICA /mixing [k,
// D]; the rest as attributes; behind it a seal (lib/store/seal.h). Published atomically; equal
// models give equal bytes. In memory at once: twice the file.
void WriteReduction(const std::filesystem::path& path, const Reduction& reduction);

// Also a file made elsewhere that has the first five datasets, in float32 or float64, and no
// attributes but, where it applies, `whiten`: a PCA without a source. Throws InputError naming file
// and dataset for anything missing, damaged, of another format version or contradictory. In memory
// at once: the file and the model.
Reduction ReadReduction(const std::filesystem::path& path);

// Throws InputError naming both fingerprints unless the features are of the extractor that the
// model was fitted on. Of a model that does not name its source only the dimension is checked, with
// a warning.
void RequireSource(const Reduction& reduction, const store::StoreInfo& info,
                   const std::string& model_name);

// rows x k for rows x D, in double precision, rounded to float at the end. The result of a row is
// independent of the others and of the thread count, to the last bit.
Matrix<float> Transform(const Reduction& reduction, MatrixView<const float> rows);
// rows x D for rows x k, likewise.
Matrix<float> InverseTransform(const Reduction& reduction, MatrixView<const float> scores);

// What the reduced features are: the fingerprint depends on the source's and on `model_sha256`, the
// file's hash.
store::StoreInfo ReducedInfo(const Reduction& reduction, const store::StoreInfo& source,
                             const std::string& model_sha256);
// Whether these features are the scores of this very model.
bool IsReducedBy(const store::StoreInfo& info, const std::string& model_sha256);
// What the features made from scores are: neither the source nor the scores, so the fingerprint is
// a new one.
store::StoreInfo ReconstructedInfo(const Reduction& reduction, const store::StoreInfo& reduced,
                                   const std::string& model_sha256);

}  // namespace kallos::model
