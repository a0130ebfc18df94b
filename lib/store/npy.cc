#include "lib/store/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>

#include "lib/core/error.h"
#include "lib/core/half.h"
#include "lib/core/text.h"

namespace kallos::store {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

struct NpyHeader {
  size_t item = 0;  // bytes of a number: 2, 4 or 8
  bool fortran_order = false;
  std::vector<size_t> shape;
};

// The Python dictionary of the header.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  NpyHeader Parse() {
    Expect("{");
    while (!Take("}")) {
      Entry();
      if (!Take(",") && !Peek("}")) throw Bad("a comma or a closing brace");
    }
    SkipSpace();
    if (!text_.empty() || seen_.size() != 3)
      throw Bad("exactly the keys descr, fortran_order and shape");
    return header_;
  }

 private:
  void Entry() {
    const std::string key = Quoted();
    Expect(":");
    if (!seen_.insert(key).second) throw Bad("each key once");
    if (key == "descr") return TakeType(Quoted());
    if (key == "fortran_order") return TakeOrder();
    if (key == "shape") return TakeShape();
    throw Bad("the keys descr, fortran_order and shape");
  }

  void TakeType(const std::string& type) {
    if (type != "<f2" && type != "<f4" && type != "<f8") {
      throw InputError(
          "{}: the numbers are '{}'; expected little-endian floats '<f2', '<f4' or '<f8' (in "
          "NumPy: x.astype('<f4'))",
          name_, type);
    }
    header_.item = type[2] - '0';
  }

  void TakeOrder() {
    header_.fortran_order = Take("True");
    if (!header_.fortran_order) Expect("False");
  }

  void TakeShape() {
    Expect("(");
    while (!Take(")")) {
      SkipSpace();
      const size_t digits = std::min(text_.find_first_not_of("0123456789"), text_.size());
      const std::optional<int64_t> extent = ParseInt(text_.substr(0, digits));
      if (!extent) throw Bad("a shape such as (10, 3)");
      header_.shape.push_back(*extent);
      text_.remove_prefix(digits);
      if (!Take(",") && !Peek(")")) throw Bad("a shape such as (10, 3)");
    }
  }

  std::string Quoted() {
    SkipSpace();
    const char quote = text_.empty() ? ' ' : text_[0];
    const size_t end =
        quote == '\'' || quote == '"' ? text_.find(quote, 1) : std::string_view::npos;
    if (end == std::string_view::npos) throw Bad("a quoted word");
    const std::string word(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return word;
  }

  void SkipSpace() { text_.remove_prefix(std::min(text_.find_first_not_of(" \n"), text_.size())); }

  bool Peek(std::string_view token) {
    SkipSpace();
    return text_.starts_with(token);
  }

  bool Take(std::string_view token) {
    if (!Peek(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }

  void Expect(std::string_view token) {
    if (!Take(token)) throw Bad(fmt::format("'{}'", token));
  }

  Error Bad(const std::string& expected) const {
    return InputError("{}: damaged NPY header: expected {} at '{}'", name_, expected,
                      text_.substr(0, 20));
  }

  std::string_view text_;
  const std::string& name_;
  NpyHeader header_;
  std::set<std::string> seen_;
};

// "\x93NUMPY", version (2 bytes), length of the text (2 bytes; 4 from version 2 on), text, all
// little endian: numpy.lib.format. Splits off the header's text; `bytes` is then the data.
std::string_view TakeHeaderText(std::string_view& bytes, const std::string& name) {
  if (!bytes.starts_with(kMagic) || bytes.size() < 12)
    throw InputError("{}: not an NPY file", name);
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(bytes[i])); };
  const size_t version = byte(6);
  if (version < 1 || version > 3 || byte(7) != 0)
    throw InputError("{}: NPY version {}.{}; expected 1.0, 2.0 or 3.0", name, version, byte(7));
  const size_t start = version == 1 ? 10 : 12;
  const size_t size = byte(8) | byte(9) << 8 | (version == 1 ? 0 : byte(10) << 16 | byte(11) << 24);
  if (size > bytes.size() - start) throw InputError("{}: truncated inside the NPY header", name);
  const std::string_view text = bytes.substr(start, size);
  bytes.remove_prefix(start + size);
  return text;
}

void CheckShape(const NpyHeader& header, size_t bytes, const std::string& name) {
  if (header.shape.size() != 2)
    throw InputError("{}: the array has {} dimensions; expected 2 (rows x features)", name,
                     header.shape.size());
  const size_t rows = header.shape[0];
  const size_t columns = header.shape[1];
  const size_t items = bytes / header.item;
  const bool fits =
      columns == 0 ? bytes == 0 : rows <= items / columns && rows * columns * header.item == bytes;
  if (!fits)
    throw InputError(
        "{}: the header declares {} x {} numbers of {} bytes, but {} bytes of data follow", name,
        rows, columns, header.item, bytes);
}

float Number(const char* at, size_t item) {
  if (item == 2) {
    uint16_t half = 0;
    std::memcpy(&half, at, 2);
    return HalfToFloat(half);
  }
  if (item == 4) {
    float value = 0;
    std::memcpy(&value, at, 4);
    return value;
  }
  double value = 0;
  std::memcpy(&value, at, 8);
  return static_cast<float>(value);
}

}  // namespace

FloatTable ParseNpy(std::string_view bytes, const std::string& name) {
  const NpyHeader header = HeaderParser(TakeHeaderText(bytes, name), name).Parse();
  CheckShape(header, bytes.size(), name);
  const size_t rows = header.shape[0];
  const size_t columns = header.shape[1];
  FloatTable table{Matrix<float>(rows, columns), header.item == 2};
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j) {
      const size_t place = header.fortran_order ? j * rows + i : i * columns + j;
      table.values(i, j) = Number(bytes.data() + place * header.item, header.item);
    }
  }
  return table;
}

std::string FormatNpy(MatrixView<const float> values, bool half) {
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}, {}), }}",
                                   half ? "<f2" : "<f4", values.rows, values.columns);
  constexpr size_t kPrefix = 10;
  constexpr size_t kAlignment = 64;
  header.append((kAlignment - (kPrefix + header.size() + 1) % kAlignment) % kAlignment, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += std::string("\x01\x00", 2);
  bytes += static_cast<char>(header.size() & 0xFF);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  const size_t count = values.rows * values.columns;
  if (!half) return bytes.append(reinterpret_cast<const char*>(values.data), count * sizeof(float));
  std::vector<uint16_t> halves(count);
  std::transform(values.data, values.data + count, halves.begin(), FloatToHalf);
  return bytes.append(reinterpret_cast<const char*>(halves.data()), count * sizeof(uint16_t));
}

}  // namespace kallos::store
