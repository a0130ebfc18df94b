// A function compiled for several kinds of processors, the best of which is taken when the program
// loads.
#pragma once

// ThreadSanitizer would call into itself before it is ready, so there the function is compiled
// once.
#if defined(__SANITIZE_THREAD__)
#define KALLOS_TARGET_CLONES(...)
#else
#define KALLOS_TARGET_CLONES(...) __attribute__((target_clones(__VA_ARGS__)))
#endif
