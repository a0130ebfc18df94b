#include "lib/image/decode_png.h"

#include <png.h>

#include <csetjmp>
#include <cstring>
#include <string>

namespace kallos::image {
namespace {

// Everything that longjmp must not clobber, outside the function that it leaves.
struct Decoding {
  std::string_view rest;
  char message[256] = "";
  png_structp png = nullptr;
  png_infop info = nullptr;
  Picture8 picture;
  std::vector<png_bytep> rows;

  ~Decoding() { png_destroy_read_struct(&png, &info, nullptr); }
};

void OnError(png_structp png, png_const_charp message) {
  auto* decoding = static_cast<Decoding*>(png_get_error_ptr(png));
  std::strncpy(decoding->message, message, sizeof decoding->message - 1);
  png_longjmp(png, 1);
}

void OnWarning(png_structp, png_const_charp) {}  // of metadata; what harms pixels is an error

void ReadBytes(png_structp png, png_bytep out, size_t count) {
  std::string_view& rest = static_cast<Decoding*>(png_get_io_ptr(png))->rest;
  if (rest.size() < count) png_error(png, "the file ends too early");
  std::memcpy(out, rest.data(), count);
  rest.remove_prefix(count);
}

void AskForRgb8(png_structp png, png_infop info) {
  png_set_expand(png);  // palette to RGB, 1, 2 and 4 bits to 8
  png_set_strip_16(png);
  png_set_gray_to_rgb(png);
  png_set_strip_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
}

void MakeRows(Decoding& d, const Header& header) {
  const size_t stride = size_t{3} * header.stored_width;
  if (png_get_rowbytes(d.png, d.info) != stride) png_error(d.png, "unexpected row size");
  d.picture = {header.stored_height, header.stored_width, {}};
  d.picture.rgb.resize(stride * header.stored_height);
  for (size_t at = 0; at < d.picture.rgb.size(); at += stride)
    d.rows.push_back(d.picture.rgb.data() + at);
}

bool Run(Decoding& d, const Header& header) {
  d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, OnError, OnWarning);
  if (d.png == nullptr) throw std::bad_alloc();
  if (setjmp(png_jmpbuf(d.png)) != 0) return false;
  d.info = png_create_info_struct(d.png);
  png_set_read_fn(d.png, &d, ReadBytes);
  const auto width = static_cast<png_uint_32>(header.stored_width);
  const auto height = static_cast<png_uint_32>(header.stored_height);
  png_set_user_limits(d.png, width, height);
  png_read_info(d.png, d.info);
  AskForRgb8(d.png, d.info);
  if (png_get_image_height(d.png, d.info) != height) png_error(d.png, "unexpected height");
  MakeRows(d, header);
  png_read_image(d.png, d.rows.data());
  return true;
}

}  // namespace

Result<Picture8> DecodePng(std::string_view bytes, const Header& header) {
  Decoding decoding;
  decoding.rest = bytes;
  if (!Run(decoding, header)) return Failure{std::string("broken PNG: ") + decoding.message};
  return std::move(decoding.picture);
}

}  // namespace kallos::image
