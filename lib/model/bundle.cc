#include "lib/model/bundle.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/text.h"
#include "lib/weights/safetensors.h"

namespace kallos::model {
namespace {

constexpr int kFormatVersion = 1;
constexpr const char* kIndex = "bundle.yaml";
constexpr const char* kTensors = "head.safetensors";
constexpr const char* kSelection = "selection.csv";
constexpr const char* kReduction = "pca_";  // what the names of reductions begin with
constexpr double kThreshold = 0.5;  // of the probability of good, above which the verdict is good
constexpr size_t kMaxIndexBytes = 4'000'000;
const std::vector<std::string> kLabels = {"bad", "good"};

std::string FormatIndex(const Bundle& bundle, const fs::path& folder) {
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "format_version" << YAML::Value << kFormatVersion;
  out << YAML::Key << "labels" << YAML::Value << YAML::Flow << kLabels;
  out << YAML::Key << "extractors" << YAML::Value << YAML::BeginSeq;
  for (const BundlePart& part : bundle.parts) {
    out << YAML::BeginMap << YAML::Key << "extractor" << YAML::Value << part.extractor << YAML::Key
        << "description" << YAML::Value << YAML::DoubleQuoted << part.description << YAML::Key
        << "fingerprint" << YAML::Value << part.fingerprint << YAML::Key << "dimension"
        << YAML::Value << part.dimension;
    if (part.reduction) {
      out << YAML::Key << "reduction" << YAML::Value << part.reduction_file << YAML::Key
          << "reduction_sha256" << YAML::Value << Sha256OfFile(folder / part.reduction_file);
    }
    if (!part.weights_file.empty()) {
      out << YAML::Key << "weights" << YAML::Value << part.weights_file << YAML::Key
          << "weights_sha256" << YAML::Value << Sha256OfFile(folder / part.weights_file);
    }
    out << YAML::EndMap;
  }
  out << YAML::EndSeq << YAML::Key << "selected_columns" << YAML::Value << bundle.selection.size();
  if (!bundle.selection.empty())
    out << YAML::Key << "selection_sha256" << YAML::Value << Sha256OfFile(folder / kSelection);
  out << YAML::Key << "standardized" << YAML::Value << !bundle.mean.empty();
  out << YAML::Key << "threshold" << YAML::Value << FormatDouble(kThreshold);
  out << YAML::Key << "temperature" << YAML::Value << FormatDouble(bundle.temperature);
  out << YAML::Key << "validation" << YAML::Value << YAML::BeginMap;
  for (const auto& [name, value] : bundle.validation)
    out << YAML::Key << name << YAML::Value << FormatDouble(value);
  out << YAML::EndMap << YAML::Key << "head_sha256" << YAML::Value
      << Sha256OfFile(folder / kTensors) << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

double Number(const YAML::Node& node, const std::string& where) {
  const std::optional<double> value = node.IsScalar() ? ParseDouble(node.Scalar()) : std::nullopt;
  if (!value || !std::isfinite(*value)) throw InputError("{}: expected a number", where);
  return *value;
}

void RequireHash(const fs::path& file, const std::string& sha256) {
  if (!fs::exists(file))
    throw InputError("{}: no such file; the bundle is damaged", PathText(file));
  if (Sha256OfFile(file) != sha256)
    throw InputError("{}: damaged or not of this bundle (its hash differs from bundle.yaml)",
                     PathText(file));
}

BundlePart ReadPart(const YAML::Node& node, const fs::path& folder) {
  BundlePart part{node["extractor"].as<std::string>(), node["description"].as<std::string>(),
                  node["fingerprint"].as<std::string>(), node["dimension"].as<int64_t>()};
  if (node["weights"]) {
    part.weights_file = fs::path(node["weights"].as<std::string>()).filename().string();
    RequireHash(folder / part.weights_file, node["weights_sha256"].as<std::string>());
  }
  if (!node["reduction"]) return part;
  part.reduction_file = node["reduction"].as<std::string>();
  const fs::path file = folder / fs::path(part.reduction_file).filename();
  RequireHash(file, node["reduction_sha256"].as<std::string>());
  part.reduction = std::make_shared<Reduction>(ReadReduction(file));
  if (part.reduction->inputs() != part.dimension)
    throw InputError("{}: takes {} columns, the extractor gives {}", PathText(file),
                     part.reduction->inputs(), part.dimension);
  return part;
}

void ReadIndex(const fs::path& folder, Bundle& bundle, size_t& selected) {
  const std::string name = PathText(folder / kIndex);
  if (!HoldsBundle(folder)) {
    const fs::path inside = folder / "bundle";  // where trainings put it
    const std::string hint =
        HoldsBundle(inside) ? fmt::format(", did you mean {}?", PathText(inside)) : "";
    throw InputError("{}: no such file; {} is no model bundle{}", name, PathText(folder), hint);
  }
  try {
    const YAML::Node root = YAML::Load(ReadFile(folder / kIndex, kMaxIndexBytes));
    if (!root.IsMap()) throw InputError("{}: expected a map", name);
    const int version = root["format_version"].as<int>();
    if (version != kFormatVersion)
      throw InputError("{}: format version {}, this program reads {}", name, version,
                       kFormatVersion);
    for (const YAML::Node& part : root["extractors"]) {
      bundle.parts.push_back(ReadPart(part, folder));
      if (!bundle.parts.back().weights_file.empty())
        bundle.weights.push_back(folder / bundle.parts.back().weights_file);
    }
    if (root["labels"].as<std::vector<std::string>>() != kLabels) {
      throw InputError(
          "{}: labels [{}]; this program's class 0 is bad and 1 is good, so they must be [{}]",
          name, Join(root["labels"].as<std::vector<std::string>>(), ", "), Join(kLabels, ", "));
    }
    bundle.temperature = Number(root["temperature"], name + ": temperature");
    if (Number(root["threshold"], name + ": threshold") != kThreshold)
      throw InputError(
          "{}: threshold {}; this program's verdict is the likelier class, so it must be {}", name,
          root["threshold"].Scalar(), kThreshold);
    if (bundle.temperature <= 0) throw InputError("{}: temperature must be above 0", name);
    for (const auto& entry : root["validation"])
      bundle.validation[entry.first.Scalar()] = Number(entry.second, name + ": validation");
    selected = root["selected_columns"].as<size_t>();
    RequireHash(folder / kTensors, root["head_sha256"].as<std::string>());
    if (selected > 0) RequireHash(folder / kSelection, root["selection_sha256"].as<std::string>());
  } catch (const YAML::Exception& error) {
    throw InputError("{}: {}; the bundle is damaged", name, error.what());
  }
}

Selection ReadSelection(const fs::path& path, int64_t columns) {
  const CsvTable table = ReadCsv(path);
  const std::optional<size_t> index = table.Find("index");
  if (!index) throw InputError("{}: column 'index' is missing", PathText(path));
  Selection selection;
  std::set<int64_t> seen;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const std::optional<int64_t> value = ParseInt(table.rows[i][*index]);
    if (!value || *value < 0 || *value >= columns) {
      throw InputError("{}:{}: index '{}' is not in [0, {})", PathText(path), table.lines[i],
                       table.rows[i][*index], columns);
    }
    if (!seen.insert(*value).second)
      throw InputError("{}:{}: index {} stands there twice", PathText(path), table.lines[i],
                       *value);
    selection.columns.push_back(*value);
  }
  const std::optional<size_t> selected_on = table.Find("selected_on");
  if (selected_on && !table.rows.empty()) selection.selected_on = table.rows[0][*selected_on];
  return selection;
}

std::vector<float> OptionalVector(const std::vector<weights::Tensor>& tensors,
                                  const std::string& name) {
  for (const weights::Tensor& tensor : tensors) {
    if (tensor.name == name) return tensor.values;
  }
  return {};
}

// Unlike those of the other parts.
std::string ReductionName(const fs::path& path, const std::vector<BundlePart>& parts) {
  std::string name = path.filename().string();
  if (!name.starts_with(kReduction)) name = kReduction + name;
  while (std::ranges::any_of(parts,
                             [&](const BundlePart& part) { return part.reduction_file == name; }))
    name = kReduction + name;
  return name;
}

}  // namespace

int64_t Bundle::columns() const {
  int64_t columns = 0;
  for (const BundlePart& part : parts) columns += part.outputs();
  return columns;
}

Selection ReadSelectionCsv(const fs::path& path, int64_t columns) {
  return ReadSelection(path, columns);
}

void SaveBundle(const fs::path& folder, const Bundle& bundle) {
  std::vector<weights::Tensor> tensors = HeadTensors(bundle.head);
  if (!bundle.mean.empty()) {
    tensors.push_back({"input/mean",
                       "",
                       weights::Dtype::kFloat32,
                       {static_cast<int64_t>(bundle.mean.size())},
                       bundle.mean});
    tensors.push_back({"input/scale",
                       "",
                       weights::Dtype::kFloat32,
                       {static_cast<int64_t>(bundle.scale.size())},
                       bundle.scale});
  }
  weights::WriteSafetensors(folder / kTensors, tensors, {{"format", "kallos-head"}});
  if (!bundle.selection.empty()) {
    CsvTable table{{"index", "selected_on"}, {}, {}};
    for (const int64_t column : bundle.selection)
      table.rows.push_back({std::to_string(column), bundle.selected_on});
    WriteCsv(folder / kSelection, table);
  }
  for (const BundlePart& part : bundle.parts) {
    if (part.reduction) WriteReduction(folder / part.reduction_file, *part.reduction);
  }
  CrashPoint("before_bundle_index");
  PublishBytes(folder / kIndex, FormatIndex(bundle, folder));
}

bool HoldsBundle(const fs::path& folder) {
  return fs::exists(folder / kIndex);
}

void RemoveBundle(const fs::path& folder) {
  fs::remove(folder / kIndex);
  std::error_code none;
  std::vector<fs::path> parts = {folder / kTensors, folder / kSelection, folder / kNetworkWeights};
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kReduction) && name.ends_with(".h5")) parts.push_back(entry.path());
  }
  for (const fs::path& part : parts) fs::remove(part);
  std::error_code not_empty;
  fs::remove(folder, not_empty);
}

Bundle LoadBundle(const fs::path& folder) {
  Bundle bundle;
  size_t selected = 0;
  ReadIndex(folder, bundle, selected);
  if (selected > 0) {
    Selection selection = ReadSelection(folder / kSelection, bundle.columns());
    bundle.selection = std::move(selection.columns);
    bundle.selected_on = std::move(selection.selected_on);
  }
  const std::string name = PathText(folder / kTensors);
  const std::vector<weights::Tensor> tensors = weights::ReadTensorFile(folder / kTensors).tensors;
  bundle.head = HeadFromTensors(tensors, name);
  bundle.mean = OptionalVector(tensors, "input/mean");
  bundle.scale = OptionalVector(tensors, "input/scale");
  const size_t inputs =
      selected > 0 ? bundle.selection.size() : static_cast<size_t>(bundle.columns());
  if (bundle.head[0].kernel.rows() != inputs || bundle.mean.size() != bundle.scale.size() ||
      (!bundle.mean.empty() && bundle.mean.size() != inputs)) {
    throw InputError("{}: the head takes {} inputs, the bundle's extractors give {}", name,
                     bundle.head[0].kernel.rows(), inputs);
  }
  return bundle;
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

void AttachReductions(const std::vector<fs::path>& models, std::vector<BundlePart>& parts) {
  for (const fs::path& path : models) {
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
  for (const BundlePart& part : parts) columns += static_cast<size_t>(part.outputs());
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
  Matrix<float> inputs(features.rows(), bundle.head[0].kernel.rows());
  for (size_t i = 0; i < features.rows(); ++i) {
    for (size_t j = 0; j < inputs.columns(); ++j) {
      const float x =
          features(i, bundle.selection.empty() ? j : static_cast<size_t>(bundle.selection[j]));
      inputs(i, j) = bundle.mean.empty() ? x : (x - bundle.mean[j]) * bundle.scale[j];
    }
  }
  return inputs;
}

std::vector<double> Predict(const Bundle& bundle, const Matrix<float>& features) {
  return ProbabilityOfGood(HeadLogits(bundle.head, HeadInputs(bundle, features).View()),
                           bundle.temperature);
}

}  // namespace kallos::model
