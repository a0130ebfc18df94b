// The document as Markdown, for pull requests and papers.
#pragma once

#include <string>

#include "lib/document/document.h"

namespace kallos::document {

// GitHub's dialect. Charts and photographs are named, and `page` is where they are to be seen. All
// text of the document is escaped; code stands in fences that it cannot close.
std::string FormatMarkdown(const Document& document, const std::string& page);

// Text that means itself. One line.
std::string MarkdownEscaped(const std::string& text);

}  // namespace kallos::document
