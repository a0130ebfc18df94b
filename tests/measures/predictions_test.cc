#include "lib/measures/predictions.h"

#include <unistd.h>

#include "lib/core/file.h"
#include "tests/measures/example_predictions.h"

namespace kallos::measures {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class PredictionsTest : public testing::Test {
 protected:
  std::vector<Prediction> Read(const std::string& text) const {
    PublishBytes(path_, text);
    return ReadPredictions(path_);
  }
  std::string Fault(const std::string& text) const {
    return MessageOf([&] { Read(text); });
  }
  void TearDown() override { fs::remove(path_); }

  const fs::path path_ =
      fs::path(testing::TempDir()) / fmt::format("kallos_predictions_{}.csv", getpid());
};

TEST_F(PredictionsTest, ReadsColumnsInAnyOrder) {
  const auto rows =
      Read("probability,note,label,group,id,benchmark\n0.25,x,1,g,a,Alm\n1e-3,y,0,,b,\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].id, "a");
  EXPECT_EQ(rows[0].benchmark, "Alm");
  EXPECT_EQ(rows[0].label, 1);
  EXPECT_EQ(rows[0].probability, 0.25);
  EXPECT_EQ(rows[0].group, "g");
  EXPECT_EQ(rows[1].benchmark, "test");
  EXPECT_EQ(rows[1].probability, 0.001);
}

TEST_F(PredictionsTest, WritesWhatItReads) {
  const auto predictions = DrawPredictions(1, 50);
  const auto read = Read(FormatPredictions(predictions));
  ASSERT_EQ(read.size(), predictions.size());
  for (size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].id, predictions[i].id);
    EXPECT_EQ(read[i].label, predictions[i].label);
    EXPECT_EQ(read[i].probability, predictions[i].probability);  // to the last bit
  }
  EXPECT_EQ(FormatPredictions(MakePredictions({0.5, 0.75}, {1, 1}, "a,b")),
            "id,benchmark,label,probability,verdict\n\"a,b-00000\",\"a,b\",1,0.5,0\n\"a,b-00001\","
            "\"a,b\",1,0.75,1\n");
}

TEST_F(PredictionsTest, NamesEveryFault) {
  EXPECT_THAT(Fault("id,label\na,1\n"),
              AllOf(HasSubstr("'probability' is missing"), HasSubstr("found id,label")));
  EXPECT_THAT(Fault("label,probability\n1,0.5\n"), HasSubstr("'id' is missing"));
  EXPECT_THAT(Fault("id,probability\na,0.5\n"), HasSubstr("'label' is missing"));
  EXPECT_THAT(Fault("id,label,probability\n"), HasSubstr("no rows"));
  EXPECT_THAT(Fault("id,label,probability\na,1,0.5\n,1,0.5\n"), HasSubstr(":3: the id is empty"));
  EXPECT_THAT(Fault("id,label,probability\na,1,0.5\nb,1,1\na,0,0.5\n"),
              HasSubstr(":4: id 'a' stands on line 2"));
  for (const char* label : {"2", "-1", "good", "", "1.0", " 1"})
    EXPECT_THAT(Fault(fmt::format("id,label,probability\na,{},0.5\n", label)),
                HasSubstr(fmt::format(":2: label '{}'", label)));
  for (const char* p : {"1.0000001", "-0.1", "nan", "NaN", "inf", "-inf", "", "50%", "0,5", "0.5x"})
    EXPECT_THAT(Fault(fmt::format("id,label,probability\na,1,\"{}\"\n", p)),
                HasSubstr(fmt::format(":2: probability '{}'", p)));
  EXPECT_THAT(MessageOf([] { ReadPredictions("/nonexistent/p.csv"); }), HasSubstr("no such file"));
}

}  // namespace
}  // namespace kallos::measures
