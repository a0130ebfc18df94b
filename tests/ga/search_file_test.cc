#include "ga/search_file.h"

#include "tests/ga/example_run.h"

namespace kallos::ga {
namespace {

using testing::HasSubstr;

class SearchFileTest : public RunFolderTest {
 protected:
  std::string MessageWith(const std::string& old, const std::string& replacement) const {
    WriteSearchFile(folder_ / kSearchFile, ExampleSearch());
    std::string text = ReadFile(folder_ / kSearchFile);
    const size_t at = text.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    PublishBytes(folder_ / "bad.json", text.replace(at, old.size(), replacement));
    return MessageOf([&] { ReadSearchFile(folder_ / "bad.json"); });
  }
};

TEST_F(SearchFileTest, ReadsBackWhatWasWritten) {
  SearchFile search = ExampleSearch();
  search.settings.selection = Selection::kRank;
  search.settings.keep = 0.85;
  search.settings.adaptive = true;
  search.settings.hours = 1.5;
  search.seed = ~uint64_t{0};
  WriteSearchFile(folder_ / kSearchFile, search);
  const SearchFile back = ReadSearchFile(folder_ / kSearchFile);
  EXPECT_EQ(back.key, search.key);
  EXPECT_EQ(back.seed, search.seed);
  EXPECT_EQ(back.selected_on, "val");
  EXPECT_EQ(back.metric, "accuracy");
  EXPECT_EQ(back.features, search.features);
  EXPECT_EQ(back.layers, search.layers);
  EXPECT_EQ(CourseOf(back.settings), CourseOf(search.settings));
  EXPECT_EQ(back.settings.generations, 4);
  EXPECT_EQ(back.settings.hours, 1.5);
  EXPECT_EQ(back.columns(), 100);
}

TEST_F(SearchFileTest, DamageIsNamed) {
  const std::string remedy = "bad.json: damaged";
  EXPECT_THAT(MessageWith("{", "["), HasSubstr(remedy));
  EXPECT_THAT(MessageWith("\"metric\"", "\"matric\""), HasSubstr(remedy));
  EXPECT_THAT(MessageWith("\"columns\": 20", "\"columns\": -20"), HasSubstr(remedy));
  EXPECT_THAT(MessageWith("\"columns\": 20", "\"columns\": \"20\""), HasSubstr(remedy));
  EXPECT_THAT(MessageWith("\"population\": 12", "\"population\": 0"), HasSubstr(remedy));
  EXPECT_THAT(MessageWith("\"select\": 10", "\"select\": 101"), HasSubstr("101 of 100 columns"));
  EXPECT_THAT(MessageWith("\"truncation\"", "\"trunk\""), HasSubstr("selection is trunk"));
  EXPECT_THAT(MessageWith("\"format_version\": 1", "\"format_version\": 9"),
              HasSubstr("format version 9"));
  EXPECT_THAT(MessageOf([&] { ReadSearchFile(folder_ / "missing.json"); }),
              HasSubstr("no such file"));
}

}  // namespace
}  // namespace kallos::ga
