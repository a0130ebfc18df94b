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

// One table, without its caption, as Markdown that lines up on a terminal too: columns are as wide
// as their widest cell there, all flush left. Names are escaped (EscapedName), numbers and their
// intervals stand as they are.
std::string AlignedTable(const Table& table);
// A name that Markdown shows as it is and that cannot break a table, with as few strokes
// as that needs, since it is read on terminals: of _ and # and the like, harmless inside
// a name, none is escaped.
std::string EscapedName(const std::string& name);

}  // namespace kallos::document
