#include "lib/core/csv.h"

#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "lib/core/rng.h"

namespace kallos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Csv, ReadsQuotesCommasNewlinesAndMarks) {
  const CsvTable table = ParseCsv("\xEF\xBB\xBFid,text\r\n1,\"a, \"\"b\"\"\nc\"\r\n2,\n", "t.csv");
  EXPECT_THAT(table.columns, ElementsAre("id", "text"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("1", "a, \"b\"\nc"), ElementsAre("2", "")));
  EXPECT_THAT(table.lines, ElementsAre(2, 4));
  EXPECT_EQ(table.Find("text"), 1u);
  EXPECT_FALSE(table.Find("nothing"));
}

TEST(Csv, WhatIsWrittenReadsBack) {
  Stream stream(1, "tests/csv");
  const std::string letters = "ab,\"\n\r é";
  for (int trial = 0; trial < 200; ++trial) {
    CsvTable table{{"x", "y"}, {}, {}};
    for (int row = 0; row < 5; ++row) {
      std::vector<std::string> fields(2);
      for (std::string& field : fields) {
        for (uint64_t n = stream.Below(6); n > 0; --n) field += letters[stream.Below(7)];
      }
      table.rows.push_back(fields);
    }
    EXPECT_EQ(ParseCsv(FormatCsv(table), "t.csv").rows, table.rows);
  }
}

TEST(Csv, FaultsNameTheLine) {
  const auto parse = [](const std::string& text) { return [text] { ParseCsv(text, "t.csv"); }; };
  EXPECT_THAT(parse(""), ThrowsMessage<Error>(HasSubstr("t.csv: empty")));
  EXPECT_THAT(parse("a,b\n1\n"),
              ThrowsMessage<Error>(HasSubstr("t.csv:2: 1 fields, but the header has 2")));
  EXPECT_THAT(parse("a,b\n1,\"2\n"),
              ThrowsMessage<Error>(HasSubstr("t.csv:2: the quote that opens here")));
  EXPECT_THAT(parse("a,b\n1,\"2\"x\n"),
              ThrowsMessage<Error>(HasSubstr("t.csv:2: text after a closing quote")));
  EXPECT_THAT(parse("a,a\n"), ThrowsMessage<Error>(HasSubstr("'a' appears twice")));
  EXPECT_THAT(parse("a,b\n1,\xFF\n"), ThrowsMessage<Error>(HasSubstr("t.csv:2: not valid UTF-8")));
  EXPECT_THAT(parse(std::string("a,b\n1,\0\n", 8)),
              ThrowsMessage<Error>(HasSubstr("t.csv:2: a NUL byte")));
}

}  // namespace
}  // namespace kallos
