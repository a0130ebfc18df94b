#include "train/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

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

  const fs::path path_ =
      fs::temp_directory_path() / fmt::format("kallos_checkpoint_{}.safetensors", getpid());
  const TrainingState state_ = {{{"b", "", weights::Dtype::kFloat32, {2, 1}, {1.5f, -2}},
                                 {"a", "", weights::Dtype::kFloat32, {1}, {3}}},
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
  EXPECT_THAT(Fault("other"),
              AllOf(HasSubstr(PathText(path_)), HasSubstr("other settings or inputs"),
                    HasSubstr("--fresh"), HasSubstr("--out")));
}

TEST_F(CheckpointTest, CutShortAnywhereItIsNamedWithWhatToDo) {
  const std::string bytes = ReadFile(path_);
  for (size_t size = 0; size < bytes.size(); ++size) {
    PublishBytes(path_, bytes.substr(0, size));
    ASSERT_THAT(Fault(), AllOf(HasSubstr(PathText(path_)), HasSubstr("--fresh")))
        << size << " bytes";
  }
}

TEST_F(CheckpointTest, WhateverChangedInItIsNoticed) {
  std::map<std::string, std::string> notes;
  const std::vector<weights::Tensor> tensors =
      weights::ParseSafetensors(ReadFile(path_), "", true, &notes);
  const auto expect_noticed = [&](const std::vector<weights::Tensor>& of,
                                  const std::map<std::string, std::string>& and_of) {
    weights::WriteSafetensors(path_, of, and_of);
    EXPECT_THAT(Fault(), AllOf(HasSubstr("damaged"), HasSubstr("--fresh")));
  };
  auto changed = tensors;
  changed[0].values[0] += 1;
  expect_noticed(changed, notes);
  changed = tensors;
  changed[1].name = "c";
  expect_noticed(changed, notes);
  changed = tensors;
  changed[1].shape = {1, 2};
  expect_noticed(changed, notes);
  for (const auto& [name, text] : notes) {
    if (name == "format_version") continue;  // the next test's
    auto other = notes;
    other[name] += "1";
    expect_noticed(tensors, other);
    other.erase(name);
    expect_noticed(tensors, other);
  }
}

// All trainings, of heads and of networks, are read by ReadCheckpoint.
TEST_F(CheckpointTest, OtherVersionsAreRefused) {
  std::map<std::string, std::string> notes;
  const std::vector<weights::Tensor> tensors =
      weights::ParseSafetensors(ReadFile(path_), "", true, &notes);
  EXPECT_EQ(notes.at("format_version"), "2");
  notes.erase("format_version");
  for (const char* version : {"", "1", "3"}) {
    if (*version != 0) notes["format_version"] = version;
    weights::WriteSafetensors(path_, tensors, notes);
    EXPECT_THAT(Fault(), AllOf(HasSubstr(PathText(path_)), HasSubstr("another version of Kallos"),
                               HasSubstr("--fresh")));
  }
}

TEST_F(CheckpointTest, NamesAreKnownAgain) {
  const fs::path folder =
      fs::temp_directory_path() / fmt::format("kallos_checkpoints_{}", getpid());
  std::set<fs::path> expected;
  for (const std::string& name :
       {CheckpointName(), CheckpointName(0), CheckpointName(18446744073709551615u)}) {
    PublishBytes(folder / name, "x");
    expected.insert(folder / name);
  }
  for (const std::string name :
       {"checkpoint-.safetensors", "checkpoint-1.safetensors.tmp.7", "a-checkpoint.safetensors"})
    PublishBytes(folder / name, "x");
  MakeFolder(folder / "checkpoint-9.safetensors");
  const std::vector<fs::path> found = CheckpointsIn(folder);
  EXPECT_EQ(std::set<fs::path>(found.begin(), found.end()), expected);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace kallos::train
