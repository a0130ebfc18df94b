// Which BLAS runs below us, and making it the right one before anything loads it.
#pragma once

#include <string>

namespace kallos {

// OpenBLAS reads OPENBLAS_CORETYPE when it loads, before main. Where the chip has AVX-512 and
// OpenBLAS does not know it, this sets the variable and starts the program again (once). A value
// that the user set is left alone. Call it first thing in main.
void RestartWithBestBlasKernels(char** argv);

struct BlasInfo {
  std::string library;     // "OpenBLAS 0.3.21"
  std::string kernel;      // "SkylakeX"
  std::string torch_blas;  // file whose sgemm LibTorch is bound to, or "" without LibTorch
};
BlasInfo GetBlasInfo();

// OpenBLAS runs in the thread that calls it, whatever it was built with.
void UseOneBlasThread();

// The same for OpenMP below the thread that calls this.
void UseOneOpenMpThread();

// One line in the log; a warning with its remedy where the reference BLAS is in use.
void LogBlas();

}  // namespace kallos
