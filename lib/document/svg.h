// Drawings that stand alone: SVG whose colours follow the viewer's light or dark scheme.
#pragma once

#include <filesystem>
#include <string>

namespace kallos::document {

// For text between tags.
std::string SvgEscaped(const std::string& text);
// `anchor`: start, middle or end. Every drawing has the kind "title".
std::string SvgText(double x, double y, const char* anchor, const std::string& text,
                    const char* kind = "");
// Rotated by 90 degrees, its middle at (x, y): the label of an ordinate.
std::string SvgUprightText(double x, double y, const std::string& text);
// Every drawing has the kind "grid".
std::string SvgLine(double x1, double y1, double x2, double y2, const char* kind);

// One panel of a plot: where a point of the data lies in the drawing, and what stands around it.
struct SvgPanel {
  double left = 0, right = 0, top = 0, bottom = 0;      // its edges in the drawing
  double x_low = 0, x_high = 1, y_low = 0, y_high = 1;  // the data at these edges

  double X(double x) const;  // in the middle where x_low = x_high
  double Y(double y) const;
  std::string Place(double x, double y) const;  // "412.5,97.0 ", for polylines

  std::string Level(double y, const std::string& label) const;   // a line of the grid
  std::string XLabel(double x, const std::string& label) const;  // below the panel
  std::string YTitle(const std::string& title) const;
};

// The whole drawing, on paper of its scheme's colour. `style`: CSS of its own kinds.
std::string SvgDocument(double width, double height, const std::string& title,
                        const std::string& style, const std::string& body);

// 1, 2 or 5 times a power of ten, so that about five steps span the range.
double TickStep(double range);

// Publishes x.svg, or x.html with the drawing inside.
void PublishDrawing(const std::filesystem::path& path, const std::string& svg,
                    const std::string& heading);

}  // namespace kallos::document
