// A document with every kind of block, and names that would break a careless writer.
#pragma once

#include "lib/document/document.h"

namespace kallos::document {

inline constexpr const char* kNasty =
    R"(<script>alert("1")</script> & 'é' | 50% of a_b {x} $y$ #1 \z ~ ^ `w` 日本)";

inline Document ExampleDocument() {
  const Table table{kNasty,
                    {{"name"}, {kNasty, true}},
                    {{{kNasty, kNasty}, {"92.80", "[86.9, 96.2]", 92.8}},
                     {{"b"}, {"7.10", "", 7.1, 0.5}},
                     {{"[c]"}, {"-", "all are good"}}}};
  Table small = table;
  small.small = true;
  Chart chart{kNasty, {"epoch"}, {"loss %"}};
  chart.series = {
      {kNasty, SeriesStyle::kLine, 0, {{0, 1, 0.5, 1.5}, {1, 0.5, 0.2, 0.9}, {2, 0.25}}},
      {"", SeriesStyle::kDashed, {}, {{0, 0}, {2, 1}}}};
  Chart names{"Names", {"", {}, {}, false, {kNasty, "b"}}, {"accuracy"}, {}, true, "note"};
  names.series = {{"", SeriesStyle::kCloud, 9, {{0, 92, 90, 94}, {1, 80}}}};
  Chart logarithmic{"Spectrum", {"component", {}, {}, true}, {"variance", {}, {}, true}};
  logarithmic.series = {{"m", SeriesStyle::kDots, 1, {{1, 10}, {10, 0.1}, {100, 1e-5}}}};
  Chart empty{"Empty", {"x"}, {"y"}};
  Chart single{"Single", {"x"}, {"y"}};
  single.series = {{"one", SeriesStyle::kLine, 0, {{3, 4}}}};
  const Sheet sheet{kNasty, {{"", "deleted <b>", kNasty, "bad 51.0 %", "is good", false}}};
  return {kNasty,
          kNasty,
          {{"First part",
            {Heading{kNasty}, Paragraph{kNasty}, List{{kNasty, "b"}}, table, small, small}},
           {"Second part",
            {chart, names, logarithmic, empty, single, sheet,
             Listing{kNasty, std::string(kNasty) + "\n```\n"},
             Tree{kNasty, kNasty, {{"child", "", {{"grandchild"}}}}}}}}};
}

}  // namespace kallos::document
