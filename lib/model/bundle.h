// The model bundle: everything that turns feature vectors into answers.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/model/head.h"
#include "lib/model/outputs.h"
#include "lib/model/reduction.h"
#include "lib/store/feature_store.h"

namespace kallos::model {

// The features that the head expects from one extractor, in the order of its columns.
struct BundlePart {
  std::string extractor;
  // StoreInfo::description: architecture, hash of the weights, preprocessing, precision.
  std::string description;
  std::string fingerprint;
  int64_t dimension = 0;
  // Of these features, before anything else; may be none.
  std::shared_ptr<const Reduction> reduction = nullptr;
  std::string reduction_file = {};  // its name in the bundle: "pca_mg.h5"
  std::string weights_file = {};  // of a network trained here, its name in the bundle; may be none

  int64_t columns() const { return reduction ? reduction->outputs() : dimension; }
};

constexpr const char* kReductionPrefix = "pca_";                // of BundlePart::reduction_file
constexpr const char* kNetworkWeights = "student.safetensors";  // BundlePart::weights_file

struct Bundle {
  std::vector<BundlePart> parts;
  // Columns of the (reduced) concatenation that the head uses; empty = all.
  std::vector<int64_t> selection;
  // The rows that chose them: "train", "val", "folds" or "test"; "" = not known.
  std::string selected_on;
  std::vector<float> mean, scale;  // x -> (x - mean) * scale before the head; empty = as they are
  Head head;
  Outputs outputs;                           // what the head's outputs mean
  double temperature = 1;                    // of the link; fitted on the validation rows
  std::map<std::string, double> validation;  // measures of the chosen head on the validation rows
  // The parts' own weight files, of a bundle that was loaded.
  std::vector<std::filesystem::path> weights;

  int64_t columns() const;  // of the parts side by side, reduced
};

// FOLDER/bundle.yaml, head.safetensors, the reductions and, with a selection, selection.csv.
// bundle.yaml comes last: with it the bundle is whole. The weight files of parts that name one must
// be there already.
void SaveBundle(const std::filesystem::path& folder, const Bundle& bundle);
bool HoldsBundle(const std::filesystem::path& folder);
// Removes what SaveBundle and SaveNetworkBundle put there, bundle.yaml first, and the folder if
// nothing else is in it.
void RemoveBundle(const std::filesystem::path& folder);
// Reads format versions 1 and 2. Throws InputError naming the file for anything missing, damaged,
// unknown or of a later version.
Bundle LoadBundle(const std::filesystem::path& folder);
// The same, of a head that tells good from bad; throws InputError for any other.
Bundle LoadVerdictBundle(const std::filesystem::path& folder);

struct Selection {
  std::vector<int64_t> columns;
  std::string selected_on;  // as in Bundle
};
// The column `index` of a selection file, each in [0, columns), and, where it is there,
// `selected_on` of its first row.
Selection ReadSelectionCsv(const std::filesystem::path& path, int64_t columns);

// Throws InputError naming the first part that differs, unless the stores are what the bundle was
// trained on.
void RequireSameExtractors(const Bundle& bundle, const std::vector<store::StoreInfo>& stores);

// Gives each model the part that it was fitted on. Throws InputError naming a model that fits none
// of the parts, or a part that two models fit.
void AttachReductions(const std::vector<std::filesystem::path>& models,
                      std::vector<BundlePart>& parts);
// The reduced parts side by side, rows x sum of outputs. `features` is the concatenation of all
// parts.
Matrix<float> Reduce(const std::vector<BundlePart>& parts, const Matrix<float>& features);
// The columns that the head uses, standardised: rows x head inputs. `features` is the concatenation
// of all parts.
Matrix<float> HeadInputs(const Bundle& bundle, const Matrix<float>& features);
// The answers [rows x outputs] of the head for each row of the concatenated features.
Matrix<double> AnswersOf(const Bundle& bundle, const Matrix<float>& features);
// Calibrated probability of good for each row of the concatenated features, of a verdict's bundle.
std::vector<double> Predict(const Bundle& bundle, const Matrix<float>& features);

}  // namespace kallos::model
