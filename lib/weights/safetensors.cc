#include "lib/weights/safetensors.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/weights/tensor_bytes.h"

namespace kallos::weights {
namespace {

using nlohmann::json;

constexpr uint64_t kMaxHeader = 100'000'000;

// JSON with duplicate keys and deep nesting refused, which nlohmann otherwise lets pass.
json ParseHeader(std::string_view text, const std::string& file) {
  constexpr int kMaxDepth = 4;
  std::vector<std::set<std::string>> keys;
  const json::parser_callback_t watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kMaxDepth) throw InputError("{}: the header is nested too deeply", file);
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      throw InputError("{}: key '{}' of the header appears twice", file, parsed.get<std::string>());
    return true;
  };
  json header = json::parse(text, watch, false);
  if (header.is_discarded() || !header.is_object())
    throw InputError("{}: the header is not a JSON object", file);
  return header;
}

// A non-negative integer of the header.
uint64_t Unsigned(const json& value, const std::string& where) {
  if (!value.is_number_unsigned())
    throw InputError("{}: expected a whole number >= 0, found {}", where, value.dump());
  return value.get<uint64_t>();
}

struct Entry {
  std::string name;
  Dtype dtype = Dtype::kFloat32;
  std::vector<int64_t> shape;
  uint64_t begin = 0;
  uint64_t end = 0;
};

Entry ReadEntry(const std::string& name, const json& value, const std::string& file) {
  const std::string where = fmt::format("{}: tensor '{}'", file, name);
  if (!value.is_object() || value.size() != 3 || !value.contains("dtype") ||
      !value.contains("shape") || !value.contains("data_offsets")) {
    throw InputError("{}: expected exactly dtype, shape and data_offsets", where);
  }
  Entry entry;
  entry.name = name;
  const auto dtype =
      value["dtype"].is_string() ? DtypeOfCode(value["dtype"].get<std::string>()) : std::nullopt;
  if (!dtype) throw InputError("{}: unknown dtype {}", where, value["dtype"].dump());
  entry.dtype = *dtype;
  if (!value["shape"].is_array() || value["shape"].size() > 8)
    throw InputError("{}: shape is no list of at most 8 sizes", where);
  uint64_t count = 1;
  for (const json& size : value["shape"]) {
    const uint64_t n = Unsigned(size, where + ": shape");
    if (n > INT64_MAX || __builtin_mul_overflow(count, n, &count))
      throw InputError("{}: the shape overflows", where);
    entry.shape.push_back(static_cast<int64_t>(n));
  }
  const json& offsets = value["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2)
    throw InputError("{}: data_offsets is no pair", where);
  entry.begin = Unsigned(offsets[0], where + ": data_offsets");
  entry.end = Unsigned(offsets[1], where + ": data_offsets");
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(count, uint64_t{DtypeSize(entry.dtype)}, &bytes) ||
      entry.end < entry.begin || entry.end - entry.begin != bytes) {
    throw InputError("{}: shape and dtype need {} bytes, data_offsets give [{}, {})", where, bytes,
                     entry.begin, entry.end);
  }
  return entry;
}

void ReadMetadata(const json& value, const std::string& file,
                  std::map<std::string, std::string>* metadata) {
  if (!value.is_object()) throw InputError("{}: __metadata__ is no object", file);
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) throw InputError("{}: __metadata__ '{}' is no text", file, key);
    if (metadata != nullptr) (*metadata)[key] = text.get<std::string>();
  }
}

void RequireGapless(std::vector<Entry>& entries, uint64_t data_bytes, const std::string& file) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  uint64_t expected = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != expected)
      throw InputError("{}: tensor '{}' starts at byte {}, expected {} (overlap or hole)", file,
                       entry.name, entry.begin, expected);
    expected = entry.end;
  }
  if (expected != data_bytes)
    throw InputError("{}: the tensors end at byte {}, the data at {} (cut short or trailing bytes)",
                     file, expected, data_bytes);
}

}  // namespace

std::vector<Tensor> ParseSafetensors(std::string_view bytes, const std::string& file,
                                     bool with_values,
                                     std::map<std::string, std::string>* metadata) {
  if (bytes.size() < 8)
    throw InputError("{}: {} bytes are too few for a safetensors file", file, bytes.size());
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  if (length > kMaxHeader || length > bytes.size() - 8)
    throw InputError("{}: header length {} exceeds the file or the limit", file, length);
  const std::string_view header_text = bytes.substr(8, length);
  if (!header_text.starts_with('{') || !IsValidUtf8(header_text))
    throw InputError("{}: the header is not JSON in UTF-8", file);
  const std::string_view data = bytes.substr(8 + length);
  std::vector<Entry> entries;
  const json header = ParseHeader(header_text, file);
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") {
      ReadMetadata(value, file, metadata);
    } else {
      entries.push_back(ReadEntry(name, value, file));
    }
  }
  RequireGapless(entries, data.size(), file);
  std::vector<Tensor> tensors;
  for (const Entry& entry : entries) {
    Tensor tensor{entry.name, "", entry.dtype, entry.shape, {}};
    if (with_values) {
      SetNumbers(data.substr(entry.begin, entry.end - entry.begin),
                 fmt::format("{}: tensor '{}'", file, entry.name), tensor);
    }
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

void WriteSafetensors(const std::filesystem::path& path, const std::vector<Tensor>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  std::map<std::string, const Tensor*> sorted;
  for (const Tensor& tensor : tensors)
    KALLOS_CHECK(sorted.emplace(tensor.name, &tensor).second, "duplicate {}", tensor.name);
  json header = json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  size_t end = 0;
  for (const auto& [name, tensor] : sorted) {
    const size_t begin = end;
    end += (tensor->values.size() + tensor->integers.size()) * DtypeSize(tensor->dtype);
    header[name] = {{"dtype", DtypeCode(tensor->dtype)},
                    {"shape", tensor->shape},
                    {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t length = text.size();
  std::string file(reinterpret_cast<const char*>(&length), 8);
  file.reserve(8 + text.size() + end);
  file += text;
  for (const auto& [name, tensor] : sorted) file += BytesOf(*tensor);
  PublishBytes(path, file);
}

}  // namespace kallos::weights
