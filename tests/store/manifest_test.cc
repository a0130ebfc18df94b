#include "lib/store/manifest.h"

#include "tests/store/example_store.h"

namespace kallos::store {
namespace {

using testing::HasSubstr;

class ManifestTest : public StoreTest {
 protected:
  std::string ErrorOf(const std::string& text, bool paths_required = true) const {
    PublishBytes(folder_ / "m.csv", text);
    return MessageOf([&] { ReadManifest(folder_ / "m.csv", paths_required); });
  }
};

TEST_F(ManifestTest, ReadsBackWhatWasWritten) {
  Manifest manifest = MakeManifest(3);
  manifest.extra_columns = {"camera"};
  for (ManifestRow& row : manifest.rows) row.extra = {"a, \"b\""};
  ManifestRow& row = manifest.rows[1];
  row.id = "été, 😀";
  row.score = 0.1;
  row.split = "fold3";
  row.benchmark = "b";
  row.group = "g";
  row.width = 12;
  row.height = 34;
  row.sha256 = "ab";
  WriteManifest(folder_ / "m.csv", manifest);
  const Manifest back = ReadManifest(folder_ / "m.csv");
  EXPECT_EQ(FormatManifest(back, folder_ / "m.csv"), ReadFile(folder_ / "m.csv"));
  EXPECT_EQ(back.rows[1].id, row.id);
  EXPECT_EQ(back.rows[1].score, 0.1);
  EXPECT_EQ(back.rows[1].extra, row.extra);
  EXPECT_EQ(back.rows[2].label, 0);
}

TEST_F(ManifestTest, PathsFollowTheManifest) {
  const Manifest manifest = MakeManifest(1);
  WriteManifest(folder_ / "deep/er/m.csv", manifest);
  const Manifest moved = ReadManifest(folder_ / "deep/er/m.csv");
  EXPECT_EQ(moved.rows[0].path, "../../photos/photo000.jpg");
  EXPECT_EQ(moved.PathOf(moved.rows[0]).lexically_normal(), folder_ / "photos/photo000.jpg");
}

TEST_F(ManifestTest, FaultsNameLineAndColumn) {
  EXPECT_THAT(ErrorOf("path\na\n"), HasSubstr("column 'id' is missing"));
  EXPECT_THAT(ErrorOf("id\na\n"), HasSubstr("column 'path' is missing"));
  EXPECT_EQ(ErrorOf("id,x\na,b\n", false), "no error");
  EXPECT_THAT(ErrorOf("id,path\na,b\na,c\n"), HasSubstr("m.csv:3: id 'a' was already on line 2"));
  EXPECT_THAT(ErrorOf("id,path,label\na,b,2\n"), HasSubstr("m.csv:2: column 'label': expected 0"));
  EXPECT_THAT(ErrorOf("id,path,score\na,b,nan\n"), HasSubstr("column 'score'"));
  EXPECT_THAT(ErrorOf("id,path,width\na,b,-1\n"), HasSubstr("column 'width'"));
  EXPECT_THAT(ErrorOf("id,path\n,b\n"), HasSubstr("column 'id'"));
  EXPECT_THAT(ErrorOf("id,path\na,\n"), HasSubstr("column 'path'"));
  EXPECT_THAT(ErrorOf("id,path\n"), HasSubstr("no rows"));
}

}  // namespace
}  // namespace kallos::store
