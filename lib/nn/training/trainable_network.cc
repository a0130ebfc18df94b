#include "lib/nn/training/trainable_network.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/device/libtorch.h"
#include "lib/nn/architecture.h"
#include "lib/nn/declaration.h"
#include "lib/nn/input_tensor.h"
#include "lib/nn/ready_network.h"
#include "lib/nn/training/optimizer.h"
#include "lib/nn/training/training_execution.h"
#include "lib/nn/weight_mapping.h"
#include "lib/parallel/parallel.h"

namespace kallos::nn {
namespace {

using weights::Tensor;

// Every layer and tap by name, and how many convolutions there are up to it.
class FreezePoints : public Declaration {
 public:
  Value Conv(const Value& x, ConvSpec spec, const ConvEpilogue& epilogue) override {
    const std::string name = spec.layer;
    const Value y = Declaration::Conv(x, std::move(spec), epilogue);
    points[name] = convs.size();
    return y;
  }
  void Tap(const std::string& layer, const Value& x, Taps kind) override {
    Declaration::Tap(layer, x, kind);
    points[layer] = convs.size();
  }
  std::map<std::string, size_t> points;
};

size_t FrozenConvs(const Architecture& architecture, const std::string& layer) {
  if (layer.empty()) return 0;
  FreezePoints found;
  BuildNetwork(found, architecture);
  const auto point = found.points.find(layer);
  if (point != found.points.end()) return point->second;
  std::vector<std::string> names;
  for (const auto& [name, convs] : found.points) names.push_back(name);
  throw UsageError("{} has no layer '{}' to freeze{}; known: {}", architecture.name, layer,
                   DidYouMean(layer, names), Join(names, ", "));
}

Architecture ArchitectureOf(const TrainingOptions& options) {
  KALLOS_CHECK((options.taps == Taps::kOutputs) == (options.outputs > 0),
               "a top goes with Taps::kOutputs");
  Architecture architecture = FindArchitecture(options.network, options.outputs);
  architecture.dropout = options.dropout.value_or(architecture.dropout);
  if (!(architecture.dropout >= 0 && architecture.dropout < 1))
    throw UsageError("dropout: expected 0 or more and below 1, found {}", architecture.dropout);
  return architecture;
}

void RequirePrecision(const TrainingOptions& options) {
  if (options.precision == Precision::kFp32) return;
  if (options.precision == Precision::kTf32 && options.device.cuda) return;
  throw UsageError("training computes in fp32, on --device cuda also in tf32");
}

Matrix<float> MatrixOf(const at::Tensor& rows) {
  const at::Tensor dense = rows.to(at::kCPU).contiguous();
  Matrix<float> matrix(static_cast<size_t>(dense.size(0)), static_cast<size_t>(dense.size(1)));
  std::memcpy(matrix.data(), dense.data_ptr<float>(),
              sizeof(float) * static_cast<size_t>(dense.numel()));
  return matrix;
}

bool AllFinite(const Matrix<float>& matrix) {
  return std::all_of(matrix.data(), matrix.data() + matrix.rows() * matrix.columns(),
                     [](float v) { return std::isfinite(v); });
}

// What a state holds beside the parameters.
constexpr const char* kFirst = "adam/first/";
constexpr const char* kSecond = "adam/second/";
constexpr const char* kAverage = "average/";
constexpr const char* kParameters = "parameters/";
constexpr const char* kSteps = "adam/steps";

// Tensors by name, each to be taken once.
class StoredState {
 public:
  StoredState(const std::vector<Tensor>& tensors, std::string origin) : origin_(std::move(origin)) {
    for (const Tensor& tensor : tensors) by_name_[tensor.name] = &tensor;
  }

  const Tensor& Take(const std::string& name, weights::Dtype dtype,
                     const std::vector<int64_t>& shape) {
    const auto found = by_name_.find(name);
    if (found != by_name_.end() && found->second->dtype != dtype) {
      throw InputError("{}: expected {} as {}, found {}; the state is of another version", origin_,
                       name, DtypeName(dtype), DtypeName(found->second->dtype));
    }
    if (found == by_name_.end() || found->second->shape != shape) {
      throw InputError(
          "{}: expected {} [{}], found {}; the state is of another network or other settings",
          origin_, name, fmt::join(shape, ", "),
          found == by_name_.end() ? "none"
                                  : fmt::format("[{}]", fmt::join(found->second->shape, ", ")));
    }
    const Tensor& tensor = *found->second;
    by_name_.erase(found);
    return tensor;
  }

  void RequireNoMore() const {
    if (by_name_.empty()) return;
    throw InputError("{}: unexpected {}; the state is of another network or other settings",
                     origin_, by_name_.begin()->first);
  }

 private:
  std::string origin_;
  std::map<std::string, const Tensor*> by_name_;
};

template <typename Work>
auto WithMemoryFor(const Device& device, std::span<const PictureF> pictures, const Work& work) {
  try {
    return Guarded(device, work);
  } catch (const c10::OutOfMemoryError& error) {
    throw EnvironmentError(
        "--device {}: {} pictures of {} x {} at once do not fit into its memory ({}); take fewer, "
        "a smaller batch",
        device.Name(), pictures.size(), pictures[0].width, pictures[0].height,
        error.what_without_backtrace());
  }
}

}  // namespace

class TrainableNetwork::Implementation {
 public:
  explicit Implementation(const TrainingOptions& options)
      : options_(options),
        architecture_(ArchitectureOf(options)),
        layers_(KerasLayout(options.network, options.outputs)),
        frozen_convs_(FrozenConvs(architecture_, options.freeze)),
        scaling_(options.scaling.value_or(architecture_.scaling)) {
    RequirePrecision(options);
    Declaration declaration;
    BuildNetwork(declaration, architecture_);
    convs_ = declaration.convs;
    const nn::Tap& last = declaration.taps.at(options_.taps).back();
    dimension_ = last.offset + last.channels;
    for (const ParameterLayer& layer : layers_) {
      for (size_t k = 0; k < layer.weights.size(); ++k)
        shapes_[layer.name + "/" + layer.weights[k]] = layer.shapes[k];
    }
    for (const auto& [prefix, factor] : options.optimizer.rates) {
      const auto found = shapes_.lower_bound(prefix);
      if (found != shapes_.end() && found->first.starts_with(prefix)) continue;
      throw UsageError(
          "{} has no parameter whose name begins with '{}', for a learning rate of its own; the "
          "first is {}",
          architecture_.name, prefix, shapes_.begin()->first);
    }
  }

  // `fresh`: nothing in them comes from a training.
  void Begin(const ParameterValues& values, bool fresh) {
    const c10::InferenceMode inference;
    for (const auto& [name, tensor] : values) {
      if (shapes_.contains(name)) continue;
      throw InputError(
          "{}: training knows no {}, which these weights hold; use weights as Keras has them",
          architecture_.name, name);
    }
    parameters_ = TensorsOf(layers_, values, AtDevice(options_.device));
    optimizer_ = std::make_unique<Optimizer>(options_.optimizer, parameters_);
    fresh_ = fresh;
    ready_.reset();
  }

  ParameterValues Loaded(const weights::TensorFile& file) const {
    return TakeParameters(layers_, file, options_.network).values;
  }

  ParameterValues LoadedBody(const weights::TensorFile& file, uint64_t seed) const {
    ParameterValues values = RandomParameters(layers_, seed);
    for (auto& [name, tensor] :
         TakeParameters(KerasLayout(options_.network), file, options_.network).values)
      values[name] = std::move(tensor);
    return values;
  }

  TrainableNetwork::StepResult Step(std::span<const PictureF> pictures, double learning_rate,
                                    uint64_t seed, const LossGradient& loss) {
    KALLOS_CHECK(optimizer_ != nullptr && !pictures.empty());
    const c10::InferenceMode inference;
    at::set_num_threads(1);  // lib/parallel owns the threads
    at::globalContext().setAllowTF32CuBLAS(options_.precision == Precision::kTf32);
    at::globalContext().setAllowTF32CuDNN(options_.precision == Precision::kTf32);
    ready_.reset();
    return WithMemoryFor(options_.device, pictures,
                         [&] { return TryStep(pictures, learning_rate, seed, loss); });
  }

  Matrix<float> Infer(std::span<const PictureF> pictures, bool averaged) const {
    const ReadyNetwork& network = Ready(averaged);
    Matrix<float> outputs(pictures.size(), static_cast<size_t>(dimension_));
    const auto infer = [&](size_t first, size_t count) {
      const at::Tensor input = InputTensor(pictures.subspan(first, count), scaling_);
      const at::Tensor rows = network.Run(input, options_.taps, [&](TorchExecution& execution) {
        BuildNetwork(execution, architecture_);
        return execution.Features();
      });
      std::memcpy(outputs.Row(first).data(), rows.data_ptr<float>(),
                  sizeof(float) * count * outputs.columns());
    };
    if (options_.device.cuda) {
      WithMemoryFor(options_.device, pictures, [&] { infer(0, pictures.size()); });
    } else {
      ParallelFor(pictures.size(), [&](size_t i) { infer(i, 1); });
    }
    return outputs;
  }

  std::vector<Tensor> Named(const NamedTensors& tensors, const std::string& prefix = "") const {
    const c10::InferenceMode inference;
    std::vector<ParameterLayer> present;
    for (const ParameterLayer& layer : layers_) {
      ParameterLayer some{layer.name, {}, {}};
      for (size_t k = 0; k < layer.weights.size(); ++k) {
        if (!tensors.contains(layer.name + "/" + layer.weights[k])) continue;
        some.weights.push_back(layer.weights[k]);
        some.shapes.push_back(layer.shapes[k]);
      }
      present.push_back(std::move(some));
    }
    ParameterValues values = ValuesOf(present, tensors);
    std::vector<Tensor> named;
    for (const ParameterLayer& layer : present) {
      for (size_t k = 0; k < layer.weights.size(); ++k) {
        const std::string name = layer.name + "/" + layer.weights[k];
        named.push_back(
            weights::FloatTensor(prefix + name, layer.shapes[k], std::move(values.at(name))));
      }
    }
    return named;
  }

  std::vector<Tensor> StateTensors() const {
    const Optimizer::State state = optimizer_->state();
    std::vector<Tensor> all = {
        weights::IntegerTensor(kSteps, {state.steps, state.forgotten, fresh_ ? 1 : 0})};
    const auto append = [&](const NamedTensors& tensors, const char* prefix) {
      for (Tensor& tensor : Named(tensors, prefix)) all.push_back(std::move(tensor));
    };
    append(parameters_, kParameters);
    append(state.first, kFirst);
    append(state.second, kSecond);
    append(state.average, kAverage);
    return all;
  }

  void TakeState(const std::vector<Tensor>& tensors, const std::string& origin) {
    const c10::InferenceMode inference;
    if (optimizer_ == nullptr) Begin(RandomParameters(layers_, 0), true);
    StoredState stored(tensors, origin);
    const NamedTensors parameters = Stored(stored, kParameters, parameters_);
    Optimizer::State state = optimizer_->state();
    state.first = Stored(stored, kFirst, state.first);
    state.second = Stored(stored, kSecond, state.second);
    state.average = Stored(stored, kAverage, state.average);
    const std::vector<int64_t>& steps = stored.Take(kSteps, weights::Dtype::kInt64, {3}).integers;
    stored.RequireNoMore();
    state.steps = steps[0];
    state.forgotten = steps[1];
    fresh_ = steps[2] != 0;
    parameters_ = parameters;
    optimizer_->set_state(std::move(state));
    ready_.reset();
  }

  void ForgetMoments() {
    const c10::InferenceMode inference;
    optimizer_->ForgetMoments();
  }

  std::vector<Tensor> Average() const {
    KALLOS_CHECK(options_.optimizer.average > 0, "no average is kept");
    return Named(optimizer_->average());
  }
  const NamedTensors& parameters() const { return parameters_; }
  const std::vector<ParameterLayer>& layers() const { return layers_; }
  int64_t steps() const { return optimizer_ == nullptr ? 0 : optimizer_->steps(); }
  int64_t outputs() const { return dimension_; }

 private:
  TrainableNetwork::StepResult TryStep(std::span<const PictureF> pictures, double learning_rate,
                                       uint64_t seed, const LossGradient& loss) {
    const at::Device device = AtDevice(options_.device);
    TrainingExecution execution(
        parameters_, InputTensor(pictures, scaling_).to(device),
        {frozen_convs_, seed, static_cast<uint64_t>(optimizer_->steps()), fresh_, options_.taps});
    BuildNetwork(execution, architecture_);
    TrainableNetwork::StepResult result;
    result.outputs = MatrixOf(execution.Outputs());
    Matrix<float> gradient(result.outputs.rows(), result.outputs.columns());
    loss(result.outputs.View(), gradient.View());
    if (!AllFinite(result.outputs) || !AllFinite(gradient)) {
      throw InputError("{}: outputs or loss are not finite after {} steps", architecture_.name,
                       optimizer_->steps());
    }
    const at::Tensor rows = at::from_blob(
        gradient.data(),
        {static_cast<int64_t>(gradient.rows()), static_cast<int64_t>(gradient.columns())},
        at::kFloat);
    result.gradient_length =
        optimizer_->Step(parameters_, execution.Backward(rows.to(device)), learning_rate);
    return result;
  }

  // The stored tensors of the names in `like`.
  NamedTensors Stored(StoredState& stored, const std::string& prefix,
                      const NamedTensors& like) const {
    ParameterValues values;
    std::vector<ParameterLayer> layers;
    for (const auto& [name, tensor] : like) {
      const size_t slash = name.rfind('/');
      layers.push_back({name.substr(0, slash), {name.substr(slash + 1)}, {shapes_.at(name)}});
      values[name] = stored.Take(prefix + name, weights::Dtype::kFloat32, shapes_.at(name)).values;
    }
    return TensorsOf(layers, values, AtDevice(options_.device));
  }

  const ReadyNetwork& Ready(bool averaged) const {
    KALLOS_CHECK(optimizer_ != nullptr && (!averaged || options_.optimizer.average > 0));
    if (ready_ == nullptr || ready_averaged_ != averaged) {
      const c10::InferenceMode inference;
      const ParameterValues values =
          ValuesOf(layers_, averaged ? optimizer_->average() : parameters_);
      ready_ = std::make_unique<ReadyNetwork>(convs_, values, options_.device, at::kFloat);
      ready_averaged_ = averaged;
    }
    return *ready_;
  }

  TrainingOptions options_;
  Architecture architecture_;
  std::vector<ParameterLayer> layers_;
  int64_t dimension_ = 0;
  size_t frozen_convs_;
  Scaling scaling_;
  std::vector<ConvSpec> convs_;
  std::map<std::string, std::vector<int64_t>> shapes_;  // Keras's, by parameter
  NamedTensors parameters_;
  std::unique_ptr<Optimizer> optimizer_;
  bool fresh_ = false;                           // the moving statistics began at 0 and 1
  mutable std::unique_ptr<ReadyNetwork> ready_;  // for Infer, of the parameters as they are
  mutable bool ready_averaged_ = false;
};

TrainableNetwork::TrainableNetwork(const TrainingOptions& options)
    : implementation_(std::make_unique<Implementation>(options)) {}

TrainableNetwork::~TrainableNetwork() = default;
TrainableNetwork::TrainableNetwork(TrainableNetwork&&) noexcept = default;

void TrainableNetwork::Initialize(uint64_t seed) {
  implementation_->Begin(RandomParameters(implementation_->layers(), seed), true);
}

void TrainableNetwork::Load(const weights::TensorFile& file) {
  implementation_->Begin(implementation_->Loaded(file), false);
}

void TrainableNetwork::LoadBody(const weights::TensorFile& file, uint64_t seed) {
  implementation_->Begin(implementation_->LoadedBody(file, seed), false);
}

void TrainableNetwork::ForgetMoments() {
  implementation_->ForgetMoments();
}

int64_t TrainableNetwork::outputs() const {
  return implementation_->outputs();
}

int64_t TrainableNetwork::steps() const {
  return implementation_->steps();
}

std::vector<Tensor> TrainableNetwork::parameters() const {
  return implementation_->Named(implementation_->parameters());
}

std::vector<Tensor> TrainableNetwork::average() const {
  return implementation_->Average();
}

TrainableNetwork::StepResult TrainableNetwork::Step(std::span<const PictureF> pictures,
                                                    double learning_rate, uint64_t seed,
                                                    const LossGradient& loss) {
  return implementation_->Step(pictures, learning_rate, seed, loss);
}

Matrix<float> TrainableNetwork::Infer(std::span<const PictureF> pictures, bool averaged) const {
  return implementation_->Infer(pictures, averaged);
}

std::vector<Tensor> TrainableNetwork::state() const {
  return implementation_->StateTensors();
}

void TrainableNetwork::set_state(const std::vector<Tensor>& tensors, const std::string& origin) {
  implementation_->TakeState(tensors, origin);
}

}  // namespace kallos::nn
