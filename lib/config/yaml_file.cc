#include "lib/config/yaml_file.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "lib/core/file.h"

namespace kallos {
namespace {

constexpr size_t kMaxBytes = 1'000'000;

std::string Place(const std::string& file, const YAML::Mark& mark) {
  return fmt::format("{}:{}:{}", file, mark.line + 1, mark.column + 1);
}

// yaml-cpp resolves anchors and aliases silently and without bound: they are refused before anything is built from
// them.
class AnchorGuard : public YAML::EventHandler {
 public:
  AnchorGuard(std::string file, Violations& violations) : file_(std::move(file)), violations_(violations) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) violations_.push_back(Place(file_, mark) + ": a second document; keep one");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { Check(mark, anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { Check(mark, 1); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, const std::string&) override {
    Check(mark, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Check(mark, anchor);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Check(mark, anchor);
  }
  void OnMapEnd() override {}

 private:
  void Check(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0)
      violations_.push_back(Place(file_, mark) + ": anchors and aliases are not accepted; write the value out");
  }

  std::string file_;
  Violations& violations_;
  int documents_ = 0;
};

std::optional<std::vector<std::string>> Texts(const YAML::Node& node) {
  if (node.IsScalar()) return std::vector<std::string>{node.Scalar()};
  if (!node.IsSequence()) return std::nullopt;
  std::vector<std::string> texts;
  for (const YAML::Node& item : node) {
    if (!item.IsScalar()) return std::nullopt;
    texts.push_back(item.Scalar());
  }
  return texts;
}

void ApplyEntry(const std::string& file, const YAML::Node& key, const YAML::Node& value, std::vector<Field>& fields,
                Violations& violations) {
  const std::string place = Place(file, key.Mark());
  std::vector<std::string> names;
  for (const Field& field : fields) names.push_back(field.name);
  const auto found = std::find(names.begin(), names.end(), key.Scalar());
  if (found == names.end() || key.Scalar() == "config") {
    violations.push_back(fmt::format("{}: unknown key '{}'{}", place, key.Scalar(), DidYouMean(key.Scalar(), names)));
    return;
  }
  Field& field = fields[static_cast<size_t>(found - names.begin())];
  const std::optional<std::vector<std::string>> texts = Texts(value);
  if (!texts || (!field.is_list && value.IsSequence()) || !field.assign(*texts)) {
    violations.push_back(fmt::format("{}: {}: expected {}{}, found {}", place, field.name,
                                     field.is_list ? "a list of " : "", field.type,
                                     texts ? "'" + Join(*texts, ", ") + "'" : "no plain value"));
    return;
  }
  field.origin = Origin::kFile;
}

}  // namespace

void ApplyYamlFile(const std::filesystem::path& path, std::vector<Field>& fields, Violations& violations) {
  const std::string file = PathText(path);
  YAML::Node root;
  try {
    const std::string text = ReadFile(path, kMaxBytes);
    if (text.find('\0') != std::string::npos || !IsValidUtf8(text))
      throw UsageError("{}: not a text file in UTF-8", file);
    std::istringstream stream(text);
    AnchorGuard guard(file, violations);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(guard)) {
    }
    if (!violations.empty()) return;
    root = YAML::Load(text);
  } catch (const YAML::Exception& error) {
    violations.push_back(Place(file, error.mark) + ": not YAML: " + error.msg);
    return;
  } catch (const Error& error) {
    throw UsageError("--config: {}", error.what());
  }
  if (root.IsNull()) return;
  if (!root.IsMap()) {
    violations.push_back(file + ":1:1: expected 'key: value' lines");
    return;
  }
  std::set<std::string> seen;
  for (const auto& entry : root) {
    if (!entry.first.IsScalar()) {
      violations.push_back(Place(file, entry.first.Mark()) + ": a key must be a plain word");
    } else if (!seen.insert(entry.first.Scalar()).second) {
      violations.push_back(
          fmt::format("{}: key '{}' appears twice", Place(file, entry.first.Mark()), entry.first.Scalar()));
    } else {
      ApplyEntry(file, entry.first, entry.second, fields, violations);
    }
  }
}

}  // namespace kallos
