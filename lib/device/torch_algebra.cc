#include "lib/device/torch_algebra.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/log.h"
#include "lib/core/text.h"
#include "lib/device/libtorch.h"

namespace kallos {
namespace {

constexpr int64_t kPanel = 1024;  // rows of the sum at a time: half the work of all its entries
// What cuBLAS and cuSOLVER take for themselves.
constexpr uint64_t kLibraryBytes = 256ull * 1024 * 1024;

// Shares the memory of `matrix`.
at::Tensor OnHost(MatrixView<const double> matrix) {
  const std::vector<int64_t> sizes = {static_cast<int64_t>(matrix.rows),
                                      static_cast<int64_t>(matrix.columns)};
  return at::from_blob(const_cast<double*>(matrix.data), sizes, at::kDouble);
}

at::Tensor CopyTo(const at::Device& device, MatrixView<const double> matrix) {
  return OnHost(matrix).to(device, at::kDouble, /*non_blocking=*/false, /*copy=*/true);
}

// work(), with all of LibTorch's errors as ours: a fit cannot do with less memory.
template <typename Work>
auto AllGuarded(const Device& device, const Work& work) {
  try {
    return Guarded(device, work);
  } catch (const c10::OutOfMemoryError& error) {
    throw EnvironmentError("--device {}: out of memory ({}); use another device or --device cpu",
                           device.Name(), error.what_without_backtrace());
  }
}

class TorchGramSum : public linalg::GramSum {
 public:
  TorchGramSum(Matrix<double>& c, const Device& device)
      : c_(c),
        device_(device),
        sum_(AllGuarded(device, [&] { return CopyTo(AtDevice(device), c.View()); })) {}

  void Add(MatrixView<const double> x, const std::function<void()>& meanwhile) override {
    const at::Tensor rows = AllGuarded(device_, [&] { return AddProducts(x); });
    if (meanwhile) meanwhile();  // a CUDA device goes on by itself; `rows` are its own until then
  }

  void Fetch() override {
    AllGuarded(device_, [&] { OnHost(c_.View()).copy_(sum_); });
  }

 private:
  at::Tensor AddProducts(MatrixView<const double> x) {
    at::Tensor rows = CopyTo(sum_.device(), x);
    const int64_t n = sum_.size(0);
    for (int64_t first = 0; first < n; first += kPanel) {
      const int64_t size = std::min(kPanel, n - first);
      const at::Tensor left = rows.narrow(1, first, size).t();
      sum_.narrow(0, first, size)
          .narrow(1, first, n - first)
          .addmm_(left, rows.narrow(1, first, n - first));
    }
    return rows;
  }

  Matrix<double>& c_;
  Device device_;
  at::Tensor sum_;
};

class TorchAlgebra : public linalg::SymmetricAlgebra {
 public:
  explicit TorchAlgebra(const Device& device) : device_(device) {
    at::set_num_threads(1);  // lib/parallel owns the threads
  }

  std::string Name() const override { return device_.Name(); }

  std::unique_ptr<linalg::GramSum> SumInto(Matrix<double>& c) const override {
    return std::make_unique<TorchGramSum>(c, device_);
  }

  linalg::Eigenpairs LargestEigenpairs(Matrix<double>& a, const linalg::ChooseVectors& count,
                                       const linalg::EigenWatch& watch) const override {
    KALLOS_CHECK(a.rows() > 0 && a.rows() == a.columns(), "{} x {}", a.rows(), a.columns());
    if (watch.on_step) watch.on_step("eigenvectors on " + Name(), 0);
    return AllGuarded(device_, [&] { return Decompose(a, count); });
  }

  size_t EigenpairBytes(size_t n, size_t count) const override {
    return sizeof(double) * count * n;
  }

  void RequireMemory(size_t n, size_t k, size_t count) const override {
    const uint64_t sums = sizeof(double) * (n * n + k * n);
    // The matrix, its eigenvectors, twice as much for the solver to work in; then the requested
    // vectors in their order.
    const uint64_t eigen = sizeof(double) * (4 * n * n + count * n);
    const uint64_t bytes = std::max(sums, eigen) + kLibraryBytes;
    const std::optional<uint64_t> free = FreeMemory(device_);
    LogInfo("peak memory of {} about {}; {}", Name(), FormatBytes(bytes),
            free ? FormatBytes(*free) + " free" : "how much is free it does not tell");
    if (!free || bytes <= *free) return;
    throw EnvironmentError(
        "the fit needs about {} of {}, where {} are free; end what else runs there, or use another "
        "device or --device "
        "cpu",
        FormatBytes(bytes), Name(), FormatBytes(*free));
  }

 private:
  linalg::Eigenpairs Decompose(const Matrix<double>& a, const linalg::ChooseVectors& count) const {
    const auto [values, vectors] =
        at::linalg_eigh(CopyTo(AtDevice(device_), a.View()), "U");  // ascending
    const at::Tensor descending = values.flip(0).cpu();
    const double* first = descending.data_ptr<double>();
    linalg::Eigenpairs pairs{{first, first + a.rows()}, {}};
    pairs.vectors = Matrix<double>(count(pairs.values), a.rows());
    KALLOS_CHECK(pairs.vectors.rows() <= a.rows());
    const auto rows = static_cast<int64_t>(pairs.vectors.rows());
    OnHost(pairs.vectors.View()).copy_(vectors.t().narrow(0, values.size(0) - rows, rows).flip(0));
    return pairs;
  }

  Device device_;
};

}  // namespace

std::unique_ptr<linalg::SymmetricAlgebra> MakeTorchAlgebra(const Device& device) {
  return std::make_unique<TorchAlgebra>(device);
}

}  // namespace kallos
