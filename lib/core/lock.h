// One writer per output folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace kallos {

// Holds FOLDER/NAME (".lock" by default), which states pid, host and start time of its owner.
// Throws EnvironmentError naming the owner when another live process holds it; takes over the lock
// of a process that died. Released on destruction, and by the kernel when the process dies.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder, const std::string& name = ".lock");
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

// Who holds the lock, without touching it: "pid 4711 on HOST since TIME". Nothing where nobody
// does, as far as can be told: a process of another host counts as living.
std::optional<std::string> LockOwner(const std::filesystem::path& folder,
                                     const std::string& name = ".lock");

}  // namespace kallos
