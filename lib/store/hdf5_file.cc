#include "lib/store/hdf5_file.h"

#include <hdf5.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace kallos::store {
namespace {

// A handle and the function that closes it.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t), const std::string& what) : id_(id), close_(close) {
    if (id < 0) throw InputError("{}", what);
  }
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor): handed to the C API

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

// No error stacks on standard error; and no cleaning up when the program ends, which crashes in HDF5 1.10 when a file
// could not be closed because the disk was full.
void StartHdf5() {
  static const bool done = (H5dont_atexit(), H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr), true);
  static_cast<void>(done);
}

void Must(herr_t status, const std::string& path, const std::string& what) {
  if (status < 0) throw EnvironmentError("{}: writing {} failed; is the disk full?", path, what);
}

// IEEE half precision, which HDF5 1.10 has no name for.
hid_t MakeHalfType() {
  const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

Handle StringType() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "string type");
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

Handle DatasetProperties(const std::vector<hsize_t>& shape, size_t item_bytes, bool checksum) {
  Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "dataset properties");
  H5Pset_obj_track_times(properties, 0);
  if (!checksum) return properties;  // strings: HDF5 refuses variable length data without a fill value
  H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER);
  if (std::all_of(shape.begin(), shape.end(), [](hsize_t n) { return n > 0; })) {
    constexpr hsize_t kChunkBytes = 1 << 20;
    std::vector<hsize_t> chunk = shape;
    hsize_t row = item_bytes;
    for (size_t i = 1; i < shape.size(); ++i) row *= shape[i];
    chunk[0] = std::clamp<hsize_t>(kChunkBytes / row, 1, shape[0]);
    H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data());
    H5Pset_fletcher32(properties);
  }
  return properties;
}

void WriteDataset(hid_t file, const std::string& path, const std::string& name, const std::vector<hsize_t>& shape,
                  hid_t disk_type, hid_t memory_type, const void* data, bool checksum) {
  const Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose, path);
  const Handle properties = DatasetProperties(shape, H5Tget_size(disk_type), checksum);
  const hid_t made = H5Dcreate2(file, name.c_str(), disk_type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  Must(made < 0 ? -1 : 0, path, name);
  const Handle dataset(made, H5Dclose, path);
  if (data != nullptr) Must(H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), path, name);
}

uint64_t Count(const std::vector<int64_t>& shape) {
  uint64_t count = 1;
  for (const int64_t n : shape) {
    if (n > 0 && count > UINT64_MAX / static_cast<uint64_t>(n)) return UINT64_MAX;
    count *= static_cast<uint64_t>(n);
  }
  return count;
}

}  // namespace

Hdf5Writer::Hdf5Writer(const std::filesystem::path& path) : path_(PathText(path)) {
  StartHdf5();
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose, path_);
  H5Pset_obj_track_times(creation, 0);
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, path_);
  H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V110);
  file_ = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access);
  if (file_ < 0) throw EnvironmentError("{}: cannot be created: {}", path_, std::strerror(errno));
}

Hdf5Writer::~Hdf5Writer() {
  if (file_ >= 0) H5Fclose(file_);
}

void Hdf5Writer::Close() {
  const hid_t file = file_;
  file_ = -1;
  Must(H5Fflush(file, H5F_SCOPE_GLOBAL), path_, "the file");
  Must(H5Fclose(file), path_, "the file");
}

void Hdf5Writer::WriteMatrix(const std::string& name, MatrixView<const float> matrix, bool half) {
  const Handle half_type(MakeHalfType(), H5Tclose, path_);
  WriteDataset(file_, path_, name, {matrix.rows, matrix.columns}, half ? hid_t{half_type} : H5T_IEEE_F32LE,
               H5T_NATIVE_FLOAT, matrix.rows > 0 ? matrix.data : nullptr, true);
}

void Hdf5Writer::WriteStrings(const std::string& name, const std::vector<std::string>& strings) {
  std::vector<const char*> pointers;
  for (const std::string& text : strings) pointers.push_back(text.c_str());
  const Handle type = StringType();
  WriteDataset(file_, path_, name, {strings.size()}, type, type, strings.empty() ? nullptr : pointers.data(), false);
}

void Hdf5Writer::WriteInt8(const std::string& name, const std::vector<int8_t>& values) {
  WriteDataset(file_, path_, name, {values.size()}, H5T_STD_I8LE, H5T_NATIVE_INT8,
               values.empty() ? nullptr : values.data(), true);
}

void Hdf5Writer::WriteAttribute(const std::string& name, const std::string& value) {
  const Handle type = StringType();
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose, path_);
  const Handle attribute(H5Acreate2(file_, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
                         path_ + ": attribute " + name);
  const char* pointer = value.c_str();
  Must(H5Awrite(attribute, type, &pointer), path_, name);
}

Hdf5Reader::Hdf5Reader(const std::filesystem::path& path) : path_(PathText(path)) {
  StartHdf5();
  std::error_code error;
  bytes_ = std::filesystem::file_size(path, error);
  if (error) throw InputError("{}: {}", path_, error.message());
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, path_);
  file_ = H5Fopen(path.c_str(), H5F_ACC_RDONLY, access);
  if (file_ < 0) throw InputError("{}: not a readable HDF5 file (truncated, damaged or of another kind)", path_);
}

Hdf5Reader::~Hdf5Reader() {
  H5Fclose(file_);
}

namespace {

// Opens a dataset that lies in this very file: soft and external links are not followed.
Handle OpenDataset(hid_t file, const std::string& path, const std::string& name) {
  H5L_info_t link{};
  if (H5Lget_info(file, name.c_str(), &link, H5P_DEFAULT) < 0)
    throw InputError("{}: dataset '{}' is missing", path, name);
  if (link.type != H5L_TYPE_HARD) throw InputError("{}: '{}' is a link, expected a dataset in this file", path, name);
  return Handle(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose, fmt::format("{}: '{}' is no dataset", path, name));
}

std::vector<int64_t> ShapeOf(hid_t dataset, const std::string& path, const std::string& name) {
  const Handle space(H5Dget_space(dataset), H5Sclose, path);
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 0 || rank > 8) throw InputError("{}: dataset '{}' has rank {}", path, name, rank);
  std::vector<hsize_t> sizes(static_cast<size_t>(rank));
  H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
  return {sizes.begin(), sizes.end()};
}

// A file cannot hold more items than bytes unless it was made to lie.
void CheckPlausible(const std::vector<int64_t>& shape, uint64_t bytes, const std::string& path,
                    const std::string& name) {
  if (Count(shape) > bytes) {
    throw InputError("{}: dataset '{}' declares {} items, more than the file's {} bytes can hold", path, name,
                     Count(shape), bytes);
  }
}

void RequireClass(hid_t dataset, H5T_class_t wanted, const char* word, const std::string& path,
                  const std::string& name) {
  const Handle type(H5Dget_type(dataset), H5Tclose, path);
  if (H5Tget_class(type) != wanted) throw InputError("{}: dataset '{}' does not hold {}", path, name, word);
}

std::vector<std::string> ReadFixedStrings(hid_t dataset, size_t size, size_t count, uint64_t bytes,
                                          const std::string& path) {
  if (size == 0 || count > bytes / size) throw InputError("{}: strings larger than the file", path);
  std::vector<char> buffer(count * size);
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose, path);
  H5Tset_size(type, size);
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer.data()) < 0)
    throw InputError("{}: strings cannot be read", path);
  std::vector<std::string> strings;
  for (size_t i = 0; i < count; ++i)
    strings.emplace_back(buffer.data() + i * size, strnlen(buffer.data() + i * size, size));
  return strings;
}

std::vector<std::string> ReadVariableStrings(hid_t dataset, size_t count, const std::string& path) {
  std::vector<char*> pointers(count, nullptr);
  const Handle type = StringType();
  if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) < 0)
    throw InputError("{}: strings cannot be read", path);
  std::vector<std::string> strings;
  for (const char* text : pointers) strings.emplace_back(text == nullptr ? "" : text);
  const Handle space(H5Dget_space(dataset), H5Sclose, path);
  H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data());
  return strings;
}

}  // namespace

std::vector<int64_t> Hdf5Reader::Shape(const std::string& name) const {
  const Handle dataset = OpenDataset(file_, path_, name);
  return ShapeOf(dataset, path_, name);
}

Matrix<float> Hdf5Reader::ReadMatrix(const std::string& name) const {
  const Handle dataset = OpenDataset(file_, path_, name);
  RequireClass(dataset, H5T_FLOAT, "floating-point numbers", path_, name);
  const std::vector<int64_t> shape = ShapeOf(dataset, path_, name);
  if (shape.empty() || shape.size() > 2)
    throw InputError("{}: dataset '{}' has rank {}, expected 2", path_, name, shape.size());
  CheckPlausible(shape, bytes_, path_, name);
  Matrix<float> matrix(static_cast<size_t>(shape[0]), shape.size() == 2 ? static_cast<size_t>(shape[1]) : 1);
  if (Count(shape) > 0 && H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, matrix.data()) < 0) {
    throw InputError("{}: dataset '{}' cannot be read: its checksum is wrong or the file is damaged", path_, name);
  }
  return matrix;
}

bool Hdf5Reader::IsHalf(const std::string& name) const {
  const Handle dataset = OpenDataset(file_, path_, name);
  const Handle type(H5Dget_type(dataset), H5Tclose, path_);
  const Handle half(MakeHalfType(), H5Tclose, path_);
  return H5Tequal(type, half) > 0;
}

std::vector<std::string> Hdf5Reader::ReadStrings(const std::string& name) const {
  const Handle dataset = OpenDataset(file_, path_, name);
  RequireClass(dataset, H5T_STRING, "strings", path_, name);
  const std::vector<int64_t> shape = ShapeOf(dataset, path_, name);
  if (shape.size() != 1) throw InputError("{}: dataset '{}' has rank {}, expected 1", path_, name, shape.size());
  CheckPlausible(shape, bytes_, path_, name);
  if (shape[0] == 0) return {};
  const Handle type(H5Dget_type(dataset), H5Tclose, path_);
  const auto count = static_cast<size_t>(shape[0]);
  if (H5Tis_variable_str(type) > 0) return ReadVariableStrings(dataset, count, path_ + ": " + name);
  return ReadFixedStrings(dataset, H5Tget_size(type), count, bytes_, path_ + ": " + name);
}

std::vector<int8_t> Hdf5Reader::ReadInt8(const std::string& name) const {
  const Handle dataset = OpenDataset(file_, path_, name);
  RequireClass(dataset, H5T_INTEGER, "integers", path_, name);
  const std::vector<int64_t> shape = ShapeOf(dataset, path_, name);
  if (shape.size() != 1) throw InputError("{}: dataset '{}' has rank {}, expected 1", path_, name, shape.size());
  CheckPlausible(shape, bytes_, path_, name);
  std::vector<int8_t> values(static_cast<size_t>(shape[0]));
  if (!values.empty() && H5Dread(dataset, H5T_NATIVE_INT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
    throw InputError("{}: dataset '{}' cannot be read: its checksum is wrong or the file is damaged", path_, name);
  }
  return values;
}

std::string Hdf5Reader::ReadAttribute(const std::string& name) const {
  const std::string what = fmt::format("{}: attribute '{}' is missing", path_, name);
  const Handle attribute(H5Aopen(file_, name.c_str(), H5P_DEFAULT), H5Aclose, what);
  const Handle type = StringType();
  char* text = nullptr;
  if (H5Aread(attribute, type, &text) < 0 || text == nullptr)
    throw InputError("{}: attribute '{}' is no text", path_, name);
  std::string value = text;
  H5free_memory(text);
  return value;
}

}  // namespace kallos::store
