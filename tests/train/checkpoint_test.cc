#include "train/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/weights/safetensors.h"

namespace kallos::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class CheckpointTest : public testing::Test {
 protected:
  CheckpointTest() { WriteCheckpoint(path_, "key", state_); }
  ~CheckpointTest() override { fs::remove(path_); }

  std::string Fault(const std::string& key = "key") const {
    try {
      ReadCheckpoint(path_, key);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      return error.what();
    }
    return "no error";
  }

  const fs::path path_ = fs::temp_directory_path() / fmt::format("kallos_checkpoint_{}.safetensors", getpid());
  const TrainingState state_ = {{{"b", "", "F32", {2, 1}, {1.5f, -2}}, {"a", "", "F32", {1}, {3}}},
                                {{"history", "epoch\n1\n"}, {"step", "7"}}};
};

TEST_F(CheckpointTest, GivesBackWhatWasWritten) {
  const std::optional<TrainingState> found = ReadCheckpoint(path_, "key");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->notes.at("step"), "7");
  EXPECT_EQ(found->notes.at("history"), state_.notes.at("history"));
  ASSERT_EQ(found->tensors.size(), 2u);
  for (const weights::Tensor& tensor : found->tensors)
    EXPECT_EQ(tensor.values, state_.tensors[tensor.name == "b" ? 0 : 1].values);
}

TEST_F(CheckpointTest, NoneIsNoFault) {
  fs::remove(path_);
  EXPECT_FALSE(ReadCheckpoint(path_, "key"));
}

TEST_F(CheckpointTest, AnotherTrainingsIsRefused) {
  EXPECT_THAT(Fault("other"), AllOf(HasSubstr(PathText(path_)), HasSubstr("other settings or inputs"),
                                    HasSubstr("--fresh"), HasSubstr("--out")));
}

TEST_F(CheckpointTest, CutShortAnywhereItIsNamedWithWhatToDo) {
  const std::string bytes = ReadFile(path_);
  for (size_t size = 0; size < bytes.size(); ++size) {
    PublishBytes(path_, bytes.substr(0, size));
    ASSERT_THAT(Fault(), AllOf(HasSubstr(PathText(path_)), HasSubstr("--fresh"))) << size << " bytes";
  }
}

TEST_F(CheckpointTest, ANumberThatChangedIsNoticed) {
  std::map<std::string, std::string> notes;
  std::vector<weights::Tensor> tensors = weights::ParseSafetensors(ReadFile(path_), "", true, &notes);
  tensors[0].values[0] += 1;
  weights::WriteSafetensors(path_, tensors, notes);
  EXPECT_THAT(Fault(), AllOf(HasSubstr("damaged"), HasSubstr("--fresh")));
}

}  // namespace
}  // namespace kallos::train
