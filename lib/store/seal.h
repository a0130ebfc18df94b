// A line behind the bytes of an HDF5 file that holds their SHA-256, so that they can be checked
// before the HDF5 library parses them. HDF5 readers ignore what follows the end of file that the
// superblock declares.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kallos::store {

// The bytes and their seal; `kind` is a word for what they are ("shard").
std::string Sealed(std::string bytes, std::string_view kind);

// The bytes without their seal, or nothing when there is none of this kind or the bytes are not
// those that were sealed.
std::optional<std::string_view> Unsealed(std::string_view bytes, std::string_view kind);
// The same for bytes that are known to be unaltered: the hash is not computed.
std::optional<std::string_view> BeforeSeal(std::string_view bytes, std::string_view kind);

}  // namespace kallos::store
