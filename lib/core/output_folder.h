// Output folders that hold nothing of the user's.
#pragma once

#include <filesystem>
#include <string>

namespace kallos {

// Throws InputError when the folder holds more than hidden files and temporaries: somebody else's files, which an
// output must not mix with. `what` says what the folder is not: "feature store".
void RequireEmptyFolder(const std::filesystem::path& folder, const std::string& what);

}  // namespace kallos
