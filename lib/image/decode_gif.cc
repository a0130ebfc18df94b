#include "lib/image/decode_gif.h"

#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace kallos::image {
namespace {

int ReadBytes(GifFileType* gif, GifByteType* out, int count) {
  auto* rest = static_cast<std::string_view*>(gif->UserData);
  const size_t n = std::min(rest->size(), static_cast<size_t>(count));
  std::memcpy(out, rest->data(), n);
  rest->remove_prefix(n);
  return static_cast<int>(n);
}

struct CloseGif {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};

Failure Broken(int code) {
  const char* text = GifErrorString(code);
  return Failure{std::string("broken GIF: ") + (text == nullptr ? "unknown reason" : text)};
}

// Moves to the first image descriptor; false at the end or on damage.
bool FindFirstImage(GifFileType* gif) {
  for (;;) {
    GifRecordType type = UNDEFINED_RECORD_TYPE;
    if (DGifGetRecordType(gif, &type) == GIF_ERROR || type == TERMINATE_RECORD_TYPE) return false;
    if (type == IMAGE_DESC_RECORD_TYPE) return DGifGetImageDesc(gif) != GIF_ERROR;
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(gif, &code, &block) == GIF_ERROR) return false;
    while (block != nullptr) {
      if (DGifGetExtensionNext(gif, &block) == GIF_ERROR) return false;
    }
  }
}

void PaintLine(const std::vector<GifPixelType>& line, const ColorMapObject& colors, int left, int y,
               Picture8& picture) {
  for (size_t i = 0; i < line.size(); ++i) {
    const int x = left + static_cast<int>(i);
    if (x >= picture.width || y >= picture.height || line[i] >= colors.ColorCount) continue;
    const GifColorType& color = colors.Colors[line[i]];
    uint8_t* pixel =
        picture.rgb.data() + (static_cast<size_t>(y) * static_cast<size_t>(picture.width) + static_cast<size_t>(x)) * 3;
    pixel[0] = color.Red, pixel[1] = color.Green, pixel[2] = color.Blue;
  }
}

void FillBackground(const GifFileType& gif, Picture8& picture) {
  const ColorMapObject* colors = gif.SColorMap;
  GifColorType background{0, 0, 0};
  if (colors != nullptr && gif.SBackGroundColor < colors->ColorCount) background = colors->Colors[gif.SBackGroundColor];
  for (size_t i = 0; i < picture.rgb.size(); i += 3) {
    picture.rgb[i] = background.Red, picture.rgb[i + 1] = background.Green, picture.rgb[i + 2] = background.Blue;
  }
}

}  // namespace

Result<Picture8> DecodeGif(std::string_view bytes) {
  std::string_view rest = bytes;
  int code = 0;
  const std::unique_ptr<GifFileType, CloseGif> gif(DGifOpen(&rest, ReadBytes, &code));
  if (!gif) return Broken(code);
  if (!FindFirstImage(gif.get())) return Broken(gif->Error);
  const GifImageDesc& frame = gif->Image;
  const ColorMapObject* colors = frame.ColorMap != nullptr ? frame.ColorMap : gif->SColorMap;
  if (colors == nullptr) return Failure{"broken GIF: it has no palette"};
  if (frame.Width <= 0 || frame.Height <= 0 || gif->SWidth <= 0 || gif->SHeight <= 0)
    return Failure{"broken GIF: empty frame"};
  if (frame.Left + frame.Width > gif->SWidth || frame.Top + frame.Height > gif->SHeight) {
    return Failure{"broken GIF: the first frame lies outside the picture"};
  }
  Picture8 picture{
      gif->SHeight, gif->SWidth,
      std::vector<uint8_t>(size_t{3} * static_cast<size_t>(gif->SWidth) * static_cast<size_t>(gif->SHeight))};
  FillBackground(*gif, picture);
  constexpr int kStart[] = {0, 4, 2, 1};
  constexpr int kStep[] = {8, 8, 4, 2};
  std::vector<GifPixelType> line(static_cast<size_t>(frame.Width));
  for (int pass = 0; pass < (frame.Interlace ? 4 : 1); ++pass) {
    for (int y = frame.Interlace ? kStart[pass] : 0; y < frame.Height; y += frame.Interlace ? kStep[pass] : 1) {
      if (DGifGetLine(gif.get(), line.data(), frame.Width) == GIF_ERROR) return Broken(gif->Error);
      PaintLine(line, *colors, frame.Left, frame.Top + y, picture);
    }
  }
  return picture;
}

}  // namespace kallos::image
