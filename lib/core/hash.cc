#include "lib/core/hash.h"

#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace kallos {
namespace {

// Looked up once: OpenSSL 3 takes longer to find an algorithm than to hash a short text with it.
const EVP_MD* Algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  KALLOS_CHECK(context_ != nullptr && EVP_DigestInit_ex2(context_, Algorithm(), nullptr) == 1);
}

Sha256::~Sha256() {
  EVP_MD_CTX_free(context_);
}

void Sha256::Update(const void* data, size_t size) {
  KALLOS_CHECK(EVP_DigestUpdate(context_, data, size) == 1);
}

std::string Sha256::Hex() {
  std::array<uint8_t, 32> digest;
  KALLOS_CHECK(EVP_DigestFinal_ex(context_, digest.data(), nullptr) == 1);
  return fmt::format("{:02x}", fmt::join(digest, ""));
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
