// bundle.yaml and the files that it names (docs/formats.md).
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "lib/config/config.h"
#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/text.h"
#include "lib/model/bundle.h"
#include "lib/weights/safetensors.h"

namespace kallos::model {
namespace {

constexpr int kFormatVersion = 2;  // 1 has no link: its heads tell good from bad
constexpr const char* kIndex = "bundle.yaml";
constexpr const char* kTensors = "head.safetensors";
constexpr const char* kSelection = "selection.csv";
constexpr double kThreshold = 0.5;  // of the probability of good, above which the verdict is good
constexpr size_t kMaxIndexBytes = 4'000'000;

void EmitPart(const BundlePart& part, const fs::path& folder, YAML::Emitter& out) {
  const auto emit = [&out](const char* key, const auto& value) {
    out << YAML::Key << key << YAML::Value << value;
  };
  out << YAML::BeginMap;
  emit("extractor", part.extractor);
  out << YAML::Key << "description" << YAML::Value << YAML::DoubleQuoted << part.description;
  emit("fingerprint", part.fingerprint);
  emit("dimension", part.dimension);
  if (part.reduction) {
    emit("reduction", part.reduction_file);
    emit("reduction_sha256", Sha256OfFile(folder / part.reduction_file));
  }
  if (!part.weights_file.empty()) {
    emit("weights", part.weights_file);
    emit("weights_sha256", Sha256OfFile(folder / part.weights_file));
  }
  out << YAML::EndMap;
}

std::string FormatIndex(const Bundle& bundle, const fs::path& folder) {
  YAML::Emitter out;
  const auto emit = [&out](const char* key, const auto& value) {
    out << YAML::Key << key << YAML::Value << value;
  };
  out << YAML::BeginMap;
  emit("format_version", kFormatVersion);
  emit("link", EnumName(bundle.outputs.link));
  out << YAML::Key << "labels" << YAML::Value << YAML::Flow << bundle.outputs.labels;
  out << YAML::Key << "extractors" << YAML::Value << YAML::BeginSeq;
  for (const BundlePart& part : bundle.parts) EmitPart(part, folder, out);
  out << YAML::EndSeq;
  emit("selected_columns", bundle.selection.size());
  if (!bundle.selection.empty()) emit("selection_sha256", Sha256OfFile(folder / kSelection));
  emit("standardized", !bundle.mean.empty());
  if (IsVerdict(bundle.outputs)) emit("threshold", FormatDouble(kThreshold));
  if (bundle.outputs.link != Link::kIdentity) emit("temperature", FormatDouble(bundle.temperature));
  out << YAML::Key << "validation" << YAML::Value << YAML::BeginMap;
  for (const auto& [name, value] : bundle.validation) emit(name.c_str(), FormatDouble(value));
  out << YAML::EndMap;
  emit("head_sha256", Sha256OfFile(folder / kTensors));
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

double Number(const YAML::Node& node, const std::string& where) {
  const std::optional<double> value = node.IsScalar() ? ParseDouble(node.Scalar()) : std::nullopt;
  if (!value || !std::isfinite(*value)) throw InputError("{}: expected a number", where);
  return *value;
}

// A map of bundle.yaml, whose keys must be known.
class IndexMap {
 public:
  IndexMap(YAML::Node map, std::string where) : map_(std::move(map)), where_(std::move(where)) {
    if (!map_.IsMap()) throw InputError("{}: expected a map; the bundle is damaged", where_);
  }

  // Throws InputError naming the first key that is none of these.
  void RequireKeys(const std::set<std::string>& known) const {
    for (const auto& entry : map_) {
      if (!known.contains(entry.first.Scalar()))
        throw InputError(
            "{}: unknown key '{}'; another version of Kallos wrote it, or the bundle is damaged",
            where_, entry.first.Scalar());
    }
  }

  bool Has(const char* key) const { return map_[key].IsDefined(); }

  YAML::Node Node(const char* key) const {
    if (!Has(key)) throw InputError("{}: '{}' is missing; the bundle is damaged", where_, key);
    return map_[key];
  }

  template <typename T>
  T Get(const char* key) const {
    try {
      return Node(key).template as<T>();
    } catch (const YAML::Exception&) {
      throw InputError("{}: cannot read the value of '{}'; the bundle is damaged", where_, key);
    }
  }

  double Double(const char* key) const { return Number(Node(key), where_ + ": " + key); }

  // The name of a file of the bundle, without its folder: a name reaches no file outside.
  std::string FileName(const char* key) const {
    return fs::path(Get<std::string>(key)).filename().string();
  }

 private:
  YAML::Node map_;
  std::string where_;
};

void RequireHash(const fs::path& file, const std::string& sha256) {
  if (!fs::exists(file))
    throw InputError("{}: no such file; the bundle is damaged", PathText(file));
  if (Sha256OfFile(file) != sha256)
    throw InputError("{}: damaged or not of this bundle (its hash differs from bundle.yaml)",
                     PathText(file));
}

BundlePart ReadPart(const IndexMap& map, const fs::path& folder) {
  map.RequireKeys({"extractor", "description", "fingerprint", "dimension", "reduction",
                   "reduction_sha256", "weights", "weights_sha256"});
  BundlePart part{map.Get<std::string>("extractor"), map.Get<std::string>("description"),
                  map.Get<std::string>("fingerprint"), map.Get<int64_t>("dimension")};
  if (map.Has("weights")) {
    part.weights_file = map.FileName("weights");
    RequireHash(folder / part.weights_file, map.Get<std::string>("weights_sha256"));
  }
  if (!map.Has("reduction")) return part;
  part.reduction_file = map.FileName("reduction");
  const fs::path file = folder / part.reduction_file;
  RequireHash(file, map.Get<std::string>("reduction_sha256"));
  part.reduction = std::make_shared<Reduction>(ReadReduction(file));
  if (part.reduction->inputs() != part.dimension)
    throw InputError("{}: takes {} columns, the extractor gives {}", PathText(file),
                     part.reduction->inputs(), part.dimension);
  return part;
}

Outputs ReadOutputs(const IndexMap& map, int version, const std::string& name) {
  Outputs outputs;
  outputs.labels = map.Get<std::vector<std::string>>("labels");
  if (version >= 2) {
    const auto link = map.Get<std::string>("link");
    const std::optional<Link> known = ValueText<Link>::Parse(link);
    if (!known) throw InputError("{}: link '{}'; known: {}", name, link, ValueText<Link>::Type());
    outputs.link = *known;
  } else if (!IsVerdict(outputs)) {
    throw InputError("{}: labels [{}]; in format version 1 they must be [bad, good]", name,
                     Join(outputs.labels, ", "));
  }
  if (std::set(outputs.labels.begin(), outputs.labels.end()).size() != outputs.labels.size() ||
      outputs.labels.empty())
    throw InputError("{}: labels [{}]; expected one or more, all different", name,
                     Join(outputs.labels, ", "));
  return outputs;
}

double ReadTemperature(const IndexMap& map, const std::string& name) {
  const double temperature = map.Double("temperature");
  if (temperature <= 0) throw InputError("{}: temperature must be above 0", name);
  return temperature;
}

void RequireThreshold(const IndexMap& map, const std::string& name) {
  const double threshold = map.Double("threshold");
  if (threshold == kThreshold) return;
  throw InputError(
      "{}: threshold {}; this program's verdict is the likelier class, so it must be "
      "{}",
      name, threshold, kThreshold);
}

std::set<std::string> KeysOf(int version, const Outputs& outputs) {
  std::set<std::string> keys = {"format_version",   "labels",           "extractors",
                                "selected_columns", "selection_sha256", "standardized",
                                "validation",       "head_sha256"};
  if (version >= 2) keys.insert("link");
  if (IsVerdict(outputs)) keys.insert("threshold");
  if (outputs.link != Link::kIdentity) keys.insert("temperature");
  return keys;
}

int ReadVersion(const IndexMap& map, const std::string& name) {
  const int version = map.Get<int>("format_version");
  if (version >= 1 && version <= kFormatVersion) return version;
  throw InputError(
      "{}: format version {}, this program reads 1 to {}; take the program that wrote "
      "it, or a later one",
      name, version, kFormatVersion);
}

// bundle.yaml, and that the other files are those that it names.
struct Index {
  Bundle bundle;        // without head and selection
  size_t selected = 0;  // columns; 0 = all
  bool standardized = false;
};

Index ReadIndex(const fs::path& folder, const std::string& name) {
  const IndexMap map(YAML::Load(ReadFile(folder / kIndex, kMaxIndexBytes)), name);
  const int version = ReadVersion(map, name);
  Index index;
  Bundle& bundle = index.bundle;
  bundle.outputs = ReadOutputs(map, version, name);
  map.RequireKeys(KeysOf(version, bundle.outputs));
  if (IsVerdict(bundle.outputs)) RequireThreshold(map, name);
  if (bundle.outputs.link != Link::kIdentity) bundle.temperature = ReadTemperature(map, name);
  for (const YAML::Node& node : map.Node("extractors")) {
    bundle.parts.push_back(ReadPart(IndexMap(node, name + ": extractors"), folder));
    if (!bundle.parts.back().weights_file.empty())
      bundle.weights.push_back(folder / bundle.parts.back().weights_file);
  }
  for (const auto& entry : map.Node("validation"))
    bundle.validation[entry.first.Scalar()] = Number(entry.second, name + ": validation");
  index.standardized = map.Get<bool>("standardized");
  index.selected = map.Get<size_t>("selected_columns");
  RequireHash(folder / kTensors, map.Get<std::string>("head_sha256"));
  if (index.selected > 0)
    RequireHash(folder / kSelection, map.Get<std::string>("selection_sha256"));
  return index;
}

// Names YAML's own faults, and the folder inside that was perhaps meant.
Index OpenIndex(const fs::path& folder) {
  const std::string name = PathText(folder / kIndex);
  if (!HoldsBundle(folder)) {
    const fs::path inside = folder / "bundle";  // where trainings put it
    const std::string hint =
        HoldsBundle(inside) ? fmt::format(", did you mean {}?", PathText(inside)) : "";
    throw InputError("{}: no such file; {} is no model bundle{}", name, PathText(folder), hint);
  }
  try {
    return ReadIndex(folder, name);
  } catch (const YAML::Exception& error) {
    throw InputError("{}: {}; the bundle is damaged", name, error.what());
  }
}

std::vector<float> OptionalVector(const std::vector<weights::Tensor>& tensors,
                                  const std::string& name) {
  const auto found = std::ranges::find(tensors, name, &weights::Tensor::name);
  return found == tensors.end() ? std::vector<float>() : found->values;
}

weights::Tensor VectorTensor(const std::string& name, const std::vector<float>& values) {
  return {name, "", weights::Dtype::kFloat32, {std::ssize(values)}, values};
}

// Throws InputError naming `file` unless the head fits what is before it and its labels.
void RequireFit(const Bundle& bundle, bool standardized, const std::string& file) {
  const size_t inputs =
      bundle.selection.empty() ? static_cast<size_t>(bundle.columns()) : bundle.selection.size();
  if (InputsOf(bundle.head) != inputs)
    throw InputError("{}: the head takes {} inputs, the bundle's extractors give {}", file,
                     InputsOf(bundle.head), inputs);
  const size_t moments = standardized ? inputs : 0;
  if (bundle.mean.size() != moments || bundle.scale.size() != moments)
    throw InputError("{}: input/mean has {} numbers and input/scale {}; expected {}", file,
                     bundle.mean.size(), bundle.scale.size(), moments);
  if (OutputsOf(bundle.head) != bundle.outputs.labels.size())
    throw InputError("{}: the head gives {} outputs, bundle.yaml has {} labels", file,
                     OutputsOf(bundle.head), bundle.outputs.labels.size());
}

}  // namespace

Selection ReadSelectionCsv(const fs::path& path, int64_t columns) {
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

void SaveBundle(const fs::path& folder, const Bundle& bundle) {
  KALLOS_CHECK(OutputsOf(bundle.head) == bundle.outputs.labels.size());
  std::vector<weights::Tensor> tensors = HeadTensors(bundle.head);
  if (!bundle.mean.empty()) {
    tensors.push_back(VectorTensor("input/mean", bundle.mean));
    tensors.push_back(VectorTensor("input/scale", bundle.scale));
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
    if (name.starts_with(kReductionPrefix) && name.ends_with(".h5")) parts.push_back(entry.path());
  }
  for (const fs::path& part : parts) fs::remove(part);
  std::error_code not_empty;
  fs::remove(folder, not_empty);
}

Bundle LoadBundle(const fs::path& folder) {
  auto [bundle, selected, standardized] = OpenIndex(folder);
  if (selected > 0) {
    Selection selection = ReadSelectionCsv(folder / kSelection, bundle.columns());
    bundle.selection = std::move(selection.columns);
    bundle.selected_on = std::move(selection.selected_on);
  }
  const std::string name = PathText(folder / kTensors);
  if (bundle.selection.size() != selected)
    throw InputError("{}: has {} columns, bundle.yaml says {}", PathText(folder / kSelection),
                     bundle.selection.size(), selected);
  const std::vector<weights::Tensor> tensors = weights::ReadTensorFile(folder / kTensors).tensors;
  bundle.head = HeadFromTensors(tensors, name);
  bundle.mean = OptionalVector(tensors, "input/mean");
  bundle.scale = OptionalVector(tensors, "input/scale");
  RequireFit(bundle, standardized, name);
  return bundle;
}

Bundle LoadVerdictBundle(const fs::path& folder) {
  Bundle bundle = LoadBundle(folder);
  if (IsVerdict(bundle.outputs)) return bundle;
  throw InputError("{}: its head gives the {}; this command takes a head that gives the {}",
                   PathText(folder), TextOf(bundle.outputs), TextOf(Outputs{}));
}

}  // namespace kallos::model
