#include "lib/config/config.h"

#include <algorithm>
#include <map>

#include "lib/config/yaml_file.h"

namespace kallos {
namespace {

// What the command line gives, by field, before types are looked at.
struct Words {
  std::map<std::string, std::vector<std::string>> by_name;
  std::vector<std::string> positional;
};

Field* FindField(std::vector<Field>& fields, const std::string& name) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& f) { return f.name == name && !f.positional; });
  return found == fields.end() ? nullptr : &*found;
}

std::string UnknownFlag(const std::vector<Field>& fields, const std::string& name) {
  std::vector<std::string> names;
  for (const Field& field : fields) {
    if (!field.positional) names.push_back("--" + field.name);
  }
  return fmt::format("unknown flag '--{}'{}", name, DidYouMean("--" + name, names));
}

// Takes one flag at position i; returns how many words it used.
size_t TakeFlag(const std::vector<std::string>& arguments, size_t i, std::vector<Field>& fields,
                Words& words, Violations& violations) {
  const std::string body = arguments[i].substr(2);
  const size_t equals = body.find('=');
  const std::string name = body.substr(0, equals);
  if (name.starts_with("no-")) {
    const Field* negated = FindField(fields, name.substr(3));
    if (negated != nullptr && negated->is_bool && equals == std::string::npos) {
      if (words.by_name.contains(negated->name))
        violations.push_back(fmt::format("--{} is given twice", name));
      words.by_name[negated->name] = {"false"};
      return 1;
    }
  }
  const Field* field = FindField(fields, name);
  if (field == nullptr) {
    violations.push_back(UnknownFlag(fields, name));
    const bool has_value = equals == std::string::npos && i + 1 < arguments.size() &&
                           !arguments[i + 1].starts_with("--");
    return has_value ? 2 : 1;
  }
  std::vector<std::string>& texts = words.by_name[name];
  if (!field->is_list && !texts.empty())
    violations.push_back(fmt::format("--{} is given twice", name));
  if (equals != std::string::npos) {
    texts.push_back(body.substr(equals + 1));
    return 1;
  }
  if (field->is_bool) {
    texts.push_back("true");
    return 1;
  }
  if (i + 1 == arguments.size() || arguments[i + 1].starts_with("--")) {
    violations.push_back(fmt::format("--{} needs a value ({})", name, field->type));
    words.by_name.erase(name);
    return 1;
  }
  texts.push_back(arguments[i + 1]);
  return 2;
}

Words SortWords(const std::vector<std::string>& arguments, std::vector<Field>& fields,
                Violations& violations) {
  Words words;
  for (size_t i = 0; i < arguments.size();) {
    if (arguments[i] == "--") {
      words.positional.insert(words.positional.end(),
                              arguments.begin() + static_cast<ptrdiff_t>(i) + 1, arguments.end());
      break;
    }
    if (arguments[i].starts_with("--")) {
      i += TakeFlag(arguments, i, fields, words, violations);
    } else if (arguments[i].size() == 2 && arguments[i][0] == '-' &&
               std::isalpha(static_cast<unsigned char>(arguments[i][1])) != 0) {
      violations.push_back(
          fmt::format("unknown flag '{}'; flags are written --name", arguments[i++]));
    } else {
      words.positional.push_back(arguments[i++]);
    }
  }
  return words;
}

void AssignTexts(Field& field, std::vector<std::string> texts, Violations& violations) {
  if (field.is_list && (field.is_number || field.is_enum)) texts = Split(Join(texts, ","), ',');
  if (field.assign(texts)) {
    field.origin = Origin::kFlag;
  } else {
    field.unreadable = true;
    violations.push_back(fmt::format("{}{}: expected {}, found '{}'", field.positional ? "" : "--",
                                     field.name, field.type, Join(texts, ",")));
  }
}

void AssignPositional(const std::vector<std::string>& words, std::vector<Field>& fields,
                      Violations& violations) {
  size_t used = 0;
  for (Field& field : fields) {
    if (!field.positional || used == words.size()) continue;
    const size_t take = field.is_list ? words.size() - used : 1;
    const auto begin = words.begin() + static_cast<ptrdiff_t>(used);
    AssignTexts(field, {begin, begin + static_cast<ptrdiff_t>(take)}, violations);
    used += take;
  }
  for (; used < words.size(); ++used)
    violations.push_back(fmt::format("unexpected argument '{}'", words[used]));
}

std::string YamlScalar(const std::string& text, bool is_plain) {
  if (is_plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    quoted += control ? fmt::format("\\x{:02x}", c) : std::string(1, c);
  }
  return quoted + "\"";
}

std::string YamlValue(const Field& field) {
  const bool plain = field.is_number || field.is_bool;
  std::vector<std::string> texts = field.values();
  if (texts.empty()) return field.is_list ? "[]" : "";
  for (std::string& text : texts) text = YamlScalar(text, plain);
  return field.is_list ? "[" + Join(texts, ", ") + "]" : texts[0];
}

}  // namespace

void ParseConfig(std::vector<Field>& fields, const std::vector<std::string>& arguments,
                 Violations& violations) {
  const Words words = SortWords(arguments, fields, violations);
  const auto config = words.by_name.find("config");
  if (config != words.by_name.end()) ApplyYamlFile(config->second.back(), fields, violations);
  for (const auto& [name, texts] : words.by_name)
    AssignTexts(*FindField(fields, name), texts, violations);
  AssignPositional(words.positional, fields, violations);
}

void CheckRules(const std::vector<Field>& fields, Violations& violations) {
  for (const Field& field : fields) {
    if (field.unreadable) continue;
    const std::string shown = field.positional ? field.name : "--" + field.name;
    const std::vector<std::string> values = field.values();
    if (field.rule.required && (values.empty() || values[0].empty())) {
      violations.push_back(shown + " is required: " + field.help);
      continue;
    }
    for (const std::string& value : values) {
      if (!field.rule.holds(value)) {
        violations.push_back(fmt::format("{} = {}; must be {}", shown, value, field.rule.text));
      }
    }
  }
}

void ThrowIfAny(const Violations& violations) {
  if (violations.empty()) return;
  throw UsageError("{}",
                   violations.size() == 1 ? violations[0] : "\n  " + Join(violations, "\n  "));
}

std::string FormatConfig(const std::vector<Field>& fields, bool with_origin) {
  constexpr const char* kOrigins[] = {"default", "file", "flag"};
  std::string text;
  for (const Field& field : fields) {
    if (field.flag_only) continue;
    std::string line = field.name + ": " + YamlValue(field);
    if (with_origin)
      line = fmt::format("{:<40}  # {}", line, kOrigins[static_cast<size_t>(field.origin)]);
    text += line + "\n";
  }
  return text;
}

std::string FormatConfigWithout(std::vector<Field> fields, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const size_t removed =
        std::erase_if(fields, [&](const Field& field) { return field.name == name; });
    KALLOS_CHECK(removed == 1, "no field {}", name);
  }
  return FormatConfig(fields, false);
}

std::string FormatHelp(const std::vector<Field>& fields) {
  std::string text;
  for (const Field& field : fields) {
    std::string flag = field.positional ? field.name : "--" + field.name;
    if (!field.is_bool) flag += " <" + field.type + ">";
    if (field.is_list) flag += " ...";
    std::string notes = field.rule.text;
    if (!field.defaults.empty() && !field.defaults[0].empty() && !field.rule.required) {
      notes += fmt::format("{}default {}", notes.empty() ? "" : "; ", Join(field.defaults, ","));
    }
    text += fmt::format("  {}\n      {}{}\n", flag, field.help,
                        notes.empty() ? "" : " [" + notes + "]");
  }
  return text;
}

}  // namespace kallos
