#include "lib/store/matrix_file.h"

#include <charconv>
#include <cmath>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/store/hdf5_image.h"

namespace kallos::store {
namespace {

constexpr size_t kMaxBytes = size_t{1} << 40;

struct Place {
  enum class Kind { kNpy, kCsv, kHdf5 } kind;
  std::string file;
  std::string dataset;
};

Place ParsePlace(const std::string& place) {
  const std::string lower = ToLower(place);
  if (lower.ends_with(".npy")) return {Place::Kind::kNpy, place, ""};
  if (lower.ends_with(".csv")) return {Place::Kind::kCsv, place, ""};
  for (const std::string mark : {".h5:", ".hdf5:"}) {
    const size_t found = lower.rfind(mark);
    if (found == std::string::npos) continue;
    const size_t colon = found + mark.size() - 1;
    const std::string dataset = place.substr(colon + 1);
    if (dataset.find_first_not_of('/') != std::string::npos)
      return {Place::Kind::kHdf5, place.substr(0, colon), dataset};
  }
  throw UsageError("'{}': expected x.npy, x.csv or x.h5:/dataset", place);
}

std::optional<float> ParseFloat(std::string_view text) {
  text = Trim(text);
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The numbers of one line, or nothing where a field is none; `field` is then the field's number.
std::optional<std::vector<float>> ParseLine(const std::string& line, size_t& field) {
  std::vector<float> numbers;
  for (const std::string& text : Split(line, ',')) {
    const std::optional<float> value = ParseFloat(text);
    field = numbers.size() + 1;
    if (!value) return std::nullopt;
    numbers.push_back(*value);
  }
  return numbers;
}

Matrix<float> ParseCsvMatrix(const std::string& text, const std::string& name) {
  std::vector<float> all;
  size_t columns = 0;
  size_t rows = 0;
  const std::vector<std::string> lines = Split(text, '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    if (Trim(lines[i]).empty()) continue;
    size_t field = 0;
    const std::optional<std::vector<float>> numbers = ParseLine(lines[i], field);
    if (!numbers && i == 0) continue;  // the header row
    if (!numbers) throw InputError("{}:{}: field {} is not a number", name, i + 1, field);
    if (rows == 0) columns = numbers->size();
    if (numbers->size() != columns)
      throw InputError("{}:{}: {} numbers, but the first row has {}", name, i + 1, numbers->size(),
                       columns);
    all.insert(all.end(), numbers->begin(), numbers->end());
    ++rows;
  }
  Matrix<float> matrix(rows, columns);
  std::copy(all.begin(), all.end(), matrix.data());
  return matrix;
}

std::string FormatCsvMatrix(MatrixView<const float> values) {
  std::string text;
  for (size_t i = 0; i < values.rows; ++i) {
    for (size_t j = 0; j < values.columns; ++j)
      text += fmt::format("{}{}", j == 0 ? "" : ",", values(i, j));
    text += '\n';
  }
  return text;
}

FloatTable Read(const Place& place) {
  switch (place.kind) {
    case Place::Kind::kNpy:
      return ParseNpy(ReadFile(place.file, kMaxBytes), PathText(place.file));
    case Place::Kind::kCsv:
      return {ParseCsvMatrix(ReadFile(place.file, kMaxBytes), PathText(place.file)), false};
    case Place::Kind::kHdf5:
      break;
  }
  const std::string bytes = ReadFile(place.file, kMaxBytes);
  const Hdf5Image file(bytes, PathText(place.file));
  return {file.Floats(place.dataset), file.IsHalf(place.dataset)};
}

}  // namespace

FloatTable ReadMatrixFile(const std::string& place, const std::vector<std::string>& row_names) {
  FloatTable table = Read(ParsePlace(place));
  if (table.values.rows() == 0 || table.values.columns() == 0)
    throw InputError("{}: holds no numbers ({} x {})", place, table.values.rows(),
                     table.values.columns());
  for (size_t i = 0; i < table.values.rows(); ++i) {
    for (size_t j = 0; j < table.values.columns(); ++j) {
      if (std::isfinite(table.values(i, j))) continue;
      const std::string name = i < row_names.size() ? fmt::format(" '{}'", row_names[i]) : "";
      throw InputError("{}: row {}{}, column {} (both from 0): {} is not a finite number", place, i,
                       name, j, table.values(i, j));
    }
  }
  return table;
}

void WriteMatrixFile(const std::string& text, MatrixView<const float> values, bool half) {
  const Place place = ParsePlace(text);
  switch (place.kind) {
    case Place::Kind::kNpy:
      return PublishBytes(place.file, FormatNpy(values, half));
    case Place::Kind::kCsv:
      return PublishBytes(place.file, FormatCsvMatrix(values));
    case Place::Kind::kHdf5:
      break;
  }
  if (place.dataset.rfind('/') > 0 && place.dataset.rfind('/') != std::string::npos)
    throw UsageError("'{}': the dataset to write must be at the top level, such as x.h5:/features",
                     text);
  Hdf5Builder file;
  file.AddFloats(place.dataset, values, half);
  PublishBytes(place.file, file.Finish());
}

}  // namespace kallos::store
