// From the tensors of a weight file to the parameters of a backbone.
#pragma once

#include <string>
#include <vector>

#include "lib/nn/layout.h"
#include "lib/nn/weight_names.h"
#include "lib/weights/tensor_file.h"

namespace kallos::nn {

// The parameters that a file gives, and everything that is wrong with it.
struct MappedParameters {
  std::string convention;  // how the tensors were found: "the order of layers in a Keras file", ...
  ParameterValues values;  // complete when there are no faults
  // Every missing, unexpected or mis-shaped tensor, and any that holds NaN or infinity.
  std::vector<std::string> faults;
};

// Takes one tensor of a file, row-major in our order of axes, or notes what is wrong with it:
// another shape than `parameter` has in the file, NaN or infinity.
void TakeTensor(const NamedParameter& parameter, const weights::Tensor& tensor,
                MappedParameters& mapped);

// A Keras HDF5 file is read by the order of its layers, as Keras does, and its names must not
// contradict that order; any other file by names, our own ("layer/weight", Keras's spelling of them
// too) or PyTorch's (timm, torchvision), whichever more of its tensors have. Left out: the input
// normalisation of EfficientNet, num_batches_tracked, and a classifier, unless `layers` have a
// dense layer at their top. A file without values (weights::ReadTensorIndex) is known by names and
// shapes only.
MappedParameters MapParameters(const std::vector<ParameterLayer>& layers,
                               const weights::TensorFile& file, const std::string& backbone);

// The same without faults: one InputError lists them all, if there are any.
MappedParameters TakeParameters(const std::vector<ParameterLayer>& layers,
                                const weights::TensorFile& file, const std::string& backbone);

// Parameters under our own names with Keras's shapes, as WriteSafetensors takes them.
std::vector<weights::Tensor> OwnTensors(const std::vector<ParameterLayer>& layers,
                                        const ParameterValues& values);

}  // namespace kallos::nn
