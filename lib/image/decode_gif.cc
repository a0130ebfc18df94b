#include "lib/image/decode_gif.h"

#include <gif_lib.h>

#include <algorithm>
#include <array>
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

// Reads one extension; a graphics control block sets the transparent index (-1 where it has none).
bool ReadExtension(GifFileType* gif, int* transparent) {
  int code = 0;
  GifByteType* block = nullptr;
  if (DGifGetExtension(gif, &code, &block) == GIF_ERROR) return false;
  while (block != nullptr) {
    GraphicsControlBlock control{};
    const bool is_control = code == GRAPHICS_EXT_FUNC_CODE && block[0] == 4;
    if (is_control && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
      *transparent = control.TransparentColor;
    if (DGifGetExtensionNext(gif, &block) == GIF_ERROR) return false;
  }
  return true;
}

// Moves to the first image descriptor; false at the end or on damage.
bool FindFirstImage(GifFileType* gif, int* transparent) {
  for (;;) {
    GifRecordType type = UNDEFINED_RECORD_TYPE;
    if (DGifGetRecordType(gif, &type) == GIF_ERROR || type == TERMINATE_RECORD_TYPE) return false;
    if (type == IMAGE_DESC_RECORD_TYPE) return DGifGetImageDesc(gif) != GIF_ERROR;
    if (!ReadExtension(gif, transparent)) return false;
  }
}

using Palette = std::array<std::array<uint8_t, 3>, 256>;

// A grey ramp where the file has no palette, as Pillow takes it.
Palette PaletteOf(const GifFileType& gif) {
  Palette palette;
  for (size_t i = 0; i < palette.size(); ++i) palette[i].fill(static_cast<uint8_t>(i));
  const ColorMapObject* colors = gif.Image.ColorMap != nullptr ? gif.Image.ColorMap : gif.SColorMap;
  for (int i = 0; colors != nullptr && i < std::min(colors->ColorCount, 256); ++i) {
    palette[i] = {colors->Colors[i].Red, colors->Colors[i].Green, colors->Colors[i].Blue};
  }
  return palette;
}

// The frame's indices on a screen that is transparent elsewhere; false on damage.
bool ReadIndices(GifFileType* gif, std::vector<GifPixelType>& screen) {
  const GifImageDesc& frame = gif->Image;
  constexpr int kStart[] = {0, 4, 2, 1};
  constexpr int kStep[] = {8, 8, 4, 2};
  for (int pass = 0; pass < (frame.Interlace ? 4 : 1); ++pass) {
    for (int y = frame.Interlace ? kStart[pass] : 0; y < frame.Height;
         y += frame.Interlace ? kStep[pass] : 1) {
      const size_t at = (frame.Top + y) * static_cast<size_t>(gif->SWidth);
      GifPixelType* line = screen.data() + at + frame.Left;
      if (DGifGetLine(gif, line, frame.Width) == GIF_ERROR) return false;
    }
  }
  return true;
}

}  // namespace

Result<Picture8> DecodeGif(std::string_view bytes) {
  std::string_view rest = bytes;
  int code = 0;
  const std::unique_ptr<GifFileType, CloseGif> gif(DGifOpen(&rest, ReadBytes, &code));
  if (!gif) return Broken(code);
  int transparent = -1;
  if (!FindFirstImage(gif.get(), &transparent)) return Broken(gif->Error);
  const GifImageDesc& frame = gif->Image;
  if (frame.Width <= 0 || frame.Height <= 0) return Failure{"broken GIF: empty frame"};
  if (frame.Left + frame.Width > gif->SWidth || frame.Top + frame.Height > gif->SHeight) {
    return Failure{"broken GIF: the first frame lies outside the picture"};
  }
  const size_t pixels = gif->SWidth * static_cast<size_t>(gif->SHeight);
  std::vector<GifPixelType> screen(pixels, static_cast<GifPixelType>(std::max(transparent, 0)));
  if (!ReadIndices(gif.get(), screen)) return Broken(gif->Error);
  const Palette palette = PaletteOf(*gif);
  Picture8 picture{gif->SHeight, gif->SWidth, std::vector<uint8_t>(3 * pixels)};
  for (size_t i = 0; i < pixels; ++i)
    std::copy_n(palette[screen[i]].data(), 3, picture.rgb.data() + 3 * i);
  return picture;
}

}  // namespace kallos::image
