#include "lib/nn/torchscript.h"

#include <ATen/ATen.h>
#include <c10/util/Exception.h>
#include <torch/csrc/jit/api/module.h>

#include <sstream>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/nn/architecture.h"
#include "lib/nn/declaration.h"
#include "lib/nn/folding.h"
#include "lib/nn/input_tensor.h"
#include "lib/nn/weight_mapping.h"

namespace kallos::nn {
namespace {

// What the source of every network begins with. Zeros all around as Keras's "same" padding wants
// them, which for a stride above 1 depends on the size of the map.
constexpr const char* kHelpers = R"(
def same(self, x: Tensor, rows: int, columns: int, stride: int) -> Tensor:
    h = max((x.size(2) + stride - 1) // stride * stride - stride + rows - x.size(2), 0)
    w = max((x.size(3) + stride - 1) // stride * stride - stride + columns - x.size(3), 0)
    return torch.constant_pad_nd(x, [w // 2, w - w // 2, h // 2, h - h // 2], 0)

def shuffle(self, x: Tensor) -> Tensor:
    halves = torch.reshape(x, [x.size(0), 2, x.size(1) // 2, x.size(2), x.size(3)])
    return torch.reshape(torch.transpose(halves, 1, 2), [x.size(0), x.size(1), x.size(2), x.size(3)])
)";

// Writes down, as TorchScript, what an execution would compute. A value's node is the number of its
// variable.
class ScriptWriter : public Graph {
 public:
  explicit ScriptWriter(Taps kind) : kind_(kind) {}

  Value Conv(const Value& input, ConvSpec spec, const ConvEpilogue& epilogue) override {
    spec.in = input.channels;
    if (spec.depthwise) spec.out = input.channels;
    std::string x = convs_ == 0 ? "x" : Name(input);
    if (epilogue.gate != nullptr) x = fmt::format("{} * {}", x, Name(*epilogue.gate));
    std::string padding = "[0, 0]";
    if (spec.padding == Padding::kSame && spec.stride > 1) {
      x = fmt::format("self.same({}, {}, {}, {})", x, spec.ReachHeight(), spec.ReachWidth(),
                      spec.stride);
    } else if (spec.padding != Padding::kValid) {
      KALLOS_CHECK(spec.ReachHeight() % 2 == 1 && spec.ReachWidth() % 2 == 1);
      padding = fmt::format("[{}, {}]", spec.ReachHeight() / 2, spec.ReachWidth() / 2);
    }
    const std::string bias =
        spec.bias || spec.norm != Norm::kNone ? fmt::format("self.b{}", convs_) : "None";
    std::string y = fmt::format("torch.conv2d({}, self.w{}, {}, [{}, {}], {}, [{}, {}], {})", x,
                                convs_++, bias, spec.stride, spec.stride, padding, spec.dilation,
                                spec.dilation, spec.depthwise ? spec.in : 1);
    if (epilogue.residual != nullptr) y = fmt::format("{} + {}", Name(*epilogue.residual), y);
    return New(spec.out, Activated(y, spec.activation));
  }

  Value Pool(const Value& x, const PoolSpec& spec) override {
    const std::string name = Name(x);
    const std::string window =
        fmt::format("{0}, [{1}, {1}], [{2}, {2}], [{3}, {4}]", name, spec.size, spec.stride,
                    RowsBefore(name + ".size(2)", spec), RowsBefore(name + ".size(3)", spec));
    const char* ceiling = spec.padding == Padding::kSame && spec.stride > 1 ? "True" : "False";
    if (spec.kind == PoolKind::kMax)
      return New(x.channels, fmt::format("torch.max_pool2d({}, [1, 1], {})", window, ceiling));
    return New(x.channels, fmt::format("torch.avg_pool2d({}, {}, {})", window, ceiling,
                                       spec.count_padding ? "True" : "False"));
  }
  Value Concat(const std::vector<Value>& parts) override {
    std::vector<std::string> names;
    int64_t channels = 0;
    for (const Value& part : parts) {
      names.push_back(Name(part));
      channels += part.channels;
    }
    return New(channels, fmt::format("torch.cat([{}], 1)", Join(names, ", ")));
  }
  Value Channels(const Value& x, int64_t first, int64_t count) override {
    return New(count, fmt::format("torch.narrow({}, 1, {}, {})", Name(x), first, count));
  }
  Value Shuffle(const Value& x) override {
    return New(x.channels, fmt::format("self.shuffle({})", Name(x)));
  }
  Value Mean(const Value& x) override {
    return New(x.channels, fmt::format("torch.mean({}, [2, 3], True)", Name(x)));
  }
  Value Dropout(const Value& x, double, bool always) override {
    if (always)
      throw UsageError(
          "a network that drops numbers in inference, by mistake, cannot leave as TorchScript");
    return x;
  }
  void Tap(const std::string&, const Value& x, Taps kind) override {
    if (kind == kind_) taps_.push_back(fmt::format("torch.mean({}, [2, 3])", Name(x)));
  }

  std::string Source() const {
    return fmt::format(
        "{}\ndef features(self, x: Tensor) -> Tensor:\n    x = x * self.factor + self.offset\n{}"
        "    return torch.cat([{}], 1)\n",
        kHelpers, lines_, Join(taps_, ", "));
  }

 private:
  static std::string Name(const Value& x) { return fmt::format("v{}", x.node); }

  // Rows before a map of `size` rows, as WindowOf has them.
  static std::string RowsBefore(const std::string& size, const PoolSpec& spec) {
    if (spec.padding == Padding::kValid) return "0";
    if (spec.padding == Padding::kSymmetric || spec.stride == 1)
      return fmt::format("{}", (spec.size - 1) / 2);
    if (spec.size == 3 && spec.stride == 2) return fmt::format("{} % 2", size);
    return fmt::format("max(({0} + {1} - 1) // {1} * {1} - {1} + {2} - {0}, 0) // 2", size,
                       spec.stride, spec.size);
  }

  static std::string Activated(const std::string& y, Activation activation) {
    switch (activation) {
      case Activation::kNone:
        return y;
      case Activation::kRelu:
        return fmt::format("torch.relu({})", y);
      case Activation::kRelu6:
        return fmt::format("torch.clamp({}, 0, 6)", y);
      case Activation::kSwish:
        return fmt::format("torch.silu({})", y);
      case Activation::kSigmoid:
        return fmt::format("torch.sigmoid({})", y);
    }
    throw BugError("activation");
  }

  Value New(int64_t channels, const std::string& expression) {
    Value value;
    value.channels = channels;
    value.node = next_++;
    lines_ += fmt::format("    {} = {}\n", Name(value), expression);
    return value;
  }

  Taps kind_;
  int64_t next_ = 0;
  size_t convs_ = 0;
  std::string lines_;
  std::vector<std::string> taps_;
};

at::Tensor TensorOf(const Matrix<float>& matrix) {
  const std::vector<int64_t> shape = {static_cast<int64_t>(matrix.rows()),
                                      static_cast<int64_t>(matrix.columns())};
  return at::from_blob(const_cast<float*>(matrix.data()), shape, at::kFloat).clone();
}

// Registers the head's parameters; its source.
std::string AddHead(const ScriptHead& head, torch::jit::Module& module) {
  std::string source = "\ndef forward(self, x: Tensor) -> Tensor:\n    h = self.features(x)\n";
  for (size_t i = 0; i < head.layers.size(); ++i) {
    const ScriptLayer& layer = head.layers[i];
    module.register_parameter(fmt::format("head_w{}", i), TensorOf(layer.kernel), false);
    module.register_parameter(fmt::format("head_b{}", i), at::tensor(layer.bias), false);
    source += fmt::format("    h = torch.addmm(self.head_b{0}, h, self.head_w{0})\n", i);
    if (layer.scale.empty()) continue;
    module.register_parameter(fmt::format("head_scale{}", i), at::tensor(layer.scale), false);
    module.register_parameter(fmt::format("head_shift{}", i), at::tensor(layer.shift), false);
    source += fmt::format("    h = torch.relu(h) * self.head_scale{0} + self.head_shift{0}\n", i);
  }
  if (head.layers.empty()) return source + "    return h\n";
  module.register_buffer("temperature", at::tensor({static_cast<float>(head.temperature)}));
  return source + "    return torch.sigmoid((h[:, 1] - h[:, 0]) / self.temperature)\n";
}

at::Tensor PerChannel(const std::array<float, 3>& values) {
  return at::tensor(at::ArrayRef<float>(values)).view({1, 3, 1, 1});
}

}  // namespace

void WriteTorchScript(const std::filesystem::path& path, const std::string& backbone,
                      const weights::TensorFile& file, Taps taps, Scaling scaling, int64_t outputs,
                      const ScriptHead& head) {
  KALLOS_CHECK(taps != Taps::kOutputs || outputs > 0, "a network without a top has no outputs");
  const Architecture architecture = FindArchitecture(backbone, outputs);
  Declaration declaration;
  BuildNetwork(declaration, architecture);
  const auto folded = FoldConvs(
      declaration.convs, TakeParameters(KerasLayout(backbone, outputs), file, backbone).values);
  torch::jit::Module module("Kallos");
  const Affine affine = AffineOf(scaling);
  module.register_buffer("factor", PerChannel(affine.factor));
  module.register_buffer("offset", PerChannel(affine.offset));
  for (size_t i = 0; i < folded.size(); ++i) {
    module.register_parameter(fmt::format("w{}", i), folded[i].weight, false);
    if (folded[i].bias.defined())
      module.register_parameter(fmt::format("b{}", i), folded[i].bias, false);
  }
  ScriptWriter writer(taps);
  BuildNetwork(writer, architecture);
  module.define(writer.Source());
  module.define(AddHead(head, module));
  module.eval();
  std::ostringstream bytes;
  module.save(bytes);
  PublishBytes(path, bytes.str());
}

}  // namespace kallos::nn
