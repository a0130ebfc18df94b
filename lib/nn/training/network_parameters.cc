#include "lib/nn/training/network_parameters.h"

#include <ATen/ATen.h>

#include "lib/core/error.h"

namespace kallos::nn {
namespace {

bool IsDepthwise(const std::string& weight) {
  return weight == "depthwise_kernel";
}

at::Tensor FromKeras(const std::string& weight, const std::vector<int64_t>& shape,
                     const std::vector<float>& values) {
  const at::Tensor keras = at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat);
  if (shape.size() == 1) return keras.clone();
  const at::Tensor kernel = shape.size() == 2     ? keras.t().unsqueeze(2).unsqueeze(3)
                            : IsDepthwise(weight) ? keras.permute({2, 3, 0, 1})
                                                  : keras.permute({3, 2, 0, 1});
  return kernel.clone(at::MemoryFormat::ChannelsLast);
}

at::Tensor ToKeras(const std::string& weight, const std::vector<int64_t>& shape,
                   const at::Tensor& tensor) {
  if (shape.size() == 1) return tensor;
  if (shape.size() == 2) return tensor.squeeze(3).squeeze(2).t();
  return IsDepthwise(weight) ? tensor.permute({2, 3, 0, 1}) : tensor.permute({2, 3, 1, 0});
}

}  // namespace

NamedTensors TensorsOf(const std::vector<ParameterLayer>& layers, const ParameterValues& values,
                       const at::Device& device) {
  NamedTensors tensors;
  for (const ParameterLayer& layer : layers) {
    for (size_t k = 0; k < layer.weights.size(); ++k) {
      const std::string name = layer.name + "/" + layer.weights[k];
      tensors[name] = FromKeras(layer.weights[k], layer.shapes[k], values.at(name)).to(device);
    }
  }
  return tensors;
}

ParameterValues ValuesOf(const std::vector<ParameterLayer>& layers, const NamedTensors& tensors) {
  ParameterValues values;
  for (const ParameterLayer& layer : layers) {
    for (size_t k = 0; k < layer.weights.size(); ++k) {
      const std::string name = layer.name + "/" + layer.weights[k];
      const at::Tensor keras =
          ToKeras(layer.weights[k], layer.shapes[k], tensors.at(name).to(at::kCPU))
              .contiguous(at::MemoryFormat::Contiguous);
      KALLOS_CHECK(keras.sizes() == at::IntArrayRef(layer.shapes[k]), "{}", name);
      values[name].assign(keras.data_ptr<float>(), keras.data_ptr<float>() + keras.numel());
    }
  }
  return values;
}

bool IsMovingStatistic(const std::string& name) {
  return name.ends_with("/moving_mean") || name.ends_with("/moving_variance");
}

}  // namespace kallos::nn
