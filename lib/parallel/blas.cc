#include "lib/parallel/blas.h"

#include <dlfcn.h>
#include <omp.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "lib/core/log.h"
#include "lib/core/text.h"
#include "lib/parallel/parallel.h"

extern "C" {
char* openblas_get_config();
char* openblas_get_corename();
void openblas_set_num_threads(int threads);
}

namespace kallos {
namespace {

constexpr const char* kCoreType = "OPENBLAS_CORETYPE";
constexpr const char* kRestarted = "KALLOS_RESTARTED";

bool HasAvx512() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512dq") != 0;
}

bool IsAvx512Kernel(const std::string& kernel) {
  const std::string name = ToLower(kernel);
  return name == "skylakex" || name == "cooperlake" || name == "sapphirerapids";
}

}  // namespace

void RestartWithBestBlasKernels(char** argv) {
  if (!HasAvx512() || IsAvx512Kernel(openblas_get_corename())) return;
  if (std::getenv(kCoreType) != nullptr || std::getenv(kRestarted) != nullptr) return;
  setenv(kCoreType, "SKYLAKEX", 1);
  setenv(kRestarted, "1", 1);
  execv("/proc/self/exe", argv);
  // Only reached where the kernel refuses; LogBlas then reports the slow kernels.
  unsetenv(kCoreType);
}

BlasInfo GetBlasInfo() {
  BlasInfo info;
  std::vector<std::string> words =
      Split(openblas_get_config(), ' ');  // "OpenBLAS 0.3.21 NO_LAPACKE ..."
  words.resize(2);
  info.library = Join(words, " ");
  info.kernel = openblas_get_corename();
  void* blas = dlopen("libblas.so.3", RTLD_NOLOAD | RTLD_LAZY);
  if (blas == nullptr) return info;
  // Not the one in libblas.so.3: LibTorch is bound to the first in the program's search order, most
  // often our OpenBLAS.
  Dl_info where{};
  void* symbol = dlsym(RTLD_DEFAULT, "sgemm_");
  if (symbol != nullptr && dladdr(symbol, &where) != 0) {
    std::error_code ignored;
    info.torch_blas = std::filesystem::canonical(where.dli_fname, ignored).string();
  }
  dlclose(blas);
  return info;
}

void UseOneBlasThread() {
  openblas_set_num_threads(1);
}

// OpenMP's thread count belongs to each thread; a worker that never set it would open a team of its
// own inside BLAS.
void UseOneOpenMpThread() {
  thread_local const bool done = (omp_set_num_threads(1), true);
  static_cast<void>(done);
}

void LogBlas() {
  const BlasInfo info = GetBlasInfo();
  LogInfo("{} ({} kernels), {} worker threads, one BLAS/OpenMP/LibTorch thread in each",
          info.library, info.kernel, Threads());
  if (HasAvx512() && !IsAvx512Kernel(info.kernel)) {
    LogWarning("this chip has AVX-512 but OpenBLAS uses its slower {} kernels; unset {}",
               info.kernel, kCoreType);
  }
  if (!info.torch_blas.empty() && info.torch_blas.find("openblas") == std::string::npos) {
    LogWarning(
        "LibTorch uses the BLAS {}, which is many times slower than OpenBLAS; install it: apt-get "
        "install libopenblas0-openmp, or choose it: update-alternatives --config "
        "libblas.so.3-x86_64-linux-gnu",
        info.torch_blas);
  }
}

}  // namespace kallos
