// Archives as torch.save writes them: stored members only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace kallos::weights {

// Members by name, as views into `bytes`, taken from the central directory; their CRC-32 is
// checked. Throws InputError that names `file` for anything else than a plain archive: compressed
// or encrypted members, several disks, zip64 sizes, names that appear twice, members that overlap,
// offsets outside the file.
std::map<std::string, std::string_view> ReadStoredZip(std::string_view bytes,
                                                      const std::string& file);

// CRC-32 of ISO 3309, as zip has it.
uint32_t Crc32(std::string_view bytes);

}  // namespace kallos::weights
