#include "train/training_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/core/error.h"
#include "lib/core/file.h"

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
    TrainingFolder folder(path_, false);
    ASSERT_TRUE(folder.Begin(key));
    folder.Clear();
    for (const char* name :
         {"checkpoint.safetensors", "bundle/head.safetensors", "bundle/pca_mg.h5",
          "bundle/selection.csv", "bundle/student.safetensors", "bundle/bundle.yaml"})
      Put(name);
    RunRecord record("command", "settings");
    folder.Report({{0, 0, 0.1, 1, 2, 0.5}}, record);
    folder.End();
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

  static void ExpectRefused(TrainingFolder& folder, const std::string& key) {
    EXPECT_THAT(Fault([&] { folder.Begin(key); }), AllOf(HasSubstr("other settings or inputs"),
                                                         HasSubstr("--fresh"), HasSubstr("--out")));
  }

  const std::string kKey = std::string(64, 'a'), kOther = std::string(64, 'b');
  const fs::path path_ =
      fs::temp_directory_path() / fmt::format("kallos_training_folder_{}", getpid());
};

TEST_F(TrainingFolderTest, AFolderOfOtherThingsIsRefusedAndKept) {
  for (const std::string name :
       {"bundle/notes.txt", "bundle/bundle.yaml", "history.csv", "checkpoint.safetensors",
        "checkpoint-500/model.bin", "done.txt", "begun.txt"}) {
    fs::remove_all(path_);
    Put(name);
    for (const bool fresh : {false, true})
      EXPECT_THAT(Fault([&] { TrainingFolder(path_, fresh); }),
                  HasSubstr("is no folder of a training"))
          << name;
    EXPECT_EQ(ReadFile(path_ / name), "x");
  }
}

TEST_F(TrainingFolderTest, WhatIsDoneIsDoneOnce) {
  Finish(kKey);
  EXPECT_FALSE(Has("checkpoint.safetensors"));
  EXPECT_FALSE(Has("begun.txt"));
  EXPECT_TRUE(Has("run.yaml"));
  Put("checkpoint.safetensors");  // of a run that was killed after its mark
  PublishBytes(path_ / "begun.txt", kKey);
  Put("history.csv.tmp.4711");
  TrainingFolder folder(path_, false);
  EXPECT_FALSE(folder.Begin(kKey));
  for (const char* name : {"checkpoint.safetensors", "begun.txt", "history.csv.tmp.4711"})
    EXPECT_FALSE(Has(name));
  ExpectRefused(folder, kOther);
  EXPECT_TRUE(Has("bundle/bundle.yaml"));
}

TEST_F(TrainingFolderTest, WhatIsBegunIsGoneOnWith) {
  {
    TrainingFolder folder(path_, false);
    EXPECT_TRUE(folder.Begin(kKey));
    EXPECT_FALSE(Has("begun.txt")) << "not before the inputs are known to be right";
    folder.Clear();
  }
  Put("checkpoint-7.safetensors");
  TrainingFolder folder(path_, false);
  EXPECT_TRUE(folder.Begin(kKey));
  folder.Clear();
  EXPECT_TRUE(Has("checkpoint-7.safetensors"));
  ExpectRefused(folder, kOther);
}

TEST_F(TrainingFolderTest, AnewRemovesItsOwnFilesOnlyAndNotBeforeItIsTold) {
  Finish(kKey);
  Put("checkpoint-2.safetensors");
  const std::vector<std::string> foreign = {"bundle/notes.txt", "bundle/mine.safetensors",
                                            "checkpoints.txt", "checkpoint-500/model.bin",
                                            "checkpoint-a.safetensors"};
  for (const std::string& name : foreign) Put(name);
  TrainingFolder folder(path_, true);
  EXPECT_TRUE(folder.Begin(kOther));
  EXPECT_TRUE(Has("bundle/bundle.yaml"));
  folder.Clear();
  for (const std::string& name : foreign) EXPECT_TRUE(Has(name)) << name;
  size_t left = 0;
  for (const auto& entry : fs::recursive_directory_iterator(path_))
    left += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(left, foreign.size() + 2) << "with the lock and begun.txt";
}

// Killed while it begins anew, with the same settings or others.
TEST_F(TrainingFolderTest, HalfClearedItIsNotTakenForFinished) {
  for (const std::string& key : {kKey, kOther}) {
    fs::remove_all(path_);
    Finish(kKey);
    fs::remove(path_ / "bundle/head.safetensors");
    Put("bundle/head.safetensors/cannot be removed");
    {
      TrainingFolder killed(path_, true);
      killed.Begin(key);
      EXPECT_THROW(killed.Clear(), fs::filesystem_error);
    }
    EXPECT_TRUE(Has("done.txt"));
    TrainingFolder folder(path_, false);
    EXPECT_TRUE(folder.Begin(key));
    ExpectRefused(folder, key == kKey ? kOther : kKey);
  }
}

TEST_F(TrainingFolderTest, WithoutItsBundleItIsTrainedAgain) {
  Finish(kKey);
  fs::remove(path_ / "bundle/bundle.yaml");
  TrainingFolder folder(path_, false);
  ExpectRefused(folder, kOther);
  EXPECT_TRUE(folder.Begin(kKey));
}

}  // namespace
}  // namespace kallos::train
