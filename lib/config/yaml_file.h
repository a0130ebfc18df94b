// The YAML side of a config: a flat map of known keys to scalars or lists of scalars.
#pragma once

#include <filesystem>
#include <vector>

#include "lib/config/config.h"

namespace kallos {

// Assigns the file's values to the fields. Refuses, with file:line:column: unknown and duplicate
// keys (naming the nearest), nested maps, anchors, aliases, merge keys, a second document, files
// above 1 MB. Appends to `violations`.
void ApplyYamlFile(const std::filesystem::path& path, std::vector<Field>& fields,
                   Violations& violations);

}  // namespace kallos
