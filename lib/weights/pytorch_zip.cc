#include "lib/weights/pytorch_zip.h"

#include <algorithm>
#include <map>
#include <set>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/weights/pickle.h"
#include "lib/weights/tensor_bytes.h"
#include "lib/weights/zip_archive.h"

namespace kallos::weights {
namespace {

using Kind = PickleKind;

Dtype DtypeOf(const std::string& storage_type) {
  static const std::map<std::string, Dtype> dtypes = {
      {"torch FloatStorage", Dtype::kFloat32},     {"torch HalfStorage", Dtype::kFloat16},
      {"torch BFloat16Storage", Dtype::kBfloat16}, {"torch DoubleStorage", Dtype::kFloat64},
      {"torch LongStorage", Dtype::kInt64},        {"torch IntStorage", Dtype::kInt32},
      {"torch ShortStorage", Dtype::kInt16},       {"torch CharStorage", Dtype::kInt8},
      {"torch ByteStorage", Dtype::kUint8},        {"torch BoolStorage", Dtype::kBool}};
  return dtypes.at(storage_type);
}

// A view into a storage, checked: every index that it can form lies inside.
struct View {
  Dtype dtype = Dtype::kFloat32;
  std::string_view bytes;
  std::vector<int64_t> sizes;
  std::vector<int64_t> strides;
  uint64_t offset = 0;
  uint64_t count = 1;
};

// The bytes of the numbers of `view` in row-major order.
std::string RowMajor(const View& view) {
  const size_t item = DtypeSize(view.dtype);
  std::string ordered;
  ordered.reserve(view.count * item);
  std::vector<int64_t> index(view.sizes.size(), 0);
  int64_t at = view.offset;
  for (uint64_t i = 0; i < view.count; ++i) {
    ordered.append(view.bytes, static_cast<size_t>(at) * item, item);
    for (size_t axis = view.sizes.size(); axis-- > 0;) {
      at += view.strides[axis];
      if (++index[axis] < view.sizes[axis]) break;
      at -= view.strides[axis] * view.sizes[axis];
      index[axis] = 0;
    }
  }
  return ordered;
}

class StateDict {
 public:
  StateDict(std::string_view bytes, const std::string& file)
      : file_(file), file_bytes_(bytes.size()), members_(ReadStoredZip(bytes, file)) {
    for (const auto& [name, content] : members_) {
      if (!name.ends_with("/data.pkl")) continue;
      if (!folder_.empty()) throw InputError("{}: two members called data.pkl", file_);
      folder_ = name.substr(0, name.size() - std::string("data.pkl").size());
    }
    if (folder_.empty()) {
      throw InputError(
          "{}: a zip archive without data.pkl; expected a state dict written by torch.save", file_);
    }
    const auto order = members_.find(folder_ + "byteorder");
    if (order != members_.end() && Trim(order->second) != "little")
      throw InputError("{}: written on a big-endian machine, which is not read", file_);
    pickle_ = ReadPickle(members_.at(folder_ + "data.pkl"), file_);
  }

  std::vector<Tensor> Read(bool with_values) {
    std::vector<Tensor> tensors;
    std::set<std::string> names;
    const std::vector<PickleRef>& items = Tensors().items;
    for (size_t i = 0; i < items.size(); i += 2) {
      const PickleNode& key = Node(items[i]);
      if (key.kind != Kind::kText)
        throw InputError("{}: a key of the state dict is no text", file_);
      if (!names.insert(key.text).second)
        throw InputError("{}: tensor '{}' appears twice", file_, key.text);
      tensors.push_back(ReadTensor(key.text, Node(items[i + 1]), with_values));
    }
    RemovePrefix(tensors);
    return tensors;
  }

 private:
  const PickleNode& Node(PickleRef ref) const { return pickle_.nodes[ref]; }

  const PickleNode& Tensors() const {
    const PickleNode& root = Node(pickle_.root);
    if (root.kind != Kind::kDict) throw InputError("{}: not a dictionary of tensors", file_);
    for (const char* wrapper : {"state_dict", "model_state_dict", "model"}) {
      for (size_t i = 0; i < root.items.size(); i += 2) {
        if (Node(root.items[i]).text == wrapper && Node(root.items[i + 1]).kind == Kind::kDict)
          return Node(root.items[i + 1]);
      }
    }
    return root;
  }

  Tensor ReadTensor(const std::string& name, const PickleNode& node, bool with_values) {
    const std::string where = fmt::format("{}: '{}'", file_, name);
    if (node.kind != Kind::kTensor) {
      throw InputError(
          "{} is no tensor; save only the state dict: torch.save(model.state_dict(), 'x.pth')",
          where);
    }
    const View view = CheckedView(node, where);
    Tensor tensor{name, "", view.dtype, view.sizes, {}};
    if (with_values) SetNumbers(RowMajor(view), where, tensor);
    return tensor;
  }

  std::vector<int64_t> Sizes(PickleRef ref, const std::string& where) const {
    std::vector<int64_t> sizes;
    for (const PickleRef item : Node(ref).items) {
      if (Node(item).kind != Kind::kInt || Node(item).number < 0 || sizes.size() == 8)
        throw InputError("{}: sizes and strides are at most 8 whole numbers >= 0", where);
      sizes.push_back(Node(item).number);
    }
    return sizes;
  }

  View CheckedView(const PickleNode& node, const std::string& where) {
    const PickleNode& storage = Node(node.items[0]);
    View view{DtypeOf(Node(storage.items[0]).text), {}, Sizes(node.items[2], where),
              Sizes(node.items[3], where),          0,  1};
    view.bytes = StorageBytes(storage, DtypeSize(view.dtype), where);
    if (view.sizes.size() != view.strides.size())
      throw InputError("{}: sizes and strides differ in number", where);
    if (Node(node.items[1]).number < 0) throw InputError("{}: a negative offset", where);
    view.offset = static_cast<uint64_t>(Node(node.items[1]).number);
    uint64_t last = view.offset;
    bool overflow = false;
    for (size_t axis = 0; axis < view.sizes.size(); ++axis) {
      const uint64_t size = view.sizes[axis];
      uint64_t reach = 0;
      overflow |= __builtin_mul_overflow(view.count, size, &view.count);
      overflow |= __builtin_mul_overflow(size == 0 ? 0 : size - 1,
                                         static_cast<uint64_t>(view.strides[axis]), &reach);
      overflow |= __builtin_add_overflow(last, reach, &last);
    }
    if (overflow || (view.count > 0 && last >= static_cast<uint64_t>(storage.number)))
      throw InputError("{}: reaches beyond its storage of {} numbers", where, storage.number);
    total_ += view.count;
    if (view.count > file_bytes_ || total_ > file_bytes_)
      throw InputError("{}: the tensors have more numbers than the file has bytes", where);
    return view;
  }

  std::string_view StorageBytes(const PickleNode& storage, size_t item,
                                const std::string& where) const {
    const auto member = members_.find(folder_ + "data/" + storage.text);
    if (member == members_.end())
      throw InputError("{}: member data/{} is missing", where, storage.text);
    uint64_t bytes = 0;
    if (storage.number < 0 ||
        __builtin_mul_overflow(static_cast<uint64_t>(storage.number), uint64_t{item}, &bytes) ||
        bytes != member->second.size()) {
      throw InputError("{}: {} numbers expected, member data/{} has {} bytes", where,
                       storage.number, storage.text, member->second.size());
    }
    return member->second;
  }

  // torch.nn.DataParallel puts "module." before every name.
  static void RemovePrefix(std::vector<Tensor>& tensors) {
    constexpr std::string_view kPrefix = "module.";
    if (!std::all_of(tensors.begin(), tensors.end(),
                     [&](const Tensor& t) { return t.name.starts_with(kPrefix); }))
      return;
    for (Tensor& tensor : tensors) tensor.name.erase(0, kPrefix.size());
  }

  const std::string& file_;
  uint64_t file_bytes_;
  std::map<std::string, std::string_view> members_;
  std::string folder_;
  Pickle pickle_;
  uint64_t total_ = 0;
};

}  // namespace

std::vector<Tensor> ParsePytorchZip(std::string_view bytes, const std::string& file,
                                    bool with_values) {
  return StateDict(bytes, file).Read(with_values);
}

}  // namespace kallos::weights
