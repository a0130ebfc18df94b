#include "pca/signs.h"

#include <cmath>

#include "lib/parallel/parallel.h"

namespace kallos::pca {

// scikit-learn's rule (svd_flip by the components): the entry of largest magnitude in a row, the
// first of several, is positive.
void FixSigns(MatrixView<double> components) {
  ParallelFor(components.rows, [&](size_t i) {
    double largest = 0;
    for (const double value : components.Row(i)) {
      if (std::abs(value) > std::abs(largest)) largest = value;
    }
    if (largest >= 0) return;
    for (double& value : components.Row(i)) value = -value;
  });
}

}  // namespace kallos::pca
