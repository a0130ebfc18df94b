#include "lib/core/hash.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/sha256_blocks.h"

namespace kallos {
namespace {

constexpr size_t kBlock = 64;

}  // namespace

Sha256::Sha256()
    : state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19} {}

void Sha256::Update(const void* data, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  while (size > 0) {
    const size_t held = size_ % kBlock;
    const bool whole = held == 0 && size >= kBlock;
    const size_t take = whole ? size - size % kBlock : std::min(size, kBlock - held);
    if (whole) {
      CompressSha256(state_, bytes, take / kBlock);
    } else {
      std::memcpy(buffer_.data() + held, bytes, take);
      if (held + take == kBlock) CompressSha256(state_, buffer_.data(), 1);
    }
    size_ += take, bytes += take, size -= take;
  }
}

std::string Sha256::Hex() {
  const uint64_t bits = size_ * 8;
  const uint8_t one = 0x80;
  const uint8_t zero = 0;
  Update(&one, 1);
  while (size_ % kBlock != 56) Update(&zero, 1);
  std::array<uint8_t, 8> length;
  for (size_t i = 0; i < 8; ++i) length[i] = static_cast<uint8_t>(bits >> (56 - 8 * i));
  Update(length.data(), length.size());
  std::string hex;
  for (const uint32_t word : state_) hex += fmt::format("{:08x}", word);
  return hex;
}

std::string Sha256Hex(std::string_view bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.Hex();
}

std::string Sha256OfFile(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) throw EnvironmentError("{}: cannot be read: {}", PathText(path), std::strerror(errno));
  Sha256 hash;
  std::vector<char> piece(size_t{1} << 18);
  while (const size_t n = std::fread(piece.data(), 1, piece.size(), file.get()))
    hash.Update(piece.data(), n);
  if (std::ferror(file.get()) != 0)
    throw EnvironmentError("{}: reading failed: {}", PathText(path), std::strerror(errno));
  return hash.Hex();
}

uint64_t Fnv1a64(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
  return hash;
}

}  // namespace kallos
