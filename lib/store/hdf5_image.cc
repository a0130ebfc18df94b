#include "lib/store/hdf5_image.h"

#include <hdf5.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <mutex>

#include "lib/core/error.h"
#include "lib/core/half.h"
#include "lib/core/text.h"

namespace kallos::store {
namespace {

constexpr size_t kChunkBytes = size_t{1} << 20;
// Deflate cannot expand its input by more than 1032.
constexpr size_t kLargestExpansion = 1100;
// What a caller may append to the bytes of a file without moving them.
constexpr size_t kSealRoom = 256;

// One call into the library at a time, with its own error printing off (which it keeps per thread).
class Session {
 public:
  Session() : lock_(Mutex()) {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5Eclear2(H5E_DEFAULT);
  }

 private:
  static std::mutex& Mutex() {
    static std::mutex mutex;
    return mutex;
  }
  std::scoped_lock<std::mutex> lock_;
};

herr_t KeepFirst(unsigned n, const H5E_error2_t* error, void* text) {
  if (n == 0 && error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

// The innermost message of the library.
std::string LibraryReason() {
  std::string reason = "no reason given";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, KeepFirst, &reason);
  return reason;
}

// An open object of the library, closed on scope exit.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor)
  bool ok() const { return id_ >= 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

void CheckWrite(int64_t status, const char* what) {
  KALLOS_CHECK(status >= 0, "HDF5 {}: {}", what, LibraryReason());
}

hid_t MakeHalfType() {
  const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_ebias(type, 15);
  H5Tset_size(type, 2);
  return type;
}

hid_t MakeTextType(size_t length) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, std::max<size_t>(length, 1));
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

// The library takes two open files in memory for one when their names are equal.
std::string NewName() {
  static int64_t count = 0;
  return fmt::format("memory-{}", ++count);
}

hid_t MemoryAccess(size_t increment) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(access, increment, false);
  return access;
}

// How the library reads a file from bytes that are ours, without copying them (twice, by default).
// It never writes to a file that is open for reading only.
H5FD_file_image_callbacks_t BorrowedImage(const void* bytes) {
  H5FD_file_image_callbacks_t calls{};
  calls.image_malloc = [](size_t, H5FD_file_image_op_t, void* ours) { return ours; };
  calls.image_memcpy = [](void* to, const void*, size_t, H5FD_file_image_op_t, void*) {
    return to;
  };
  calls.image_realloc = [](void*, size_t, H5FD_file_image_op_t, void*) -> void* { return nullptr; };
  calls.image_free = [](void*, H5FD_file_image_op_t, void*) -> herr_t { return 0; };
  calls.udata_copy = [](void* ours) { return ours; };
  calls.udata_free = [](void*) -> herr_t { return 0; };
  calls.udata = const_cast<void*>(bytes);
  return calls;
}

// One chunk holds floor(kChunkBytes / bytes of a row) whole rows, at least 1 and at most all:
// [chunk rows, all columns]. Each chunk has its own Fletcher-32 checksum (Fletcher, IEEE
// Transactions on Communications 1982), which HDF5 checks when it reads the chunk.
void WriteDataset(hid_t file, const std::string& name, hid_t type,
                  const std::vector<hsize_t>& shape, const void* values) {
  std::vector<hsize_t> chunk = shape;
  const size_t row_bytes = H5Tget_size(type) * (shape.size() == 2 ? shape[1] : 1);
  chunk[0] = std::clamp<hsize_t>(kChunkBytes / row_bytes, 1, std::max<hsize_t>(shape[0], 1));
  const Handle space(H5Screate_simple(shape.size(), shape.data(), nullptr), H5Sclose);
  const Handle layout(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(layout, false);
  H5Pset_chunk(layout, chunk.size(), chunk.data());
  H5Pset_fletcher32(layout);
  const Handle dataset(
      H5Dcreate2(file, name.c_str(), type, space, H5P_DEFAULT, layout, H5P_DEFAULT), H5Dclose);
  CheckWrite(dataset, "dataset");
  if (shape[0] > 0)
    CheckWrite(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "write");
}

void WriteAttribute(hid_t file, const std::string& name, hid_t type, const void* value) {
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute(H5Acreate2(file, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT),
                         H5Aclose);
  CheckWrite(attribute, "attribute");
  CheckWrite(H5Awrite(attribute, type, value), "attribute");
}

// A dataset opened with distrust.
class CheckedDataset {
 public:
  CheckedDataset(hid_t file, size_t file_size, const std::string& file_name,
                 const std::string& name, size_t rank)
      : where_(fmt::format("{}: dataset '{}'", file_name, name)),
        dataset_(OpenByHardLinks(file, name), H5Dclose),
        type_(H5Dget_type(dataset_), H5Tclose) {
    if (!dataset_.ok() || !type_.ok())
      throw InputError("{} is not a readable dataset: {}", where_, LibraryReason());
    ReadShape(rank);
    CheckStorage(file_size);
  }

  hid_t id() const { return dataset_; }
  hid_t type() const { return type_; }
  const std::string& where() const { return where_; }
  const std::vector<hsize_t>& shape() const { return shape_; }

  void Read(hid_t memory_type, void* values) const {
    if (shape_[0] == 0 || shape_.back() == 0) return;
    if (H5Dread(dataset_, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
      throw InputError("{} cannot be read: {}", where_, LibraryReason());
  }

 private:
  hid_t OpenByHardLinks(hid_t file, const std::string& name) const {
    std::string prefix;
    for (const std::string& part : Split(name, '/')) {
      if (part.empty()) continue;
      prefix += "/" + part;
      H5L_info_t link;
      if (H5Lget_info(file, prefix.c_str(), &link, H5P_DEFAULT) < 0)
        throw InputError("{} is missing: there is no '{}'", where_, prefix);
      if (link.type != H5L_TYPE_HARD)
        throw InputError(
            "{}: '{}' is a soft or external link, which is not followed; copy the data into the "
            "file",
            where_, prefix);
    }
    return H5Dopen2(file, prefix.c_str(), H5P_DEFAULT);
  }

  void ReadShape(size_t rank) {
    const Handle space(H5Dget_space(dataset_), H5Sclose);
    const int found = space.ok() ? H5Sget_simple_extent_ndims(space) : -1;
    if (found != static_cast<int>(rank))
      throw InputError("{}: expected {} dimensions, found {}", where_, rank, found);
    shape_.resize(rank);
    H5Sget_simple_extent_dims(space, shape_.data(), nullptr);
  }

  // The declared size may not exceed what the file really holds.
  void CheckStorage(size_t file_size) const {
    const Handle layout(H5Dget_create_plist(dataset_), H5Pclose);
    if (!layout.ok() || H5Pget_external_count(layout) != 0 || H5Pget_layout(layout) == H5D_VIRTUAL)
      throw InputError("{} keeps its data in other files, which is not followed", where_);
    const size_t stored = std::min<size_t>(H5Dget_storage_size(dataset_), file_size);
    const size_t limit = stored * (IsPlain(layout) ? 1 : kLargestExpansion);
    size_t size = H5Tget_size(type_);
    for (const hsize_t extent : shape_) {
      if (extent == 0) return;
      if (size == 0 || extent > limit / size)
        throw InputError("{} declares {} but the file holds {} for it", where_, ShapeText(),
                         FormatBytes(stored));
      size *= extent;
    }
  }

  static bool IsPlain(hid_t layout) {
    const int filters = H5Pget_nfilters(layout);
    for (int i = 0; i < filters; ++i) {
      unsigned flags = 0;
      size_t count = 0;
      if (H5Pget_filter2(layout, i, &flags, &count, nullptr, 0, nullptr, nullptr) !=
          H5Z_FILTER_FLETCHER32)
        return false;
    }
    return true;
  }

  std::string ShapeText() const { return fmt::format("{}", fmt::join(shape_, " x ")); }

  std::string where_;
  Handle dataset_;
  Handle type_;
  std::vector<hsize_t> shape_;
};

void CheckIsFloat(const CheckedDataset& dataset) {
  const size_t size = H5Tget_size(dataset.type());
  if (H5Tget_class(dataset.type()) != H5T_FLOAT || (size != 2 && size != 4 && size != 8))
    throw InputError("{}: expected floating point numbers of 2, 4 or 8 bytes", dataset.where());
}

// The file's root attribute of that name.
class CheckedAttribute {
 public:
  CheckedAttribute(hid_t file, const std::string& file_name, const std::string& name)
      : where_(fmt::format("{}: attribute '{}'", file_name, name)),
        attribute_(H5Aopen(file, name.c_str(), H5P_DEFAULT), H5Aclose),
        type_(attribute_.ok() ? H5Aget_type(attribute_) : -1, H5Tclose) {
    if (!attribute_.ok()) throw InputError("{} is missing", where_);
  }

  // Whether it is one value of a type of these classes, of at most `max_bytes`.
  bool IsOne(std::initializer_list<H5T_class_t> classes, size_t max_bytes) const {
    const Handle space(H5Aget_space(attribute_), H5Sclose);
    return std::find(classes.begin(), classes.end(), H5Tget_class(type_)) != classes.end() &&
           H5Tis_variable_str(type_) <= 0 && H5Tget_size(type_) <= max_bytes &&
           H5Sget_simple_extent_npoints(space) == 1;
  }
  // `expected` for the message.
  template <typename T>
  T Number(std::initializer_list<H5T_class_t> classes, hid_t memory_type,
           const char* expected) const {
    T value{};
    if (!IsOne(classes, sizeof(T)) || H5Aread(attribute_, memory_type, &value) < 0)
      throw InputError("{} is not {}", where_, expected);
    return value;
  }
  std::string Text(size_t max_bytes) const {
    if (!IsOne({H5T_STRING}, max_bytes))
      throw InputError("{} is not a text of fixed length", where_);
    std::string value(H5Tget_size(type_), '\0');
    if (H5Aread(attribute_, type_, value.data()) < 0)
      throw InputError("{} cannot be read: {}", where_, LibraryReason());
    return value.substr(0, std::min(value.find('\0'), value.size()));
  }

 private:
  std::string where_;
  Handle attribute_;
  Handle type_;
};

bool IsHalfType(hid_t type) {
  const Handle half(MakeHalfType(), H5Tclose);
  return H5Tequal(type, half) > 0;
}

}  // namespace

Hdf5Builder::Hdf5Builder() {
  const Session session;
  const Handle access(MemoryAccess(kChunkBytes), H5Pclose);
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation, false);
  file_ = H5Fcreate(NewName().c_str(), H5F_ACC_TRUNC, creation, access);
  CheckWrite(file_, "create");
}

Hdf5Builder::~Hdf5Builder() {
  const Session session;
  if (file_ >= 0) H5Fclose(file_);
}

void Hdf5Builder::AddFloats(const std::string& name, MatrixView<const float> values, bool half) {
  const Session session;
  const std::vector<hsize_t> shape = {values.rows, values.columns};
  if (!half) return WriteDataset(file_, name, H5T_IEEE_F32LE, shape, values.data);
  std::vector<uint16_t> halves(values.rows * values.columns);
  std::transform(values.data, values.data + halves.size(), halves.begin(), FloatToHalf);
  const Handle type(MakeHalfType(), H5Tclose);
  WriteDataset(file_, name, type, shape, halves.data());
}

void Hdf5Builder::AddStrings(const std::string& name, const std::vector<std::string>& values) {
  const Session session;
  size_t length = 1;
  for (const std::string& value : values) length = std::max(length, value.size());
  std::string padded(length * values.size(), '\0');
  for (size_t i = 0; i < values.size(); ++i)
    std::memcpy(padded.data() + i * length, values[i].data(), values[i].size());
  const Handle type(MakeTextType(length), H5Tclose);
  WriteDataset(file_, name, type, {values.size()}, padded.data());
}

void Hdf5Builder::AddInt8(const std::string& name, const std::vector<int8_t>& values) {
  const Session session;
  WriteDataset(file_, name, H5T_STD_I8LE, {values.size()}, values.data());
}

void Hdf5Builder::AddInt32(const std::string& name, MatrixView<const int32_t> values) {
  const Session session;
  WriteDataset(file_, name, H5T_STD_I32LE, {values.rows, values.columns}, values.data);
}

void Hdf5Builder::AddDoubles(const std::string& name, const std::vector<double>& values) {
  const Session session;
  WriteDataset(file_, name, H5T_IEEE_F64LE, {values.size()}, values.data());
}

void Hdf5Builder::SetAttribute(const std::string& name, const std::string& value) {
  const Session session;
  const Handle type(MakeTextType(value.size()), H5Tclose);
  WriteAttribute(file_, name, type, value.empty() ? "\0" : value.data());
}

void Hdf5Builder::SetAttribute(const std::string& name, int64_t value) {
  const Session session;
  WriteAttribute(file_, name, H5T_STD_I64LE, &value);
}

void Hdf5Builder::SetDoubleAttribute(const std::string& name, double value) {
  const Session session;
  WriteAttribute(file_, name, H5T_IEEE_F64LE, &value);
}

std::string Hdf5Builder::Finish() {
  const Session session;
  CheckWrite(H5Fflush(file_, H5F_SCOPE_GLOBAL), "flush");
  const ssize_t size = H5Fget_file_image(file_, nullptr, 0);
  CheckWrite(size, "image");
  std::string bytes;
  bytes.reserve(size + kSealRoom);
  bytes.resize(size);
  CheckWrite(H5Fget_file_image(file_, bytes.data(), bytes.size()), "image");
  H5Fclose(file_);  // the library's own copy
  file_ = -1;
  return bytes;
}

Hdf5Image::Hdf5Image(std::string_view bytes, std::string name)
    : size_(bytes.size()), name_(std::move(name)) {
  const Session session;
  const Handle access(MemoryAccess(kChunkBytes), H5Pclose);
  H5FD_file_image_callbacks_t borrowed = BorrowedImage(bytes.data());
  H5Pset_file_image_callbacks(access, &borrowed);
  H5Pset_file_image(access, const_cast<char*>(bytes.data()), bytes.size());
  file_ = bytes.empty() ? -1 : H5Fopen(NewName().c_str(), H5F_ACC_RDONLY, access);
  if (file_ < 0) throw InputError("{}: not a readable HDF5 file: {}", name_, LibraryReason());
}

Hdf5Image::~Hdf5Image() {
  const Session session;
  H5Fclose(file_);
}

Matrix<float> Hdf5Image::Floats(const std::string& dataset) const {
  const Session session;
  const CheckedDataset source(file_, size_, name_, dataset, 2);
  CheckIsFloat(source);
  Matrix<float> values(source.shape()[0], source.shape()[1]);
  if (!IsHalfType(source.type())) {
    source.Read(H5T_NATIVE_FLOAT, values.data());
    return values;
  }
  std::vector<uint16_t> halves(values.rows() * values.columns());
  source.Read(source.type(), halves.data());
  std::transform(halves.begin(), halves.end(), values.data(), HalfToFloat);
  return values;
}

bool Hdf5Image::IsHalf(const std::string& dataset) const {
  const Session session;
  return IsHalfType(CheckedDataset(file_, size_, name_, dataset, 2).type());
}

std::vector<std::string> Hdf5Image::Strings(const std::string& dataset) const {
  const Session session;
  const CheckedDataset source(file_, size_, name_, dataset, 1);
  if (H5Tget_class(source.type()) != H5T_STRING || H5Tis_variable_str(source.type()) != 0)
    throw InputError("{}: expected strings of fixed length", source.where());
  const size_t length = H5Tget_size(source.type());
  std::string padded(length * source.shape()[0], '\0');
  source.Read(source.type(), padded.data());
  std::vector<std::string> values;
  for (size_t i = 0; i < source.shape()[0]; ++i) {
    const std::string_view field(padded.data() + i * length, length);
    values.emplace_back(field.substr(0, std::min(field.find('\0'), length)));
  }
  return values;
}

std::vector<int8_t> Hdf5Image::Int8(const std::string& dataset) const {
  const Session session;
  const CheckedDataset source(file_, size_, name_, dataset, 1);
  if (H5Tequal(source.type(), H5T_STD_I8LE) <= 0)
    throw InputError("{}: expected 8-bit integers", source.where());
  std::vector<int8_t> values(source.shape()[0]);
  source.Read(H5T_STD_I8LE, values.data());
  return values;
}

Matrix<int32_t> Hdf5Image::Int32s(const std::string& dataset) const {
  const Session session;
  const CheckedDataset source(file_, size_, name_, dataset, 2);
  if (H5Tequal(source.type(), H5T_STD_I32LE) <= 0)
    throw InputError("{}: expected 32-bit integers", source.where());
  Matrix<int32_t> values(source.shape()[0], source.shape()[1]);
  source.Read(H5T_STD_I32LE, values.data());
  return values;
}

std::vector<double> Hdf5Image::Doubles(const std::string& dataset) const {
  const Session session;
  const CheckedDataset source(file_, size_, name_, dataset, 1);
  CheckIsFloat(source);
  std::vector<double> values(source.shape()[0]);
  source.Read(H5T_NATIVE_DOUBLE, values.data());
  return values;
}

bool Hdf5Image::HasDataset(const std::string& dataset) const {
  const Session session;
  return H5Lexists(file_, dataset.c_str(), H5P_DEFAULT) > 0;
}

bool Hdf5Image::HasAttribute(const std::string& attribute) const {
  const Session session;
  return H5Aexists(file_, attribute.c_str()) > 0;
}

std::string Hdf5Image::StringAttribute(const std::string& attribute) const {
  const Session session;
  return CheckedAttribute(file_, name_, attribute).Text(size_);
}

int64_t Hdf5Image::IntAttribute(const std::string& attribute) const {
  const Session session;
  return CheckedAttribute(file_, name_, attribute)
      .Number<int64_t>({H5T_INTEGER, H5T_ENUM}, H5T_NATIVE_INT64, "one integer");
}

double Hdf5Image::DoubleAttribute(const std::string& attribute) const {
  const Session session;
  return CheckedAttribute(file_, name_, attribute)
      .Number<double>({H5T_FLOAT}, H5T_NATIVE_DOUBLE, "one number");
}

}  // namespace kallos::store
