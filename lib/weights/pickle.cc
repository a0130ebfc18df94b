#include "lib/weights/pickle.h"

#include <bit>
#include <map>
#include <set>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace kallos::weights {
namespace {

constexpr size_t kMaxBytes = size_t{16} << 20;
constexpr size_t kMaxNodes = 1'000'000;

// Everything that a state dict's pickle may name.
const std::set<std::string>& AllowedGlobals() {
  static const std::set<std::string> names = {"collections OrderedDict",
                                              "torch._utils _rebuild_tensor_v2",
                                              "torch._utils _rebuild_parameter",
                                              "torch FloatStorage",
                                              "torch HalfStorage",
                                              "torch BFloat16Storage",
                                              "torch DoubleStorage",
                                              "torch LongStorage",
                                              "torch IntStorage",
                                              "torch ShortStorage",
                                              "torch CharStorage",
                                              "torch ByteStorage",
                                              "torch BoolStorage"};
  return names;
}

class Machine {
 public:
  Machine(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  Pickle Run() {
    if (bytes_.size() > kMaxBytes) Fail("{} bytes are too many for a state dict", bytes_.size());
    while (!Step()) {
    }
    return std::move(pickle_);
  }

 private:
  using Kind = PickleKind;

  template <typename... Args>
  [[noreturn]] void Fail(fmt::format_string<Args...> format, Args&&... args) const {
    throw InputError("{}: data.pkl at byte {}: {}", file_, at_,
                     fmt::format(format, std::forward<Args>(args)...));
  }

  // ---- bytes ----

  std::string_view Take(uint64_t count) {
    if (count > bytes_.size() - at_) Fail("cut short");
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  uint64_t Unsigned(size_t count) {
    uint64_t value = 0;
    const std::string_view raw = Take(count);
    for (size_t i = count; i-- > 0;) value = value << 8 | static_cast<uint8_t>(raw[i]);
    return value;
  }
  std::string_view Line() {
    const size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) Fail("cut short");
    const std::string_view line = Take(end - at_);
    Take(1);
    return line;
  }

  // ---- stack ----

  PickleNode& Node(PickleRef ref) { return pickle_.nodes[ref]; }
  void PushNode(PickleNode node) {
    if (pickle_.nodes.size() >= kMaxNodes) Fail("more than {} values", kMaxNodes);
    pickle_.nodes.push_back(std::move(node));
    stack_.push_back(pickle_.nodes.size() - 1);
  }
  void PushNumber(Kind kind, int64_t number) { PushNode({kind, number, "", {}}); }
  PickleRef Top() const {
    if (stack_.empty()) Fail("nothing on the stack");
    return stack_.back();
  }
  PickleRef Pop() {
    const PickleRef top = Top();
    stack_.pop_back();
    return top;
  }
  PickleRef Pop(Kind kind) {
    const PickleRef top = Pop();
    if (Node(top).kind != kind) Fail("a value of another kind than expected");
    return top;
  }
  std::vector<PickleRef> PopToMark() {
    size_t first = stack_.size();
    while (first > 0 && Node(stack_[first - 1]).kind != Kind::kMark) --first;
    if (first == 0) Fail("no mark on the stack");
    std::vector<PickleRef> items(stack_.begin() + first, stack_.end());
    stack_.resize(first - 1);
    return items;
  }
  std::vector<PickleRef> PopMany(size_t count) {
    if (stack_.size() < count) Fail("nothing on the stack");
    std::vector<PickleRef> items(stack_.end() - count, stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }
  void PushTuple(std::vector<PickleRef> items) {
    PushNode({Kind::kTuple, 0, "", std::move(items)});
  }
  std::vector<PickleRef> PopArguments() {
    constexpr size_t kMost = 8;
    const std::vector<PickleRef>& items = Node(Pop(Kind::kTuple)).items;
    if (items.size() > kMost) Fail("{} arguments", items.size());
    return items;
  }
  void Extend(Kind kind, const std::vector<PickleRef>& items) {
    PickleNode& target = Node(Top());
    if (target.kind != kind || (kind == Kind::kDict && items.size() % 2 != 0))
      Fail("items for something that takes none");
    target.items.insert(target.items.end(), items.begin(), items.end());
  }

  // ---- opcodes; true at the end ----

  bool Step() {
    const uint8_t opcode = Take(1)[0];
    if (opcode == '.') {
      pickle_.root = Pop();
      if (!stack_.empty() || at_ != bytes_.size()) Fail("something follows the end");
      return true;
    }
    if (!StepScalar(opcode) && !StepContainer(opcode) && !StepMemo(opcode) && !StepCall(opcode))
      Fail("opcode 0x{:02x} does not belong in a state dict", opcode);
    return false;
  }

  bool StepScalar(uint8_t opcode) {
    switch (opcode) {
      case 0x80:  // PROTO
        if (Unsigned(1) != 2) Fail("not protocol 2; save with torch.save's default protocol");
        return true;
      case 'N':
        return PushNumber(Kind::kNone, 0), true;
      case 0x88:
      case 0x89:
        return PushNumber(Kind::kBool, opcode == 0x88 ? 1 : 0), true;
      case 'K':
        return PushNumber(Kind::kInt, Unsigned(1)), true;
      case 'M':
        return PushNumber(Kind::kInt, Unsigned(2)), true;
      case 'J':
        return PushNumber(Kind::kInt, static_cast<int32_t>(Unsigned(4))), true;
      case 0x8a:
        return PushLong(), true;
      case 'G':  // a big-endian double; no tensor needs its value
        Take(8);
        return PushNumber(Kind::kFloat, 0), true;
      case 'X':
        return PushText(), true;
      default:
        return false;
    }
  }

  void PushLong() {
    const uint64_t count = Unsigned(1);
    if (count > 8) Fail("an integer of {} bytes", count);
    uint64_t value = Unsigned(count);
    if (count > 0 && count < 8 && (value >> (8 * count - 1)) != 0)
      value |= ~uint64_t{0} << (8 * count);
    PushNumber(Kind::kInt, std::bit_cast<int64_t>(value));
  }

  void PushText() {
    const std::string_view text = Take(Unsigned(4));
    if (!IsValidUtf8(text)) Fail("a text that is not UTF-8");
    PushNode({Kind::kText, 0, std::string(text), {}});
  }

  bool StepContainer(uint8_t opcode) {
    switch (opcode) {
      case '(':
        return PushNumber(Kind::kMark, 0), true;
      case ')':
        return PushTuple({}), true;
      case 0x85:
      case 0x86:
      case 0x87:
        return PushTuple(PopMany(opcode - 0x84u)), true;
      case 't':
        return PushTuple(PopToMark()), true;
      case ']':
        return PushNumber(Kind::kList, 0), true;
      case '}':
        return PushNumber(Kind::kDict, 0), true;
      case 'a':
        return Extend(Kind::kList, PopMany(1)), true;
      case 's':
        return Extend(Kind::kDict, PopMany(2)), true;
      case 'e':
        return Extend(Kind::kList, PopToMark()), true;
      case 'u':
        return Extend(Kind::kDict, PopToMark()), true;
      default:
        return false;
    }
  }

  bool StepMemo(uint8_t opcode) {
    switch (opcode) {
      case 'q':
        return Remember(Unsigned(1)), true;
      case 'r':
        return Remember(Unsigned(4)), true;
      case 'h':
        return Recall(Unsigned(1)), true;
      case 'j':
        return Recall(Unsigned(4)), true;
      default:
        return false;
    }
  }

  void Remember(uint64_t index) {
    if (memo_.size() >= kMaxNodes) Fail("more than {} values", kMaxNodes);
    memo_[index] = Top();
  }

  void Recall(uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) Fail("entry {} of the memo was never set", index);
    stack_.push_back(found->second);
  }

  bool StepCall(uint8_t opcode) {
    switch (opcode) {
      case 'c':
        return PushGlobal(), true;
      case 'Q':
        return PushStorage(), true;
      case 'R':
        return Call(), true;
      case 'b':  // attributes of a dict, "_metadata": nothing that tensors need
        Pop();
        if (Node(Top()).kind != Kind::kDict) Fail("attributes for something that takes none");
        return true;
      default:
        return false;
    }
  }

  void PushGlobal() {
    const std::string module(Line());
    const std::string name = module + " " + std::string(Line());
    if (!AllowedGlobals().contains(name)) {
      Fail(
          "it names '{}', which no state dict needs; nothing of it was run. Save only the tensors: "
          "torch.save(model.state_dict(), 'x.pth')",
          name);
    }
    PushNode({Kind::kGlobal, 0, name, {}});
  }

  // ('storage', type, key, location, number of items)
  void PushStorage() {
    const std::vector<PickleRef> args = PopArguments();
    if (args.size() != 5 || Node(args[1]).kind != Kind::kGlobal ||
        Node(args[2]).kind != Kind::kText || Node(args[4]).kind != Kind::kInt ||
        !Node(args[1]).text.ends_with("Storage")) {
      Fail("a storage of unknown form");
    }
    PushNode({Kind::kStorage, Node(args[4]).number, Node(args[2]).text, {args[1]}});
  }

  void Call() {
    const std::vector<PickleRef> args = PopArguments();
    const std::string function = Node(Pop(Kind::kGlobal)).text;
    if (function == "collections OrderedDict" && args.empty()) {
      PushNumber(Kind::kDict, 0);
    } else if (function == "torch._utils _rebuild_tensor_v2" && args.size() >= 6 &&
               IsTensorForm(args)) {
      PushNode({Kind::kTensor, 0, "", {args[0], args[1], args[2], args[3]}});
    } else if (function == "torch._utils _rebuild_parameter" && !args.empty() &&
               Node(args[0]).kind == Kind::kTensor) {
      stack_.push_back(args[0]);
    } else {
      Fail("{} is called with arguments of unknown form", function);
    }
  }

  bool IsTensorForm(const std::vector<PickleRef>& args) {
    constexpr Kind kForm[] = {Kind::kStorage, Kind::kInt, Kind::kTuple, Kind::kTuple};
    for (size_t i = 0; i < 4; ++i) {
      if (Node(args[i]).kind != kForm[i]) return false;
    }
    return true;
  }

  std::string_view bytes_;
  const std::string& file_;
  size_t at_ = 0;
  std::vector<PickleRef> stack_;
  std::map<uint64_t, PickleRef> memo_;
  Pickle pickle_;
};

}  // namespace

Pickle ReadPickle(std::string_view bytes, const std::string& file) {
  return Machine(bytes, file).Run();
}

}  // namespace kallos::weights
