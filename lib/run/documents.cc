#include "lib/run/documents.h"

#include <map>

namespace kallos {
namespace {

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

std::string DefaultOf(const Field& field) {
  return field.rule.required ? "" : Join(field.defaults, ",");
}

// ---- man ----

// Text of a roff line: a backslash and a hyphen are commands there, a dot in front is a request.
std::string Roff(const std::string& text) {
  const std::string escaped = Replaced(Replaced(text, "\\", "\\e"), "-", "\\-");
  return escaped.starts_with('.') || escaped.starts_with('\'') ? "\\&" + escaped : escaped;
}

std::string RoffField(const Field& field) {
  std::string notes = field.rule.text;
  if (const std::string value = DefaultOf(field); !value.empty())
    notes += (notes.empty() ? "default " : "; default ") + value;
  const std::string value =
      field.is_bool ? "" : " \\fI" + Roff(field.type) + "\\fR" + (field.is_list ? " ..." : "");
  return fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", Roff((field.positional ? "" : "--") + field.name),
                     value, Roff(field.help + (notes.empty() ? "" : " [" + notes + "]")));
}

std::string RoffFields(const std::vector<Field>& fields) {
  std::string text;
  for (const Field& field : fields) text += RoffField(field);
  return text;
}

std::string Usage(const std::string& program, const CommandPage& command) {
  std::string usage = program + (command.name.empty() ? "" : " " + command.name);
  for (const Field& field : command.fields) {
    if (field.positional) usage += " " + field.name + (field.is_list ? "..." : "");
  }
  return usage + " [FLAGS]";
}

// ---- Markdown ----

std::string Cell(const std::string& text) {
  return Replaced(Replaced(Replaced(text, "|", "\\|"), "<", "\\<"), "*", "\\*");
}

std::string MarkdownTable(const std::vector<Field>& fields) {
  std::string text = "| flag | type | default | range | meaning |\n|---|---|---|---|---|\n";
  for (const Field& field : fields) {
    const std::string name = (field.positional ? "" : "--") + field.name;
    const std::string value = DefaultOf(field);
    text += fmt::format("| `{}` | {}{} | {} | {} | {} |\n", name, Cell(field.type),
                        field.is_list ? " ..." : "", value.empty() ? "" : "`" + value + "`",
                        Cell(field.rule.text), Cell(field.help));
  }
  return text;
}

}  // namespace

std::string FormatMan(const ProgramPage& program) {
  std::string text = fmt::format(
      ".\\\" Made by {0} --describe man.\n.TH {1} 1 \"\" \"Kallos {2}\" \"User Commands\"\n"
      ".SH NAME\n{3} \\- {4}\n.SH SYNOPSIS\n",
      program.name, Roff(program.name), program.version, Roff(program.name),
      Roff(program.description));
  for (const CommandPage& command : program.commands)
    text += ".B " + Roff(Usage(program.name, command)) + "\n.br\n";
  text += ".SH COMMANDS\n";
  for (const CommandPage& command : program.commands) {
    const bool single = command.name.empty();
    text += ".SS " + Roff(single ? program.name : command.name) + "\n" +
            Roff(single ? program.description : command.help) + "\n" + RoffFields(command.fields);
  }
  text += ".SH FLAGS OF EVERY COMMAND\n" + RoffFields(program.common);
  const std::map<int, std::string> codes = {{0, "done"},
                                            {1, "a bug of the program"},
                                            {2, "usage or configuration"},
                                            {3, "input data"},
                                            {4, "environment: disk, memory, device, permission"},
                                            {130, "interrupted after a clean checkpoint"}};
  text += ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : codes) text += fmt::format(".TP\n{}\n{}\n", code, meaning);
  return text;
}

std::string FormatMarkdown(const ProgramPage& program) {
  std::string text = fmt::format("## {}\n\n{}\n\n", program.name, program.description);
  for (const CommandPage& command : program.commands) {
    if (!command.name.empty())
      text += fmt::format("### {} {}\n\n{}\n\n", program.name, command.name, command.help);
    text +=
        fmt::format("`{}`\n\n{}\n", Usage(program.name, command), MarkdownTable(command.fields));
  }
  return text;
}

std::string FormatCommonMarkdown(const ProgramPage& program) {
  return "## Flags of every command\n\n" + MarkdownTable(program.common);
}

std::string FormatDocument(const ProgramPage& program, const std::string& form) {
  using Format = std::string (*)(const ProgramPage&);
  static const std::map<std::string, Format> formats = {{"man", FormatMan},
                                                        {"markdown", FormatMarkdown},
                                                        {"common", FormatCommonMarkdown},
                                                        {"bash", FormatBashCompletion},
                                                        {"zsh", FormatZshCompletion},
                                                        {"fish", FormatFishCompletion}};
  const auto found = formats.find(form);
  if (found != formats.end()) return found->second(program);
  std::vector<std::string> names;
  for (const auto& entry : formats) names.push_back(entry.first);
  throw UsageError("--describe {}: no such form{}; forms: {}", form, DidYouMean(form, names),
                   Join(names, ", "));
}

}  // namespace kallos
