// Output folders that hold nothing of the user's, and nothing of killed runs.
#pragma once

#include <filesystem>
#include <string>

namespace kallos {

// Throws InputError when the folder holds more than hidden files and temporaries: somebody else's
// files, which an output must not mix with. `what` says what the folder is not: "feature store".
void RequireEmptyFolder(const std::filesystem::path& folder, const std::string& what);

// Removes what killed processes left of PublishFile for files whose names begin with that of
// `file`. Call it only while holding a lock that keeps others from writing them.
void RemoveLeftovers(const std::filesystem::path& file);

}  // namespace kallos
