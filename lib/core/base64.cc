#include "lib/core/base64.h"

#include <openssl/evp.h>

#include "lib/core/error.h"

namespace kallos {

std::string Base64(std::string_view bytes) {
  KALLOS_CHECK(bytes.size() < size_t{1} << 30, "{} bytes as one Base64 text", bytes.size());
  // Four digits for every three bytes that are begun; the encoder ends its text with a 0.
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  text.pop_back();
  return text;
}

}  // namespace kallos
