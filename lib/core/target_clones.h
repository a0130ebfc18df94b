// A function compiled for several processors; the loader takes the one that fits the machine:
//
//   KALLOS_TARGET_CLONES("avx512f", "avx2", "default")
//   void Add(float* sum, const float* values, size_t n) { ... }
#pragma once

// Once only under ThreadSanitizer, which the choice would call before it is ready.
#if defined(__SANITIZE_THREAD__)
#define KALLOS_TARGET_CLONES(...)
#else
#define KALLOS_TARGET_CLONES(...) __attribute__((target_clones(__VA_ARGS__)))
#endif
