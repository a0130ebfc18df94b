// Completion for shells. A flag takes one of a few words, a file or folder, or a value that only
// the user knows; other words are commands first, then files.
#include <algorithm>

#include "lib/run/documents.h"

namespace kallos {
namespace {

std::vector<Field> AllFields(const ProgramPage& program, const CommandPage& command) {
  std::vector<Field> fields = command.fields;
  fields.insert(fields.end(), program.common.begin(), program.common.end());
  std::erase_if(fields, [](const Field& field) { return field.positional; });
  return fields;
}

bool IsSingle(const ProgramPage& program) {
  return program.commands.size() == 1 && program.commands[0].name.empty();
}

std::string Escaped(const std::string& text, const std::string& special) {
  std::string escaped;
  for (const char c : text) {
    if (special.find(c) != std::string::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// In single quotes of bash and zsh, which know no escape there.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

// One branch of a case for the words of each kind: by what the flag before takes.
std::string BashBranches(const std::string& command, const std::vector<Field>& fields) {
  std::string branches;
  for (const Field& field : fields) {
    if (field.is_bool) continue;
    std::string answer = "return";
    if (!field.choices.empty())
      answer = fmt::format("words={}", Quoted(Join(field.choices, " ")));
    else if (field.type == "path")
      answer = "files=1";
    branches += fmt::format("    {}) {} ;;\n", Quoted(command + " --" + field.name), answer);
  }
  return branches;
}

}  // namespace

std::string FormatBashCompletion(const ProgramPage& program) {
  std::string function = "_" + program.name, branches, commands, flags;
  std::ranges::replace(function, '-', '_');
  for (const CommandPage& command : program.commands) {
    const std::vector<Field> fields = AllFields(program, command);
    branches += BashBranches(command.name, fields);
    commands += command.name + " ";
    std::string names;
    for (const Field& field : fields) names += "--" + field.name + " ";
    flags += fmt::format("      {}) words={} ;;\n", Quoted(command.name), Quoted(names));
  }
  const bool single = IsSingle(program);
  return fmt::format(
      R"(# Completion of {0} for bash; made by {0} --describe bash.
{1}() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command= words= files=
  if [[ $before == = ]]; then before=${{COMP_WORDS[COMP_CWORD-2]}}; fi  # bash splits --flag=word
  if [[ $word == = ]]; then word=; fi
  COMPREPLY=()
{2}  case "$command $before" in
{3}    *)
      if [[ $word != -* ]]; then files=1; else case $command in
{4}      esac; fi ;;
  esac
  if [[ $files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  fi
}}
complete -F {1} {0}
)",
      program.name, function,
      single
          ? ""
          : fmt::format("  if ((COMP_CWORD == 1)); then\n    mapfile -t COMPREPLY < <(compgen -W "
                        "'{}--help --version' -- \"$word\")\n    return\n  fi\n"
                        "  command=${{COMP_WORDS[1]}}\n",
                        commands),
      branches, flags);
}

std::string FormatZshCompletion(const ProgramPage& program) {
  const auto arguments = [&](const CommandPage& command) {
    std::string text = "_arguments";
    for (const Field& field : AllFields(program, command)) {
      const std::string spec = fmt::format("{}--{}{}[{}]", field.is_list ? "*" : "", field.name,
                                           field.is_bool ? "" : "=", Escaped(field.help, "[]:\\"));
      std::string value;
      if (!field.choices.empty())
        value = fmt::format(":{}:({})", field.name, Join(field.choices, " "));
      else if (field.type == "path")
        value = fmt::format(":{}:_files", field.name);
      else if (!field.is_bool)
        value = fmt::format(":{}: ", Escaped(field.type, ":"));
      text += " \\\n      " + Quoted(spec + value);
    }
    return text + " \\\n      '*:file:_files'";
  };
  std::string text = fmt::format(
      "#compdef {0}\n# Completion for zsh; made by {0} --describe zsh.\n", program.name);
  if (IsSingle(program)) return text + arguments(program.commands[0]) + "\n";
  text += "if (( CURRENT == 2 )); then\n  local -a commands=(";
  for (const CommandPage& command : program.commands)
    text += "\n    " + Quoted(command.name + ":" + Escaped(command.help, ":\\"));
  text += ")\n  _describe command commands\n  return\nfi\nshift words\n(( CURRENT-- ))\n";
  text += "case $words[1] in\n";
  for (const CommandPage& command : program.commands)
    text += fmt::format("  {})\n    {} ;;\n", command.name, arguments(command));
  return text + "esac\n";
}

std::string FormatFishCompletion(const ProgramPage& program) {
  const auto quoted = [](const std::string& text) { return "'" + Escaped(text, "'\\") + "'"; };
  std::string text =
      fmt::format("# Completion for fish; made by {0} --describe fish.\n", program.name);
  for (const CommandPage& command : program.commands) {
    std::string start = "complete -c " + program.name;
    if (!command.name.empty()) {
      text += fmt::format("{} -n __fish_use_subcommand -f -a {} -d {}\n", start, command.name,
                          quoted(command.help));
      start += fmt::format(" -n '__fish_seen_subcommand_from {}'", command.name);
    }
    for (const Field& field : AllFields(program, command)) {
      std::string value = " -x";
      if (field.is_bool) value = "";
      if (!field.choices.empty()) value = " -x -a " + quoted(Join(field.choices, " "));
      if (field.type == "path") value = " -r -F";
      text += fmt::format("{} -l {}{} -d {}\n", start, field.name, value, quoted(field.help));
    }
  }
  return text;
}

}  // namespace kallos
