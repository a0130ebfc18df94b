#include "data/stats.h"

#include "tests/data/data_test.h"

namespace kallos::data {
namespace {

using testing::HasSubstr;
using testing::Not;

class StatsTest : public DataTest {
 protected:
  store::Manifest Read(const std::string& text) const {
    PublishBytes(folder_ / "m.csv", text);
    return store::ReadManifest(folder_ / "m.csv", false);
  }
};

TEST_F(StatsTest, CountsByBenchmarkAndSplit) {
  EXPECT_EQ(
      CountsTable(Read(
          "id,label,split,benchmark\na,1,train,\nb,1,train,\nc,0,train,\nd,,val,\ne,0,test,alm\n")),
      "benchmark  split  rows  good  bad  no label  good share\n"
      "-          train     3     2    1         0      66.7 %\n"
      "-          val       1     0    0         1           -\n"
      "alm        test      1     0    1         0       0.0 %\n"
      "all                  5     2    2         1      50.0 %\n");
}

TEST_F(StatsTest, OnePartNeedsNoTotal) {
  EXPECT_THAT(CountsTable(Read("id,label\na,1\n")), Not(HasSubstr("all")));
}

TEST_F(StatsTest, DescribesScoresSizesFormatsAndRepeats) {
  Read(
      "id,path,score,width,height,sha256,group\na,a.JPG,1,10,20,x,g\nb,b.jpg,2,30,40,x,g\nc,c.png,"
      "6,,,y,\n");
  testing::internal::CaptureStdout();
  Run(RunStats, StatsConfig{folder_ / "m.csv"});
  const std::string text = testing::internal::GetCapturedStdout();
  EXPECT_THAT(text, HasSubstr("              known     min  median     max    mean\n"));
  EXPECT_THAT(text, HasSubstr("score             3       1       2       6       3\n"));
  EXPECT_THAT(text, HasSubstr("width             2      10      30      30      20\n"));
  EXPECT_THAT(text, HasSubstr("formats: .jpg 2, .png 1\n"));
  EXPECT_THAT(text, HasSubstr("groups: 1; rows that repeat the bytes of another: 1\n"));
}

}  // namespace
}  // namespace kallos::data
