#include "lib/core/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace kallos {
namespace {

constexpr std::string_view kTemporaryMark = ".tmp.";

// Closes on scope exit.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

void SyncPath(const fs::path& path, int flags) {
  const Descriptor file(open(path.c_str(), flags | O_CLOEXEC));
  if (file.get() < 0 || fsync(file.get()) != 0) {
    throw EnvironmentError("{}: cannot be flushed to disk: {}", PathText(path),
                           std::strerror(errno));
  }
}

// Removes a temporary file unless it was renamed to its final name.
class TemporaryFile {
 public:
  explicit TemporaryFile(fs::path path) : path_(std::move(path)) {}
  ~TemporaryFile() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const fs::path& path() const { return path_; }
  void Keep() { path_.clear(); }

 private:
  fs::path path_;
};

void WriteAll(const fs::path& path, std::string_view bytes) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0)
    throw EnvironmentError("{}: cannot be created: {}", PathText(path), std::strerror(errno));
  while (!bytes.empty()) {
    const ssize_t n = write(file.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      throw EnvironmentError("{}: writing failed with {} still to write: {}", PathText(path),
                             FormatBytes(bytes.size()), std::strerror(errno));
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

}  // namespace

std::string ReadFile(const fs::path& path, size_t max_bytes) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) throw InputError("{}: no such file", PathText(path));
    throw EnvironmentError("{}: cannot be opened: {}", PathText(path), std::strerror(errno));
  }
  std::string bytes;
  std::vector<char> piece(size_t{1} << 18);
  for (;;) {
    const ssize_t n = read(file.get(), piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EISDIR)
      throw InputError("{}: is a folder, expected a file", PathText(path));
    if (n < 0)
      throw EnvironmentError("{}: reading failed: {}", PathText(path), std::strerror(errno));
    if (n == 0) return bytes;
    if (bytes.size() + static_cast<size_t>(n) > max_bytes) {
      throw InputError("{}: larger than the {} that are accepted here", PathText(path),
                       FormatBytes(max_bytes));
    }
    bytes.append(piece.data(), static_cast<size_t>(n));
  }
}

void PublishFile(const fs::path& path,
                 const std::function<void(const fs::path& temporary)>& write) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  MakeFolder(folder);
  TemporaryFile temporary(
      folder / fmt::format("{}{}{}", path.filename().string(), kTemporaryMark, getpid()));
  write(temporary.path());
  CrashPoint("after_tmp_write");
  SyncPath(temporary.path(), O_RDONLY);
  CrashPoint("before_rename");
  std::error_code error;
  fs::rename(temporary.path(), path, error);
  if (error)
    throw EnvironmentError("{}: cannot be put in place: {}", PathText(path), error.message());
  temporary.Keep();
  CrashPoint("after_rename");
  SyncPath(folder, O_RDONLY | O_DIRECTORY);
}

void PublishBytes(const fs::path& path, std::string_view bytes) {
  PublishFile(path, [bytes](const fs::path& temporary) { WriteAll(temporary, bytes); });
}

void RemoveStaleTemporaries(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> stale;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const size_t mark = name.rfind(kTemporaryMark);
    if (mark != std::string::npos && ParseInt(name.substr(mark + kTemporaryMark.size())))
      stale.push_back(entry.path());
  }
  for (const fs::path& path : stale) fs::remove_all(path, ignored);
}

void RemoveFolder(const fs::path& folder) {
  if (!fs::exists(folder)) return;
  const fs::path temporary = fmt::format("{}{}{}", folder.native(), kTemporaryMark, getpid());
  fs::rename(folder, temporary);
  CrashPoint("before_remove_folder");
  fs::remove_all(temporary);
}

void MakeFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw EnvironmentError("{}: cannot make the folder: {}", PathText(folder), error.message());
  if (!fs::is_directory(folder, error))
    throw EnvironmentError("{}: is a file, expected a folder", PathText(folder));
}

std::string PathText(const fs::path& path) {
  const std::string& bytes = path.native();
  const bool readable = IsValidUtf8(bytes);
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const bool escaped = byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !readable);
    text += escaped ? fmt::format("\\x{:02X}", byte) : std::string(1, c);
  }
  return text;
}

void CrashPoint(std::string_view name) {
  const char* wanted = std::getenv("KALLOS_CRASH_AT");
  if (wanted != nullptr && name == wanted) std::abort();
}

}  // namespace kallos
