#include "eval/view_cache.h"

#include <gmock/gmock.h>

#include "lib/core/file.h"
#include "tests/eval/draws.h"

namespace kallos::eval {
namespace {

using testing::HasSubstr;

class ViewCache : public testing::Test {
 protected:
  const fs::path file_ = fs::path(testing::TempDir()) / "kallos_view_cache" / "blur-1.csv";
  void TearDown() override { fs::remove_all(file_.parent_path()); }
};

TEST_F(ViewCache, ReadsBackExactly) {
  EXPECT_TRUE(ReadViewCache(file_).empty());
  const ProbabilityById probabilities = {{"a,b \"c\"", 1.0 / 3}, {"ö/ä.jpg", 0}, {"z", 1}};
  WriteViewCache(file_, probabilities);
  EXPECT_EQ(ReadViewCache(file_), probabilities);
}

TEST_F(ViewCache, DamageIsNamedByItsLine) {
  for (const auto& [text, line] : std::vector<std::pair<std::string, int>>{{"id,p\na,0.5\n", 1},
                                                                           {"id,probability\na,0.5\nb,1.5\n", 3},
                                                                           {"id,probability\na,nan\n", 2},
                                                                           {"id,probability\na,0\na,0\n", 3}}) {
    PublishBytes(file_, text);
    EXPECT_THAT(MessageOf([&] { ReadViewCache(file_); }), HasSubstr(fmt::format("blur-1.csv:{}: ", line)));
    EXPECT_THAT(MessageOf([&] { ReadViewCache(file_); }), HasSubstr("--fresh"));
  }
}

}  // namespace
}  // namespace kallos::eval
