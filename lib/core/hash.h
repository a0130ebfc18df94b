// Hashes of content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace kallos {

// SHA-256 (FIPS 180-4), fed piece by piece:
//
//   Sha256 hash;
//   hash.Update(header);
//   hash.Update(rows.data(), rows.size());
//   const std::string digest = hash.Hex();
//
// The pieces do not show in the digest: it is that of all bytes in a row. libcrypto computes it.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Update(const void* data, size_t size);
  void Update(std::string_view text) { Update(text.data(), text.size()); }
  std::string Hex();  // 64 lower-case digits; the object must not be used afterwards

 private:
  evp_md_ctx_st* context_;
};

// The digest of all bytes, 64 lower-case digits.
std::string Sha256Hex(std::string_view bytes);
// Throws EnvironmentError when the file cannot be read.
std::string Sha256OfFile(const std::filesystem::path& path);

// FNV-1a, 64 bit (Fowler, Noll, Vo): h = (h xor byte) * 0x100000001b3, from 0xcbf29ce484222325. A
// quick hash for keys, no protection against tampering.
uint64_t Fnv1a64(std::string_view bytes);

}  // namespace kallos
