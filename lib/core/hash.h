// Hashes of content.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace kallos {

// SHA-256 (FIPS 180-4), fed piece by piece.
class Sha256 {
 public:
  Sha256();
  void Update(const void* data, size_t size);
  void Update(std::string_view text) { Update(text.data(), text.size()); }
  std::string Hex();  // 64 lower-case digits; the object must not be used afterwards

 private:
  std::array<uint32_t, 8> state_;
  std::array<uint8_t, 64> buffer_{};
  uint64_t size_ = 0;
};

std::string Sha256Hex(std::string_view bytes);
// Throws EnvironmentError when the file cannot be read.
std::string Sha256OfFile(const std::filesystem::path& path);

// FNV-1a, 64 bit (Fowler, Noll, Vo): a quick hash for keys, no protection against tampering.
uint64_t Fnv1a64(std::string_view bytes);

}  // namespace kallos
