#include "lib/store/seal.h"

#include <fmt/format.h>

#include "lib/core/hash.h"

namespace kallos::store {
namespace {

// "\nkallos KIND sha256 HEX\n".
std::string SealOf(std::string_view bytes, std::string_view kind) {
  return fmt::format("\nkallos {} sha256 {}\n", kind, Sha256Hex(bytes));
}

}  // namespace

std::string Sealed(std::string bytes, std::string_view kind) {
  return std::move(bytes.append(SealOf(bytes, kind)));
}

std::optional<std::string_view> BeforeSeal(std::string_view bytes, std::string_view kind) {
  static const size_t digits = Sha256Hex("").size();
  const std::string begin = fmt::format("\nkallos {} sha256 ", kind);
  const size_t length = begin.size() + digits + 1;
  if (bytes.size() <= length) return std::nullopt;
  const std::string_view content = bytes.substr(0, bytes.size() - length);
  if (!bytes.substr(content.size()).starts_with(begin)) return std::nullopt;
  return content;
}

std::optional<std::string_view> Unsealed(std::string_view bytes, std::string_view kind) {
  const std::optional<std::string_view> content = BeforeSeal(bytes, kind);
  if (!content || bytes.substr(content->size()) != SealOf(*content, kind)) return std::nullopt;
  return content;
}

}  // namespace kallos::store
