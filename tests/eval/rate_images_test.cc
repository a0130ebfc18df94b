#include "eval/rate_images.h"

#include <unistd.h>

#include "lib/core/file.h"
#include "tests/measures/example_predictions.h"

namespace kallos::eval {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RateImagesTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "empty");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Touch(const std::string& name) const { PublishBytes(folder_ / name, "x"); }

  std::vector<std::string> Find(const std::vector<std::string>& given) const {
    std::vector<fs::path> paths(given.begin(), given.end());
    for (fs::path& path : paths) path = folder_ / path;
    std::vector<std::string> found;
    for (const ImageToRate& image : FindImages(paths)) {
      EXPECT_THAT(image.problem, IsEmpty());
      found.push_back(image.path.lexically_relative(folder_).native());
    }
    return found;
  }
  std::string Fault(const std::string& given) const {
    return measures::MessageOf([&] { Find({given}); });
  }

  const fs::path folder_ =
      fs::path(testing::TempDir()) / fmt::format("kallos_rate_images_{}", getpid());
};

TEST_F(RateImagesTest, FilesInTheOrderGivenAndFoldersSorted) {
  for (const char* name : {"f/b.jpg", "f/a.PNG", "f/deep/c.jpeg", "f/notes.txt", "z.txt"})
    Touch(name);
  EXPECT_THAT(Find({"z.txt", "f"}), ElementsAre("z.txt", "f/a.PNG", "f/b.jpg", "f/deep/c.jpeg"));
}

TEST_F(RateImagesTest, PatternsThatTheShellDidNotExpand) {
  for (const char* name : {"p10.jpg", "p2.jpg", "q1.jpg", "f/p1.jpg"}) Touch(name);
  EXPECT_THAT(Find({"p*.jpg"}), ElementsAre("p10.jpg", "p2.jpg"));
  EXPECT_THAT(Find({"[pq]?.jpg"}), ElementsAre("p2.jpg", "q1.jpg"));
  EXPECT_THAT(Find({"*/p?.jpg"}), ElementsAre("f/p1.jpg"));
  EXPECT_THAT(Find({"f*"}), ElementsAre("f/p1.jpg"));  // a folder that matches
  EXPECT_THAT(Fault("r*.jpg"), AllOf(HasSubstr("r*.jpg"), HasSubstr("no file matches")));
}

TEST_F(RateImagesTest, AFileNamedLikeAPatternIsThatFile) {
  for (const char* name : {"a[1].jpg", "a1.jpg", "b*.jpg", "b2.jpg"}) Touch(name);
  EXPECT_THAT(Find({"a[1].jpg"}), ElementsAre("a[1].jpg"));
  EXPECT_THAT(Find({"b*.jpg"}), ElementsAre("b*.jpg"));
}

TEST_F(RateImagesTest, NamesInAnyScriptAndEncoding) {
  for (const char* name : {"写真/夕日.jpg", "写真/é.jpg", "latin/caf\xE9.jpg"}) Touch(name);
  EXPECT_THAT(Find({"写真", "latin"}),
              ElementsAre("写真/é.jpg", "写真/夕日.jpg", "latin/caf\xE9.jpg"));
  EXPECT_THAT(Find({"写*/夕*"}), ElementsAre("写真/夕日.jpg"));
  EXPECT_THAT(Find({"latin/caf\xE9.jpg"}), ElementsAre("latin/caf\xE9.jpg"));
}

TEST_F(RateImagesTest, NothingToRate) {
  EXPECT_THAT(Fault("empty"), HasSubstr("no photographs in this folder"));
  EXPECT_THAT(Fault("gone.jpg"), HasSubstr("no such file or folder"));
}

TEST_F(RateImagesTest, ALinkIntoNowhereIsAProblemAmongOthers) {
  Touch("f/a.jpg");
  fs::create_symlink("nowhere", folder_ / "f" / "b.jpg");
  const auto images = FindImages({folder_ / "f"});
  ASSERT_EQ(images.size(), 2u);
  EXPECT_THAT(images[0].problem, IsEmpty());
  EXPECT_THAT(images[1].problem, HasSubstr("link that leads nowhere"));
}

}  // namespace
}  // namespace kallos::eval
