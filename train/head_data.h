// Which rows train and which validate, and what the head sees of them.
#pragma once

#include <string>
#include <vector>

#include "lib/core/matrix.h"
#include "lib/model/bundle.h"
#include "lib/store/joined.h"
#include "train/head_config.h"

namespace kallos::train {

struct HeadData {
  // Parts, selection and standardisation; a head only where --initial gives one.
  model::Bundle frame;
  Matrix<float> features;           // all labelled rows of train and val x head inputs
  std::vector<int> labels;          // by row
  std::vector<std::string> ids;     // by row
  std::vector<std::string> groups;  // by row, of the manifest; "" = a group of its own
  std::vector<size_t> train_rows, validation_rows;
  std::string key;  // SHA-256 of everything that decides the result, for resuming
};

// Which rows measure a head while it is made: those of split 'val', or (as published, and nothing
// that is measured on the same rows afterwards is honest) those of 'test', benchmarks included,
// where 'val' trains too.
enum class Measured { kValidation, kTest };

// Rows of split 'train' (or without a split) train, 'val' validates; where there is no 'val', a
// stratified, group-disjoint part of the training rows does. Test and benchmark rows are never
// looked at, unless asked for. Throws InputError for a class without rows, a feature that is no
// finite number (naming store, id and column), and an initial bundle of other extractors, columns
// or layers. The same features may serve many times; those that are moved here are not copied.
HeadData MakeHeadData(const store::JoinedFeatures& joined, const HeadFiles& files,
                      const HeadSettings& settings, uint64_t seed,
                      Measured measured = Measured::kValidation);
HeadData MakeHeadData(store::JoinedFeatures&& joined, const HeadFiles& files,
                      const HeadSettings& settings, uint64_t seed,
                      Measured measured = Measured::kValidation);
// The same from the stores on disk.
HeadData LoadHeadData(const HeadConfig& config, uint64_t seed,
                      Measured measured = Measured::kValidation);

// Throws InputError unless both classes are among the rows, which are called `what` ("training").
void RequireBothClasses(const std::vector<int>& labels, const std::vector<size_t>& rows,
                        const std::string& what);

// The given rows of a matrix, in that order.
Matrix<float> RowsOf(const Matrix<float>& all, const std::vector<size_t>& rows);

}  // namespace kallos::train
