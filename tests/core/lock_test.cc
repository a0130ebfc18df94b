#include "lib/core/lock.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace kallos {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

fs::path Folder() {
  return fs::path(testing::TempDir()) / ("kallos_lock_" + std::to_string(getpid()));
}

TEST(FolderLock, SecondOwnerIsRefusedWithTheFirstOnesPid) {
  std::optional<FolderLock> lock(Folder());
  EXPECT_THAT([] { FolderLock second(Folder()); },
              ThrowsMessage<Error>(HasSubstr(fmt::format("pid {}", getpid()))));
  FolderLock other_name(Folder(), ".lock-part-1-of-2");
  lock.reset();
  FolderLock again(Folder());
}

TEST(FolderLock, TheLockOfADeadProcessIsTakenOver) {
  const fs::path folder = Folder();
  const pid_t child = fork();
  if (child == 0) {
    FolderLock lock(folder);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(fs::exists(folder / ".lock"));
  EXPECT_EQ(LockOwner(folder), std::nullopt);
  FolderLock lock(folder);
}

TEST(FolderLock, ItsOwnerIsSaidWithoutTakingIt) {
  EXPECT_EQ(LockOwner(Folder()), std::nullopt);
  {
    const FolderLock lock(Folder());
    EXPECT_THAT(LockOwner(Folder()).value(),
                testing::StartsWith(fmt::format("pid {} on ", getpid())));
    EXPECT_THAT(LockOwner(Folder()).value(), HasSubstr(" since 20"));
  }
  EXPECT_EQ(LockOwner(Folder()), std::nullopt);
  PublishBytes(Folder() / ".lock", "pid 1 on another-host since 2026-01-01T00:00:00Z\n");
  EXPECT_EQ(LockOwner(Folder()), "pid 1 on another-host since 2026-01-01T00:00:00Z");
  fs::remove(Folder() / ".lock");
}

}  // namespace
}  // namespace kallos
