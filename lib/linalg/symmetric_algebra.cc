#include "lib/linalg/symmetric_algebra.h"

#include "lib/linalg/products.h"

namespace kallos::linalg {
namespace {

class HostGramSum : public GramSum {
 public:
  explicit HostGramSum(Matrix<double>& c) : c_(c) {}
  void Add(MatrixView<const double> x, const std::function<void()>& meanwhile) override {
    AddGram(x, c_.View(), meanwhile);
  }
  void Fetch() override {}

 private:
  Matrix<double>& c_;
};

}  // namespace

std::unique_ptr<GramSum> HostAlgebra::SumInto(Matrix<double>& c) const {
  return std::make_unique<HostGramSum>(c);
}

Eigenpairs HostAlgebra::LargestEigenpairs(Matrix<double>& a, const ChooseVectors& count,
                                          const EigenWatch& watch) const {
  return linalg::LargestEigenpairs(a, count, watch);
}

size_t HostAlgebra::EigenpairBytes(size_t n, size_t count) const {
  return linalg::EigenpairBytes(n, count);
}

}  // namespace kallos::linalg
