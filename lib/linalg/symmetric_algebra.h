// The two costly steps of an exact decomposition, on whatever does the arithmetic.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/core/matrix.h"
#include "lib/linalg/symmetric_eigen.h"

namespace kallos::linalg {

// A sum of products in the making.
class GramSum {
 public:
  virtual ~GramSum() = default;
  // The upper triangle += x^T x, x [k x n]. `meanwhile`, where given, runs once while
  // the products are computed.
  virtual void Add(MatrixView<const double> x, const std::function<void()>& meanwhile = {}) = 0;
  // Brings all that was added into the matrix that the sum is for.
  virtual void Fetch() = 0;
};

// Given all eigenvalues, descending: how many vectors to compute.
using ChooseVectors = std::function<size_t(const std::vector<double>& values)>;

class SymmetricAlgebra {
 public:
  virtual ~SymmetricAlgebra() = default;
  virtual std::string Name() const = 0;  // "cpu", "cuda:0"
  // Goes on from the upper triangle of `c` [n x n], which holds the sum after each Fetch, and must
  // outlive the result.
  virtual std::unique_ptr<GramSum> SumInto(Matrix<double>& c) const = 0;
  // As the function of this name: of the upper triangle of `a` [n x n], which may be destroyed.
  virtual Eigenpairs LargestEigenpairs(Matrix<double>& a, const ChooseVectors& count,
                                       const EigenWatch& watch = {}) const = 0;
  // Bytes of host memory that LargestEigenpairs needs besides `a`.
  virtual size_t EigenpairBytes(size_t n, size_t count) const = 0;
  // Of a device with memory of its own: says how much both steps need at most, for n x n matrices,
  // k rows in one product and `count` vectors, and throws EnvironmentError where less is free.
  virtual void RequireMemory(size_t n, size_t k, size_t count) const = 0;
};

// Host memory and all threads: products.h and symmetric_eigen.h.
class HostAlgebra : public SymmetricAlgebra {
 public:
  std::string Name() const override { return "cpu"; }
  std::unique_ptr<GramSum> SumInto(Matrix<double>& c) const override;
  Eigenpairs LargestEigenpairs(Matrix<double>& a, const ChooseVectors& count,
                               const EigenWatch& watch = {}) const override;
  size_t EigenpairBytes(size_t n, size_t count) const override;
  void RequireMemory(size_t, size_t, size_t) const override {}
};

}  // namespace kallos::linalg
