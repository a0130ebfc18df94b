// What the commands of a program say about themselves, as documents: one declaration (Describe),
// many forms. `kallos-X --describe FORM` writes them; the build installs them.
//
//   man            a manual page, in roff with the macros of man(7)
//   markdown       the section of docs/commands.md
//   common         the section on the flags that every command has
//   bash zsh fish  completion of commands, flags, words and files for that shell
#pragma once

#include <string>
#include <vector>

#include "lib/config/config.h"

namespace kallos {

// A command with its own flags. The fields must not be assigned to: their config may be gone.
struct CommandPage {
  std::string name;  // "split"; "" in a program of one command
  std::string help;  // a sentence
  std::vector<Field> fields;
};

struct ProgramPage {
  std::string name;         // "kallos-data"
  std::string description;  // a sentence
  std::string version;
  std::vector<CommandPage> commands;
  std::vector<Field> common;  // flags of every command
};

// Throws UsageError for a form that there is not.
std::string FormatDocument(const ProgramPage& program, const std::string& form);

std::string FormatMan(const ProgramPage& program);
std::string FormatMarkdown(const ProgramPage& program);
std::string FormatCommonMarkdown(const ProgramPage& program);
std::string FormatBashCompletion(const ProgramPage& program);
std::string FormatZshCompletion(const ProgramPage& program);
std::string FormatFishCompletion(const ProgramPage& program);

}  // namespace kallos
