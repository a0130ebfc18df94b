#include "lib/model/bundle.h"

#include <algorithm>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::model {
namespace {

// Unlike those of the other parts.
std::string ReductionName(const std::filesystem::path& path, const std::vector<BundlePart>& parts) {
  std::string name = path.filename().string();
  if (!name.starts_with(kReductionPrefix)) name = kReductionPrefix + name;
  while (std::ranges::any_of(parts,
                             [&](const BundlePart& part) { return part.reduction_file == name; }))
    name = kReductionPrefix + name;
  return name;
}

}  // namespace

int64_t Bundle::columns() const {
  int64_t columns = 0;
  for (const BundlePart& part : parts) columns += part.columns();
  return columns;
}

void RequireSameExtractors(const Bundle& bundle, const std::vector<store::StoreInfo>& stores) {
  if (stores.size() != bundle.parts.size()) {
    throw InputError(
        "the bundle was trained on {} feature stores, {} are given; give --features in the order "
        "of training",
        bundle.parts.size(), stores.size());
  }
  for (size_t i = 0; i < stores.size(); ++i) {
    if (stores[i].fingerprint == bundle.parts[i].fingerprint) continue;
    throw InputError(
        "feature store {} was made otherwise than the bundle's:\n  store:  {}\n  bundle: {}", i + 1,
        stores[i].description, bundle.parts[i].description);
  }
}

void AttachReductions(const std::vector<std::filesystem::path>& models,
                      std::vector<BundlePart>& parts) {
  for (const std::filesystem::path& path : models) {
    auto model = std::make_shared<Reduction>(ReadReduction(path));
    std::vector<std::string> known;
    BundlePart* match = nullptr;
    for (BundlePart& part : parts) {
      known.push_back(part.extractor);
      if (part.fingerprint == model->source.fingerprint) match = &part;
    }
    if (match == nullptr) {
      throw InputError(
          "{}: was fitted on {} (fingerprint {}), which is none of the features given: {}",
          PathText(path), model->source.extractor, model->source.fingerprint, Join(known, ", "));
    }
    if (match->reduction) {
      throw InputError("{} and {} both reduce the features of {}; give one of them",
                       match->reduction_file, PathText(path), match->extractor);
    }
    match->reduction = std::move(model);
    match->reduction_file = ReductionName(path, parts);
  }
}

Matrix<float> Reduce(const std::vector<BundlePart>& parts, const Matrix<float>& features) {
  size_t columns = 0;
  for (const BundlePart& part : parts) columns += static_cast<size_t>(part.columns());
  Matrix<float> out(features.rows(), columns);
  size_t from = 0, to = 0;
  for (const BundlePart& part : parts) {
    const auto width = static_cast<size_t>(part.dimension);
    Matrix<float> own(features.rows(), width);
    for (size_t i = 0; i < own.rows(); ++i)
      std::ranges::copy(features.Row(i).subspan(from, width), own.Row(i).begin());
    if (part.reduction) own = Transform(*part.reduction, std::as_const(own).View());
    for (size_t i = 0; i < own.rows(); ++i)
      std::ranges::copy(own.Row(i), out.Row(i).begin() + static_cast<ptrdiff_t>(to));
    from += width;
    to += own.columns();
  }
  KALLOS_CHECK(from == features.columns());
  return out;
}

Matrix<float> HeadInputs(const Bundle& bundle, const Matrix<float>& concatenation) {
  const Matrix<float> features = Reduce(bundle.parts, concatenation);
  Matrix<float> inputs(features.rows(), InputsOf(bundle.head));
  for (size_t i = 0; i < features.rows(); ++i) {
    for (size_t j = 0; j < inputs.columns(); ++j) {
      const float x =
          features(i, bundle.selection.empty() ? j : static_cast<size_t>(bundle.selection[j]));
      inputs(i, j) = bundle.mean.empty() ? x : (x - bundle.mean[j]) * bundle.scale[j];
    }
  }
  return inputs;
}

Matrix<double> AnswersOf(const Bundle& bundle, const Matrix<float>& features) {
  return Answers(HeadOutputs(bundle.head, HeadInputs(bundle, features).View()), bundle.outputs.link,
                 bundle.temperature);
}

std::vector<double> Predict(const Bundle& bundle, const Matrix<float>& features) {
  KALLOS_CHECK(IsVerdict(bundle.outputs));
  const Matrix<double> answers = AnswersOf(bundle, features);
  std::vector<double> good;
  for (size_t i = 0; i < answers.rows(); ++i) good.push_back(answers(i, 1));
  return good;
}

}  // namespace kallos::model
