// The document as one HTML page that needs no network: styles, scripts, chart library and
// photographs are inside.
#pragma once

#include <string>

#include "lib/document/document.h"

namespace kallos::document {

// All text of the document is escaped. The page depends on the document alone.
std::string FormatHtml(const Document& document);

// For text between tags and in quoted attributes; control characters but line ends become spaces.
std::string HtmlEscaped(const std::string& text);

// Whether this build holds the chart library; without it the page would have no charts.
bool HasChartLibrary();

}  // namespace kallos::document
