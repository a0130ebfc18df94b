// Bytes as text.
#pragma once

#include <string>
#include <string_view>

namespace kallos {

// RFC 4648, section 4: with padding, without line ends.
std::string Base64(std::string_view bytes);

}  // namespace kallos
