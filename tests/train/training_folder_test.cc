#include "train/training_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "train/checkpoint.h"

namespace kallos::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class TrainingFolderTest : public testing::Test {
 protected:
  TrainingFolderTest() { fs::remove_all(path_); }
  ~TrainingFolderTest() override { fs::remove_all(path_); }

  void Put(const std::string& name) const {
    MakeFolder((path_ / name).parent_path());
    PublishBytes(path_ / name, "x");
  }
  // As a training does.
  void Finish(const std::string& key) const {
    const TrainingFolder folder(path_, false);
    for (const char* name : {"checkpoint.safetensors", "bundle/head.safetensors", "bundle/pca_mg.h5",
                             "bundle/selection.csv", "bundle/student.safetensors", "bundle/bundle.yaml"})
      Put(name);
    RunRecord record("command", "settings");
    folder.Report({{0, 0, 0.1, 1, 2, 0.5}}, record);
    folder.End(key);
  }
  bool Has(const std::string& name) const { return fs::exists(path_ / name); }

  template <typename Work>
  static std::string Fault(const Work& work) {
    try {
      work();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      return error.what();
    }
    return "no error";
  }

  const fs::path path_ = fs::temp_directory_path() / fmt::format("kallos_training_folder_{}", getpid());
};

TEST_F(TrainingFolderTest, AFolderOfOtherThingsIsRefusedAndKept) {
  Put("bundle/notes.txt");
  for (const bool fresh : {false, true})
    EXPECT_THAT(Fault([&] { TrainingFolder(path_, fresh); }), HasSubstr("is no folder of a training"));
  EXPECT_TRUE(Has("bundle/notes.txt"));
}

TEST_F(TrainingFolderTest, WhatIsDoneIsDoneOnce) {
  Finish("key");
  EXPECT_FALSE(Has("checkpoint.safetensors"));
  EXPECT_TRUE(Has("run.yaml"));
  Put("checkpoint.safetensors");  // of a run that was killed after its mark
  Put("history.csv.tmp.4711");
  const TrainingFolder folder(path_, false);
  EXPECT_FALSE(folder.Begin("key"));
  EXPECT_FALSE(Has("checkpoint.safetensors"));
  EXPECT_FALSE(Has("history.csv.tmp.4711"));
  EXPECT_THAT(Fault([&] { folder.Begin("other"); }),
              AllOf(HasSubstr("other settings or inputs"), HasSubstr("--fresh"), HasSubstr("--out")));
  EXPECT_TRUE(Has("bundle/bundle.yaml"));
}

TEST_F(TrainingFolderTest, AnewRemovesItsOwnFilesOnlyAndNotBeforeItIsTold) {
  Finish("key");
  Put("checkpoint-2.safetensors");
  const std::vector<std::string> foreign = {"bundle/notes.txt", "bundle/mine.safetensors", "checkpoints.txt",
                                            "checkpoint-500/model.bin", "checkpoint-a.safetensors"};
  for (const std::string& name : foreign) Put(name);
  const TrainingFolder folder(path_, true);
  EXPECT_TRUE(folder.Begin("other"));
  EXPECT_TRUE(Has("bundle/bundle.yaml"));
  folder.Clear();
  for (const std::string& name : foreign) EXPECT_TRUE(Has(name)) << name;
  size_t left = 0;
  for (const auto& entry : fs::recursive_directory_iterator(path_)) left += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(left, foreign.size() + 1) << "and the lock";
}

// Whatever of its files a killed Clear or a killed training leaves, the folder is still known for what it is.
TEST_F(TrainingFolderTest, AnyOfItsFilesShowsWhatItIs) {
  for (const std::string name :
       {"done.txt", "history.csv", "checkpoint.safetensors", "checkpoint-7.safetensors", "bundle/bundle.yaml"}) {
    fs::remove_all(path_);
    Put(name);
    Put("other.txt");
    EXPECT_EQ(Fault([&] { TrainingFolder(path_, false); }), "no error") << name;
  }
  for (const std::string name : {"checkpoints.txt", "checkpoint-500/model.bin", "checkpoint-7.pt", "bundle/x"}) {
    fs::remove_all(path_);
    Put(name);
    EXPECT_NE(Fault([&] { TrainingFolder(path_, false); }), "no error") << name;
  }
}

TEST_F(TrainingFolderTest, HalfClearedItIsNotTakenForFinished) {
  Finish("key");
  fs::remove(path_ / "bundle/head.safetensors");
  Put("bundle/head.safetensors/cannot be removed");
  EXPECT_THROW(TrainingFolder(path_, true).Clear(), fs::filesystem_error);
  const TrainingFolder folder(path_, false);
  EXPECT_TRUE(folder.Begin("key"));
  EXPECT_THAT(Fault([&] { folder.Begin("other"); }), HasSubstr("other settings or inputs"));
  folder.Clear();
  EXPECT_FALSE(Has("done.txt"));
  EXPECT_TRUE(Has("history.csv"));
}

TEST_F(TrainingFolderTest, AnotherTrainingsCheckpointIsRefusedAndKept) {
  for (const std::optional<uint64_t> seed : {std::optional<uint64_t>(), std::optional<uint64_t>(3)}) {
    fs::remove_all(path_);
    MakeFolder(path_);
    const fs::path checkpoint = path_ / CheckpointName(seed);
    WriteCheckpoint(checkpoint, "key", {});
    {
      const TrainingFolder folder(path_, false);
      EXPECT_TRUE(folder.Begin("key"));
      EXPECT_THAT(Fault([&] { folder.Begin("other"); }), AllOf(HasSubstr(PathText(checkpoint)), HasSubstr("--fresh")));
    }
    EXPECT_TRUE(fs::exists(checkpoint));
    EXPECT_TRUE(TrainingFolder(path_, true).Begin("other"));
  }
}

}  // namespace
}  // namespace kallos::train
