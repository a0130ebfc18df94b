// Reading files with bounds, and publishing them so that a file that carries its final name is
// complete.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace kallos {

namespace fs = std::filesystem;

// The whole file. Throws InputError when it is missing, a folder or larger than `max_bytes`,
// EnvironmentError when it cannot be read.
std::string ReadFile(const fs::path& path, size_t max_bytes = size_t{1} << 31);

// Calls write(temporary), which must create and close the file `temporary` beside `path`, then
// fsyncs it, renames it to `path` and fsyncs the folder. Parent folders are made. On any failure
// the temporary is removed and `path` is as before. Crash points: after_tmp_write, before_rename,
// after_rename.
void PublishFile(const fs::path& path, const std::function<void(const fs::path& temporary)>& write);

// The same for bytes in memory.
void PublishBytes(const fs::path& path, std::string_view bytes);

// Removes a folder and all in it, under its own name at once: whoever is killed leaves all of it or
// a temporary. Nothing happens where there is none.
void RemoveFolder(const fs::path& folder);

// Removes what a killed process left of PublishFile and RemoveFolder in `folder`. Call it only
// while holding the folder's lock.
void RemoveStaleTemporaries(const fs::path& folder);

// Makes the folder and its parents. Throws EnvironmentError.
void MakeFolder(const fs::path& folder);

// The path as one line of text for messages: control characters, and all bytes of what is not
// UTF-8, become \xNN.
std::string PathText(const fs::path& path);

// aborts the process when the environment variable KALLOS_CRASH_AT names this point; the fault
// tests use it.
void CrashPoint(std::string_view name);

}  // namespace kallos
