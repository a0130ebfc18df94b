// The files that every page holds, put into the program when it is built.
#pragma once

#include <string_view>

namespace kallos::document {

extern const std::string_view kPageCss;  // page.css
extern const std::string_view kPageJs;   // page.js
extern const std::string_view
    kChartLibrary;  // Chart.js, minified; empty where the build found none

}  // namespace kallos::document
