// The tables of the document as LaTeX.
#pragma once

#include <string>

#include "lib/document/document.h"

namespace kallos::document {

// One table environment for each, with the rules of the package booktabs, those of many columns
// shrunk to the page by graphicx; needs UTF-8, which LaTeX reads by default.
std::string FormatLatex(const Document& document);

// Text that means itself. One line.
std::string LatexEscaped(const std::string& text);

}  // namespace kallos::document
