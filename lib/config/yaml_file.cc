#include "lib/config/yaml_file.h"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string_view>

#include "lib/core/file.h"

namespace kallos {
namespace {

constexpr size_t kMaxBytes = 1'000'000;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string Place(const std::string& file, const YAML::Mark& mark) {
  return fmt::format("{}:{}:{}", file, mark.line + 1, mark.column + 1);
}

// Whether the quoted text that starts at `begin` ends on the same line.
bool QuoteEndsOnItsLine(std::string_view text, size_t begin) {
  if (begin >= text.size() || (text[begin] != '\'' && text[begin] != '"')) return false;
  const char quote = text[begin];
  for (size_t i = begin + 1; i < text.size() && text[i] != '\n'; ++i) {
    const bool doubled = quote == '\'' && text.substr(i, 2) == "''";
    const bool escaped = quote == '"' && text[i] == '\\';
    if (text[i] == quote && !doubled) return true;
    if (doubled || escaped) ++i;
  }
  return false;
}

// Refuses what yaml-cpp takes silently, before anything is built from it: anchors and aliases
// (without bound), a second document (ignored), a quote that is never closed (swallows the keys
// below it).
class Guard : public YAML::EventHandler {
 public:
  Guard(std::string file, std::string_view text, Violations& violations)
      : file_(std::move(file)), text_(text), violations_(violations) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1)
      violations_.push_back(Place(file_, mark) + ": a second document; keep one");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { Check(mark, anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { Check(mark, 1); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string&) override {
    Check(mark, anchor);
    if (tag != "!" || anchor != 0 || QuoteEndsOnItsLine(text_, static_cast<size_t>(mark.pos)))
      return;
    violations_.push_back(Place(file_, mark) +
                          ": text that is not plain must be in quotes that close on their line");
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
    if (anchor == 0) return;
    violations_.push_back(Place(file_, mark) +
                          ": anchors and aliases are not accepted; write the value out");
  }

  std::string file_;
  std::string_view text_;
  Violations& violations_;
  int documents_ = 0;
};

// A plain scalar has the tag "?"; quotes make it "!", and a tag that the file writes is none of
// ours.
bool FitsType(const YAML::Node& node, const Field& field) {
  const bool plain_only = field.is_number || field.is_bool;
  return node.IsScalar() && (node.Tag() == "?" || (node.Tag() == "!" && !plain_only));
}

// The texts of a value; nothing where its shape is not the field's.
std::optional<std::vector<std::string>> Texts(const YAML::Node& node, const Field& field) {
  std::vector<std::string> texts;
  if (node.IsNull() && field.is_optional) return texts;
  if (!field.is_list)
    return FitsType(node, field) ? std::optional(std::vector{node.Scalar()}) : std::nullopt;
  if (!node.IsSequence()) return std::nullopt;
  for (const YAML::Node& item : node) {
    if (!FitsType(item, field)) return std::nullopt;
    texts.push_back(item.Scalar());
  }
  return texts;
}

std::string Shape(const YAML::Node& node) {
  if (node.IsNull()) return "nothing";
  if (node.IsMap()) return "a map";
  if (node.IsSequence()) return "a list";
  return (node.Tag() == "!" ? "quoted '" : "'") + node.Scalar() + "'";
}

// Fields that the file may set.
std::vector<std::string> Keys(const std::vector<Field>& fields) {
  std::vector<std::string> names;
  for (const Field& field : fields) names.push_back(field.flag_only ? "" : field.name);
  return names;
}

void ApplyEntry(const std::string& file, const YAML::Node& key, const YAML::Node& value,
                std::vector<Field>& fields, Violations& violations) {
  const std::string place = Place(file, key.Mark());
  const std::vector<std::string> names = Keys(fields);
  const auto found = std::find(names.begin(), names.end(), key.Scalar());
  if (found == names.end() || key.Scalar().empty()) {
    violations.push_back(fmt::format("{}: unknown key '{}'{}", place, key.Scalar(),
                                     DidYouMean(key.Scalar(), names)));
    return;
  }
  Field& field = fields[static_cast<size_t>(found - names.begin())];
  const std::optional<std::vector<std::string>> texts = Texts(value, field);
  if (!texts || !field.assign(*texts)) {
    field.unreadable = true;
    violations.push_back(
        fmt::format("{}: {}: expected {}{}, found {}", Place(file, value.Mark()), field.name,
                    field.is_list ? "a list of " : "", field.type,
                    texts && field.is_list ? "'" + Join(*texts, ", ") + "'" : Shape(value)));
    return;
  }
  field.origin = Origin::kFile;
}

}  // namespace

void ApplyYamlFile(const std::filesystem::path& path, std::vector<Field>& fields,
                   Violations& violations) {
  const std::string file = PathText(path);
  YAML::Node root;
  try {
    std::string text = ReadFile(path, kMaxBytes);
    if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
    if (text.find('\0') != std::string::npos || !IsValidUtf8(text))
      throw UsageError("{}: not a text file in UTF-8", file);
    std::istringstream stream(text);
    Guard guard(file, text, violations);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(guard)) {
    }
    if (!violations.empty()) return;
    root = YAML::Load(text);
  } catch (const YAML::DeepRecursion& error) {
    violations.push_back(Place(file, error.mark) +
                         ": nested too deeply; expected 'key: value' lines");
    return;
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
      violations.push_back(fmt::format("{}: key '{}' appears twice",
                                       Place(file, entry.first.Mark()), entry.first.Scalar()));
    } else {
      ApplyEntry(file, entry.first, entry.second, fields, violations);
    }
  }
}

}  // namespace kallos
