#include "lib/core/lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace kallos {
namespace {

std::string HostName() {
  char host[256] = "unknown";
  gethostname(host, sizeof(host) - 1);
  return host;
}

std::string OwnerText() {
  char now[32];
  const std::time_t time = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&time, &utc);
  std::strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return fmt::format("pid {} on {} since {}\n", getpid(), HostName(), now);
}

std::string ReadOwner(int descriptor) {
  char text[512];
  const ssize_t size = pread(descriptor, text, sizeof(text), 0);
  std::string owner(text, size > 0 ? static_cast<size_t>(size) : 0);
  while (!owner.empty() && owner.back() == '\n') owner.pop_back();
  return owner.empty() ? "an unknown process" : owner;
}

// The file may have been removed by its last owner between our open and our lock; then the lock
// means nothing.
bool StillNamed(int descriptor, const std::filesystem::path& path) {
  struct stat held {};
  struct stat named {};
  return fstat(descriptor, &held) == 0 && stat(path.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder, const std::string& name)
    : path_(folder / name) {
  MakeFolder(folder);
  for (;;) {
    descriptor_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0)
      throw EnvironmentError("{}: cannot make the lock file: {}", PathText(path_),
                             std::strerror(errno));
    if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      const std::string owner = ReadOwner(descriptor_);
      close(descriptor_);
      throw EnvironmentError("{} is being written by {}; wait for it, or choose another --out",
                             PathText(folder), owner);
    }
    if (StillNamed(descriptor_, path_)) break;
    close(descriptor_);
  }
  const std::string owner = OwnerText();
  if (ftruncate(descriptor_, 0) != 0 || pwrite(descriptor_, owner.data(), owner.size(), 0) < 0) {
    const std::string reason = std::strerror(errno);
    close(descriptor_);
    throw EnvironmentError("{}: cannot write the lock file: {}", PathText(path_), reason);
  }
}

FolderLock::~FolderLock() {
  unlink(path_.c_str());
  close(descriptor_);
}

std::optional<std::string> LockOwner(const std::filesystem::path& folder, const std::string& name) {
  const int descriptor = open((folder / name).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  const std::string owner = ReadOwner(descriptor);
  close(descriptor);
  int pid = 0;
  char host[256] = "";
  const bool ours =
      std::sscanf(owner.c_str(), "pid %d on %255s", &pid, host) == 2 && host == HostName();
  if (ours && kill(pid, 0) != 0 && errno == ESRCH) return std::nullopt;
  return owner;
}

}  // namespace kallos
