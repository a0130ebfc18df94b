// The block-matching network that removes noise: M. Rakhshanfar's Keras model BMCNN_graph with 64
// filters (github.com/meisamrf/Image-denoising-tensorflow-keras), after Ahn & Cho, "Block-Matching
// Convolutional Neural Network for Image Denoising", 2017, and the dilated convolutions of Zhang et
// al. (IRCNN), CVPR 2017.
#pragma once

#include <vector>

#include "lib/nn/graph.h"
#include "lib/nn/layout.h"
#include "lib/weights/tensor_file.h"

namespace kallos::nn {

// Each value of the result sees so many values of the input in each direction.
constexpr int kDenoisingReach = 1 + 2 + 3 + 4 + 3 + 2 + 1;

// The noise [1, 1, H, W] in a stack of matches [1, 5, H, W]: seven convolutions 3 x 3 with zeros
// beyond the border, the middle five each followed by batch norm, all but the last by ReLU. `graph`
// begins with the stack.
Value DenoisingNetwork(Graph& graph);

// The network's convolutions, as every run of the above makes them.
std::vector<ConvSpec> DenoisingConvs();

// The parameters of the network in a file. Layers are found by kind and shape, since their names
// are nobody's standard: seven with a kernel (HWIO or OIHW) and perhaps a bias, five with moving
// mean and variance and perhaps gamma and beta. Each kind counts in the order of layers that the
// file has; in a safetensors file, which has none, in that of names, with the numbers in them
// compared as numbers. What may be absent is 0, gamma 1. Throws InputError that lists what was
// expected, and everything that does not fit, or is NaN or infinite.
ParameterValues DenoisingParameters(const weights::TensorFile& file);

}  // namespace kallos::nn
