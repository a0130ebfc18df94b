#include "lib/image/decode_jpeg.h"

#include <cstdio>
// jpeglib.h needs cstdio before it.
#include <jerror.h>
#include <jpeglib.h>

#include <csetjmp>
#include <cstring>

namespace kallos::image {
namespace {

struct ErrorState {
  jpeg_error_mgr manager;
  jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

// libjpeg may not be left by an exception: an error jumps back, with the message kept.
void OnError(j_common_ptr info) {
  auto* state = reinterpret_cast<ErrorState*>(info->err);
  state->manager.format_message(info, state->message);
  longjmp(state->jump, 1);
}

// Warnings that are no loss of pixels: junk between segments, odd version numbers, a scan script
// that is unusual.
bool IsHarmless(int code) {
  return code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR ||
         code == JWRN_BOGUS_PROGRESSION;
}

// Level -1 is a warning; what libjpeg would paper over with grey is an error here.
void OnMessage(j_common_ptr info, int level) {
  if (level < 0 && !IsHarmless(info->err->msg_code)) OnError(info);
}

// A small file of many thousand progressive scans of a large picture would decode for hours.
void OnProgress(j_common_ptr info) {
  constexpr int kMaxScans = 1000;
  if (!info->is_decompressor ||
      reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMaxScans)
    return;
  auto* state = reinterpret_cast<ErrorState*>(info->err);
  std::strcpy(state->message, "more than 1000 scans");
  longjmp(state->jump, 1);
}

// Four inks are taken as Adobe writes them, inverted: each value is how much paper shows. Then as
// Pillow converts: k - ink * k / 255, rounded.
void CmykRow(const uint8_t* row, int width, uint8_t* rgb) {
  for (int x = 0; x < width; ++x) {
    const int k = row[4 * x + 3];
    for (int c = 0; c < 3; ++c) {
      const int product = (255 - row[4 * x + c]) * k + 128;
      rgb[3 * x + c] = static_cast<uint8_t>(k - ((product + (product >> 8)) >> 8));
    }
  }
}

// Everything that setjmp must not clobber lives here, outside the function that jumps.
struct Decoding {
  jpeg_decompress_struct info{};
  ErrorState error{};
  jpeg_progress_mgr progress{};
  Picture8 picture;
  std::vector<uint8_t> cmyk;

  ~Decoding() { jpeg_destroy_decompress(&info); }
};

bool Run(Decoding& d, std::string_view bytes, const Header& header) {
  d.info.err = jpeg_std_error(&d.error.manager);
  d.error.manager.error_exit = OnError;
  d.error.manager.emit_message = OnMessage;
  if (setjmp(d.error.jump) != 0) return false;
  jpeg_create_decompress(&d.info);
  d.progress.progress_monitor = OnProgress;
  d.info.progress = &d.progress;
  jpeg_mem_src(&d.info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&d.info, TRUE);
  const bool four = d.info.jpeg_color_space == JCS_CMYK || d.info.jpeg_color_space == JCS_YCCK;
  d.info.out_color_space = four ? JCS_CMYK : JCS_RGB;
  if (d.info.image_width != static_cast<JDIMENSION>(header.stored_width) ||
      d.info.image_height != static_cast<JDIMENSION>(header.stored_height)) {
    std::strcpy(d.error.message, "two headers of different sizes");
    return false;
  }
  jpeg_start_decompress(&d.info);
  d.picture.width = static_cast<int>(d.info.output_width);
  d.picture.height = static_cast<int>(d.info.output_height);
  const size_t stride = size_t{3} * d.info.output_width;
  d.picture.rgb.resize(stride * d.info.output_height);
  if (four) d.cmyk.resize(size_t{4} * d.info.output_width);
  while (d.info.output_scanline < d.info.output_height) {
    uint8_t* target = d.picture.rgb.data() + stride * d.info.output_scanline;
    JSAMPROW row = four ? d.cmyk.data() : target;
    jpeg_read_scanlines(&d.info, &row, 1);
    if (four) CmykRow(row, d.picture.width, target);
  }
  jpeg_finish_decompress(&d.info);
  return true;
}

}  // namespace

Result<Picture8> DecodeJpeg(std::string_view bytes, const Header& header) {
  Decoding decoding;
  if (!Run(decoding, bytes, header))
    return Failure{std::string("broken JPEG: ") + decoding.error.message};
  return std::move(decoding.picture);
}

}  // namespace kallos::image
