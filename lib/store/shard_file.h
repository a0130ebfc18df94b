// One shard as the bytes of its file: HDF5, and behind it a line with the SHA-256 of all before, so
// that a shard can be checked before the HDF5 library parses it, without store.json.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/store/feature_store.h"

namespace kallos::store {

// The same content gives the same bytes.
std::string EncodeShard(const StoreInfo& info, int64_t shard, const Shard& content);

// Whether the bytes are those of an undamaged shard.
bool IsWholeShard(std::string_view bytes);

// Throws InputError naming `name`: damaged, of another store, place or format version, another
// dimension, sizes of the datasets that do not fit each other, NaN or infinity (naming the row's id
// and the column).
Shard DecodeShard(std::string_view bytes, const StoreInfo& info, int64_t shard,
                  const std::string& name);
// The same for bytes that are known to be unaltered: their hash is not computed again.
Shard DecodeUnalteredShard(std::string_view bytes, const StoreInfo& info, int64_t shard,
                           const std::string& name);

}  // namespace kallos::store
