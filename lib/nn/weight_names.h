// What weight files call the parameters of a backbone, and how they lay them out: one table per
// convention.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/nn/layout.h"

namespace kallos::nn {

// A parameter as one convention writes it.
struct NamedParameter {
  std::string key;             // ours: "conv2d_4/kernel"
  std::string name;            // in the file: "conv2d_4a.conv.weight"
  std::vector<int64_t> shape;  // in the file
  // Axis i of ours is the file's axis axes[i]; empty where both are the same.
  std::vector<size_t> axes;
  bool optional = false;
};

// Our own names, "layer/weight", with Keras's shapes. A gamma that Keras does not have may be
// there.
std::vector<NamedParameter> OwnNames(const std::vector<ParameterLayer>& layers);

// PyTorch's names and shapes (kernels OIHW, dense [out, in], every batch norm with a gamma): those
// of timm (pytorch-image-models) for inception_resnet_v2 and tf_efficientnet_b0 ... b7, those of
// torchvision for shufflenet_v2_x0_5
// ... x2_0. Empty for a backbone that neither has.
std::vector<NamedParameter> PyTorchNames(const std::string& backbone,
                                         const std::vector<ParameterLayer>& layers);

// Keras numbers the layers that were given no name from wherever its process stood: "conv2d_7",
// "conv2d_8", ... Gives each of `layers` the name that it has in a fresh process, where the
// smallest number of its kind is 0: "conv2d", "conv2d_1", ... Other names stay.
std::map<std::string, std::string> FreshNames(const std::vector<std::string>& layers);

}  // namespace kallos::nn
