// The denoiser of the published robustness test: the block-matching network of denoising_network.h
// over the luminance of a photograph. No LibTorch type in this header.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "lib/core/picture.h"

namespace kallos::nn {

class LearnedDenoiser {
 public:
  // `weights`: Keras HDF5, safetensors or a PyTorch state dict, as DenoisingParameters takes it;
  // `device` as ResolveDevice takes it. Throws what those throw.
  explicit LearnedDenoiser(const std::filesystem::path& weights, const std::string& device = "cpu");
  ~LearnedDenoiser();

  // The picture without its noise, of the same size. As published: red and blue change places for
  // the luminance Y = 16 + 65.481 B + 128.553 G + 24.966 R (values in 0..1), the network sees Y /
  // 255 / 0.2 (the scale of noise of degree 2), Y without the noise is cut to 0..255, and 8-bit
  // values are truncated, not rounded. Colour stays: all three channels change by as much; no noise
  // means no change. Computed in tiles, so that memory beside the pictures does not grow with
  // them: 1.0 GB for the whole process at 12 megapixels on two threads, measured; about 9 s per
  // megapixel on two AVX2 cores. May be called from several threads; the result does not depend on
  // how many compute. Throws InputError for sides that are no multiples of 8 or below 16 (the
  // published test first resized to the next lower multiples of 8), and when the network gives NaN
  // or infinity; EnvironmentError when the device fails.
  Picture8 Apply(const Picture8& picture) const;

  const std::string& sha256() const { return sha256_; }  // of the weight file

 private:
  class Network;
  std::unique_ptr<Network> network_;
  std::string sha256_;
};

}  // namespace kallos::nn
