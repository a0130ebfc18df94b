#include "pca/checkpoint.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/stop.h"

namespace kallos::pca {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// Counts in a vector: after s steps every number is s, and a second part is s long.
class CheckpointTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    file_ = fs::path(testing::TempDir()) /
            fmt::format("kallos_checkpoint_{}_{}", test->name(), getpid());
    fs::remove(file_);
  }
  void TearDown() override {
    ClearStop();
    fs::remove(file_);
  }

  Checkpoint Make(double interval = 0, const std::string& key = "key") {
    return {{file_, Sha256Hex(key), interval}, "steps", 9, [this](int64_t steps) {
              second_.resize(static_cast<size_t>(steps));
              return StateParts{first_, second_};
            }};
  }
  void Fill(double value) {
    first_.assign(3, value);
    second_.assign(static_cast<size_t>(value), value);
  }

  fs::path file_;
  std::vector<double> first_ = {0, 0, 0};
  std::vector<double> second_;
};

TEST_F(CheckpointTest, GivesBackWhatItSaved) {
  EXPECT_EQ(Make().Load(), 0);
  Fill(4);
  Make().SaveIfDue(4);
  Fill(0);
  EXPECT_EQ(Make().Load(), 4);
  EXPECT_THAT(first_, testing::ElementsAre(4, 4, 4));
  EXPECT_THAT(second_, testing::ElementsAre(4, 4, 4, 4));
}

TEST_F(CheckpointTest, WaitsForTheIntervalButNotWhenStopped) {
  Checkpoint checkpoint = Make(1e9);
  Fill(1);
  checkpoint.SaveIfDue(1);
  checkpoint.ThrowIfStopRequested(1);
  EXPECT_FALSE(fs::exists(file_));
  RequestStop();
  EXPECT_THAT([&] { checkpoint.SaveIfDue(1); },
              ThrowsMessage<Error>(HasSubstr("goes on after 1 of 9 steps")));
  EXPECT_EQ(Make().Load(), 1);
}

TEST_F(CheckpointTest, AStopBeforeTheFirstStepNeedsNoFile) {
  Checkpoint checkpoint = Make();
  RequestStop();
  EXPECT_THAT([&] { checkpoint.ThrowIfStopRequested(0); },
              ThrowsMessage<Error>(HasSubstr("after 0 of 9 steps")));
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(CheckpointTest, RefusesWhatIsForeignOrDamaged) {
  Fill(5);
  Make().SaveIfDue(5);
  EXPECT_THAT([&] { Make(0, "other").Load(); },
              ThrowsMessage<Error>(HasSubstr("--fresh starts over")));
  const std::string bytes = ReadFile(file_);
  for (size_t i = 0; i < bytes.size(); i += 7) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 2);
    PublishBytes(file_, damaged);
    EXPECT_THROW(Make().Load(), Error) << i;
  }
  for (const std::string& damaged :
       {bytes.substr(0, bytes.size() - 1), bytes + " ", std::string()}) {
    PublishBytes(file_, damaged);
    EXPECT_THAT([&] { Make().Load(); }, ThrowsMessage<Error>(HasSubstr("damaged")));
  }
}

}  // namespace
}  // namespace kallos::pca
