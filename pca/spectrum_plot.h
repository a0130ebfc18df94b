// The spectrum of a model as a drawing that stands alone.
#pragma once

#include <string>

#include "lib/model/reduction.h"

namespace kallos::pca {

// SVG of two panels over the number of components: eigenvalues on a logarithmic axis, and the
// cumulated share of the variance; a line marks the components that the model keeps. Colours follow
// the viewer's light or dark scheme.
std::string SpectrumSvg(const model::Reduction& model, const std::string& title);

}  // namespace kallos::pca
