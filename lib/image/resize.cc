#include "lib/image/resize.h"

#include <cmath>
#include <optional>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/image/bilinear.h"

namespace kallos::image {
namespace {

struct Size {
  int height;
  int width;
};

// The published arithmetic: double ratios, int() truncation (never round: that is one pixel off now
// and then).
Size FixHeight(int h, int w, int height) {
  const double ratio = static_cast<double>(height) / h;
  return {height, std::max(1, static_cast<int>(w * ratio))};
}

Size FixWidth(int h, int w, int width) {
  const double ratio = static_cast<double>(width) / w;
  return {std::max(1, static_cast<int>(h * ratio)), width};
}

Size MaxSize(int h, int w, int limit, bool always) {
  if (!always && std::max(h, w) <= limit) return {h, w};
  if (h > w) return FixHeight(h, w, limit);
  if (w > h) return FixWidth(h, w, limit);
  return {limit, limit};
}

Size AreaSize(int h, int w, const ResizeRule& rule) {
  const double scale =
      std::sqrt(static_cast<double>(rule.height) * rule.width / (static_cast<double>(w) * h));
  return {std::max(1, static_cast<int>(h * scale)), std::max(1, static_cast<int>(w * scale))};
}

// The size of the picture itself, before a border is added.
Size InnerSize(const ResizeRule& rule, int h, int w) {
  switch (rule.kind) {
    case ResizeRule::Kind::kNative:
      return {h, w};
    case ResizeRule::Kind::kMax:
      return MaxSize(h, w, rule.height, false);
    case ResizeRule::Kind::kMaxAlways:
      return MaxSize(h, w, rule.height, true);
    case ResizeRule::Kind::kBorder:
      return h > w ? FixHeight(h, w, rule.height) : FixWidth(h, w, rule.width);
    case ResizeRule::Kind::kArea:
      return AreaSize(h, w, rule);
  }
  throw BugError("resize rule");
}

template <typename Picture>
Picture Blank(int height, int width) {
  return {height, width, decltype(Picture::rgb)(size_t{3} * height * width)};
}

template <typename Picture>
Picture Scale(const Picture& picture, Size size) {
  if (size.height == picture.height && size.width == picture.width) return picture;
  return ScaleBilinear(picture, size.height, size.width);
}

template <typename Picture>
Picture Bordered(Picture picture, const ResizeRule& rule) {
  if (rule.kind != ResizeRule::Kind::kBorder) return picture;
  const int height = rule.height, width = rule.width;
  const int top = (height - picture.height) / 2;
  const int left = (width - picture.width) / 2;
  Picture out = Blank<Picture>(height, width);
  const auto row_values = static_cast<size_t>(picture.width) * 3;
  for (int y = 0; y < picture.height; ++y) {
    const auto* from = picture.rgb.data() + y * row_values;
    std::copy(from, from + row_values,
              out.rgb.begin() + (static_cast<ptrdiff_t>(y + top) * width + left) * 3);
  }
  return out;
}

template <typename Picture>
Picture ScaledInside(const Picture& picture, const ResizeRule& rule) {
  Picture scaled = Scale(picture, InnerSize(rule, picture.height, picture.width));
  if (rule.kind != ResizeRule::Kind::kBorder) return scaled;
  // A picture wider than it is high by less than the target may overshoot the other side; the
  // published code would fail there.
  if (scaled.height > rule.height || scaled.width > rule.width) {
    throw UsageError("resize {}: a {} x {} picture does not fit", rule.Name(), picture.height,
                     picture.width);
  }
  return scaled;
}

std::optional<std::pair<int, int>> ParseSides(const std::string& text) {
  const std::vector<std::string> parts = Split(text, 'x');
  if (parts.size() > 2) return std::nullopt;
  const auto height = ParseInt(parts.front());
  const auto width = ParseInt(parts.back());
  constexpr int64_t kMax = 1 << 15;
  if (!height || !width || *height < 1 || *width < 1 || *height > kMax || *width > kMax)
    return std::nullopt;
  return std::pair(static_cast<int>(*height), static_cast<int>(*width));
}

}  // namespace

std::string ResizeRule::Name() const {
  switch (kind) {
    case Kind::kNative:
      return "native";
    case Kind::kMax:
      return fmt::format("max:{}", height);
    case Kind::kMaxAlways:
      return fmt::format("max-always:{}", height);
    case Kind::kBorder:
      return height == width ? fmt::format("border:{}", height)
                             : fmt::format("border:{}x{}", height, width);
    case Kind::kArea:
      return fmt::format("area:{}x{}", height, width);
  }
  throw BugError("resize rule");
}

ResizeRule ParseResizeRule(const std::string& text) {
  if (text == "native") return {};
  const size_t colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  const auto sides = colon == std::string::npos ? std::nullopt : ParseSides(text.substr(colon + 1));
  const bool one_side = sides && sides->first == sides->second;
  if (kind == "max" && one_side) return {ResizeRule::Kind::kMax, sides->first, sides->second};
  if (kind == "max-always" && one_side)
    return {ResizeRule::Kind::kMaxAlways, sides->first, sides->second};
  if (kind == "border" && sides) return {ResizeRule::Kind::kBorder, sides->first, sides->second};
  if (kind == "area" && sides) return {ResizeRule::Kind::kArea, sides->first, sides->second};
  throw UsageError(
      "'{}' is no resize rule; the forms are native, max:996 (only shrinks), max-always:996 (also "
      "enlarges), "
      "border:600, "
      "area:500x500 (height x width)",
      text);
}

PictureF Resize(const PictureF& picture, const ResizeRule& rule) {
  return Bordered(ScaledInside(picture, rule), rule);
}

Picture8 Resize(const Picture8& picture, const ResizeRule& rule) {
  return Bordered(ScaledInside(picture, rule), rule);
}

Picture8 ResizeInside(const Picture8& picture, const ResizeRule& rule) {
  return ScaledInside(picture, rule);
}

Picture8 AddBorder(Picture8 picture, const ResizeRule& rule) {
  KALLOS_CHECK(rule.kind != ResizeRule::Kind::kBorder ||
               (picture.height <= rule.height && picture.width <= rule.width));
  return Bordered(std::move(picture), rule);
}

void ResizedSize(const ResizeRule& rule, int height, int width, int* new_height, int* new_width) {
  const Size inner = rule.kind == ResizeRule::Kind::kBorder ? Size{rule.height, rule.width}
                                                            : InnerSize(rule, height, width);
  *new_height = inner.height;
  *new_width = inner.width;
}

}  // namespace kallos::image
