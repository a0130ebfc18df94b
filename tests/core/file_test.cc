#include "lib/core/file.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "lib/core/error.h"

namespace kallos {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("kallos_file_" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  size_t FileCount() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  // Runs PublishBytes in a child that dies at the named point.
  void PublishAndCrashAt(const char* point) const {
    const pid_t child = fork();
    if (child == 0) {
      setenv("KALLOS_CRASH_AT", point, 1);
      signal(SIGABRT, SIG_DFL);
      PublishBytes(folder_ / "f", "new");
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << point;
  }

  fs::path folder_;
};

TEST_F(FileTest, PublishedBytesReadBackAndReplace) {
  PublishBytes(folder_ / "deep/er/f", "one");
  PublishBytes(folder_ / "deep/er/f", "two");
  EXPECT_EQ(ReadFile(folder_ / "deep/er/f"), "two");
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(FileTest, AFailedWriteLeavesTheOldFileAndNoTemporary) {
  PublishBytes(folder_ / "f", "old");
  const auto failing = [this] {
    PublishFile(folder_ / "f", [](const fs::path& temporary) {
      std::ofstream(temporary) << "half";
      throw InputError("planted");
    });
  };
  EXPECT_THAT(failing, ThrowsMessage<Error>(HasSubstr("planted")));
  EXPECT_EQ(ReadFile(folder_ / "f"), "old");
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(FileTest, ACrashAtAnyPointLeavesOldOrNew) {
  for (const char* point : {"after_tmp_write", "before_rename"}) {
    PublishBytes(folder_ / "f", "old");
    PublishAndCrashAt(point);
    EXPECT_EQ(ReadFile(folder_ / "f"), "old");
    EXPECT_EQ(FileCount(), 2u);
    RemoveStaleTemporaries(folder_);
    EXPECT_EQ(FileCount(), 1u);
  }
  PublishAndCrashAt("after_rename");
  EXPECT_EQ(ReadFile(folder_ / "f"), "new");
}

TEST_F(FileTest, AFolderGoesAtOnce) {
  PublishBytes(folder_ / "a/b/f", "x");
  PublishBytes(folder_ / "kept.tmp.old/f", "x");
  RemoveFolder(folder_ / "a");
  RemoveFolder(folder_ / "none");
  PublishBytes(folder_ / "a.tmp.4711/b/f", "of a killed process");
  RemoveStaleTemporaries(folder_);
  EXPECT_EQ(FileCount(), 1u) << "that of a folder which only looks like one";
}

TEST_F(FileTest, ReadingFaultsNameTheFile) {
  PublishBytes(folder_ / "f", "12345");
  EXPECT_THAT([&] { ReadFile(folder_ / "none"); },
              ThrowsMessage<Error>(HasSubstr("none: no such file")));
  EXPECT_THAT([&] { ReadFile(folder_); }, ThrowsMessage<Error>(HasSubstr("is a folder")));
  EXPECT_THAT([&] { ReadFile(folder_ / "f", 4); },
              ThrowsMessage<Error>(HasSubstr("larger than the 4 B")));
  EXPECT_THAT([&] { MakeFolder(folder_ / "f"); }, ThrowsMessage<Error>(HasSubstr("f")));
}

TEST(PathText, EscapesWhatIsNotUtf8) {
  EXPECT_EQ(PathText("été 😀.jpg"), "été 😀.jpg");
  EXPECT_EQ(PathText("a\xFFz"), "a\\xFFz");
  EXPECT_EQ(PathText("new\nline é\x1B[31m"), "new\\x0Aline é\\x1B[31m");
}

}  // namespace
}  // namespace kallos
