// The pickles of PyTorch state dicts, interpreted without running anything: the few opcodes that
// torch.save emits for dictionaries of tensors, and the few names that such pickles call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kallos::weights {

enum class PickleKind {
  kNone,
  kBool,
  kInt,
  kFloat,
  kText,
  kTuple,
  kList,
  kDict,
  kGlobal,
  kStorage,
  kTensor,
  kMark
};

// Index of a node. Nodes refer to each other by index, so cycles and deep nests cost
// nothing to hold.
using PickleRef = uint32_t;

struct PickleNode {
  PickleKind kind = PickleKind::kNone;
  int64_t number = 0;  // int, bool; storage: its number of items
  std::string text;    // text, global ("torch FloatStorage"); storage: its key
  // Of a tuple or list: its items; dict: key, value, key, value, ...; storage: its type; tensor:
  // storage, offset, sizes, strides.
  std::vector<PickleRef> items;
};

struct Pickle {
  std::vector<PickleNode> nodes;
  PickleRef root = 0;
};

// Throws InputError naming `file` for an opcode or a global outside the list, a stack underflow,
// arguments of wrong kinds, or an end that is cut short. Memory is at most about 100 bytes for each
// byte of the pickle, which is bounded.
Pickle ReadPickle(std::string_view bytes, const std::string& file);

}  // namespace kallos::weights
