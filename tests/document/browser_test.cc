// The page in a real browser: headless Chromium, whose console must stay silent.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/document/html.h"
#include "tests/document/example_document.h"

namespace kallos::document {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string OutputOf(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer{};
  for (size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    output.append(buffer.data(), n);
  const int status = pclose(pipe);
  EXPECT_EQ(WEXITSTATUS(status), 0) << command;
  return output;
}

// The lines that the page wrote to the console, and its elements after the scripts ran.
struct Loaded {
  std::string console;
  std::string elements;
};

class BrowserTest : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v chromium >/dev/null 2>&1") != 0)
      GTEST_SKIP() << "skipped: no chromium (tools/setup installs it)";
    if (!HasChartLibrary())
      GTEST_SKIP() << "skipped: built without Chart.js (Debian: libjs-chart.js)";
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  Loaded Load(const std::string& page, const std::string& flags = "") const {
    PublishBytes(folder_ / "page.html", page);
    const fs::path log = folder_ / "log.txt";
    Loaded loaded;
    loaded.elements =
        OutputOf(fmt::format("chromium --headless --no-sandbox --disable-gpu "
                             "--disable-dev-shm-usage --user-data-dir='{0}/profile' {1} "
                             "--virtual-time-budget=10000 --enable-logging=stderr --dump-dom "
                             "'file://{0}/page.html' 2>'{2}'",
                             folder_.string(), flags, log.string()));
    const std::string text = ReadFile(log);
    for (size_t at = 0; (at = text.find("CONSOLE", at)) != std::string::npos; ++at)
      loaded.console += text.substr(at, text.find('\n', at) - at) + "\n";
    return loaded;
  }

  fs::path folder_ = fs::path(testing::TempDir()) / fmt::format("kallos_browser_{}", getpid());
};

int CountOf(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// With a script of the test's own at its end.
std::string PageWith(const std::string& script) {
  std::string page = FormatHtml(ExampleDocument());
  page.insert(page.rfind("</body>"),
              "<script>addEventListener('load', () => {" + script + "});</script>\n");
  return page;
}

TEST_F(BrowserTest, TheConsoleStaysSilentAndAllChartsAreDrawn) {
  const Loaded loaded = Load(FormatHtml(ExampleDocument()));
  EXPECT_EQ(loaded.console, "");
  EXPECT_EQ(CountOf(loaded.elements, "<canvas"), 5);
  EXPECT_EQ(CountOf(loaded.elements, "display: block; box-sizing: border-box;"),
            5);  // as Chart.js leaves canvases
  EXPECT_EQ(CountOf(loaded.elements, "<button type=\"button\">"),
            2);  // of the sortable table's columns
  EXPECT_THAT(loaded.elements, HasSubstr("data-theme=\"light\""));
}

TEST_F(BrowserTest, ErrorsWouldBeSeen) {
  EXPECT_THAT(Load(PageWith("nothing.like.this();")).console, HasSubstr("Uncaught ReferenceError"));
}

TEST_F(BrowserTest, ColumnsSortByNumberWithWhatIsMissingLast) {
  const std::string script =
      "const header = document.querySelector('table.sortable thead th:nth-child(2)');"
      "const column = () => [...document.querySelectorAll('table.sortable tbody tr')].map(r => "
      "r.cells[1].firstChild.data);"
      "header.click(); document.body.dataset.up = column().join(' ');"
      "header.click(); document.body.dataset.down = column().join(' ');";
  const Loaded loaded = Load(PageWith(script));
  EXPECT_EQ(loaded.console, "");
  EXPECT_THAT(loaded.elements, HasSubstr("data-up=\"7.10 92.80 -\""));
  EXPECT_THAT(loaded.elements, HasSubstr("data-down=\"92.80 7.10 -\""));
}

TEST_F(BrowserTest, TheThemeFollowsTheButton) {
  const Loaded loaded = Load(PageWith("document.getElementById('theme').click();"));
  EXPECT_EQ(loaded.console, "");
  EXPECT_THAT(loaded.elements, HasSubstr("data-theme=\"dark\""));
}

TEST_F(BrowserTest, PrintingUnfoldsAndFoldsAgain) {
  const std::string script =
      "const open = () => document.querySelectorAll('details[open]').length;"
      "dispatchEvent(new Event('beforeprint')); document.body.dataset.printed = open();"
      "dispatchEvent(new Event('afterprint')); document.body.dataset.after = open();";
  const Loaded loaded = Load(PageWith(script));
  EXPECT_EQ(loaded.console, "");
  EXPECT_THAT(loaded.elements,
              AllOf(HasSubstr("data-printed=\"1\""), HasSubstr("data-after=\"0\"")));
}

TEST_F(BrowserTest, LongSeriesAreDrawn) {
  Chart chart{"Long", {"x"}, {"y"}};
  chart.series = {{"s", SeriesStyle::kLine, 0, std::vector<Point>(300'000, Point{1, 2})}};
  EXPECT_EQ(Load(FormatHtml({"T", "", {{"S", {chart}}}})).console, "");
}

TEST_F(BrowserTest, OnPhonesLongNamesLeaveRoomForTheChart) {
  const std::string name(60, 'n');
  Chart chart{"Accuracy", {"", {}, {}, false, std::vector<std::string>(8, name)}, {"accuracy"}};
  for (int i = 0; i < 8; ++i)
    chart.series.push_back({name, SeriesStyle::kCloud, i, {{static_cast<double>(i), 50}}});
  std::string page = FormatHtml({"T", "", {{"S", {chart}}}});
  page.insert(
      page.rfind("</body>"),
      "<script>addEventListener('load', () => { const area = "
      "Chart.getChart(document.querySelector('canvas')).chartArea;"
      "document.body.dataset.fits = document.querySelector('.canvas').clientWidth <=  "
      "document.querySelector('.legend').clientWidth;"
      "document.body.dataset.room = area.bottom - area.top > 120; document.body.dataset.names = "
      "document.querySelectorAll('.legend button').length; });</script>");
  const Loaded loaded = Load(page, "--window-size=500,900");
  EXPECT_EQ(loaded.console, "");
  EXPECT_THAT(loaded.elements,
              AllOf(HasSubstr("data-fits=\"true\""), HasSubstr("data-room=\"true\""),
                    HasSubstr("data-names=\"8\"")));
}

TEST_F(BrowserTest, ThePageNeverScrollsSideways) {
  const std::string script =
      "document.body.dataset.over = document.documentElement.scrollWidth - innerWidth;";
  const std::string elements =
      Load(PageWith(script), "--window-size=500,900 --hide-scrollbars").elements;
  EXPECT_THAT(elements, HasSubstr("data-over=\"0\""));
}

}  // namespace
}  // namespace kallos::document
