#include "lib/linalg/bf16_onednn.h"

#include <array>
#include <dnnl.hpp>
#include <map>

namespace kallos::linalg {
namespace {

using dnnl::memory;

const dnnl::engine& Cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

// Of an operand or result with that many rows and columns after it was transposed.
memory::desc Layout(size_t rows, size_t columns, size_t stride, bool transposed,
                    memory::data_type type) {
  const auto apart = static_cast<memory::dim>(stride);
  const memory::dims strides = transposed ? memory::dims{1, apart} : memory::dims{apart, 1};
  return {{static_cast<memory::dim>(rows), static_cast<memory::dim>(columns)}, type, strides};
}

template <typename T>
constexpr memory::data_type kType =
    std::is_same_v<T, Bf16> ? memory::data_type::bf16 : memory::data_type::f32;

struct Product {
  memory::desc a, b, c;
  dnnl::matmul matmul;

  Product(const memory::desc& a_layout, const memory::desc& b_layout, const memory::desc& c_layout)
      : a(a_layout),
        b(b_layout),
        c(c_layout),
        matmul(dnnl::matmul::primitive_desc({a, b, c}, Cpu())) {}
};

// Made once per thread and shape: a head has a dozen.
template <typename T>
const Product& ProductOf(size_t m, size_t n, size_t k, const Operand<T>& a, const Operand<T>& b,
                         size_t stride_c) {
  using Shape = std::array<size_t, 8>;
  thread_local std::map<Shape, Product> products;
  const Shape shape = {
      m, n, k, a.stride, a.transposed ? 1u : 0u, b.stride, b.transposed ? 1u : 0u, stride_c};
  const auto found = products.find(shape);
  if (found != products.end()) return found->second;
  return products
      .try_emplace(shape, Layout(m, k, a.stride, a.transposed, kType<T>),
                   Layout(k, n, b.stride, b.transposed, kType<T>),
                   Layout(m, n, stride_c, false, memory::data_type::f32))
      .first->second;
}

}  // namespace

template <typename T>
void OneDnnProduct(size_t m, size_t n, size_t k, const Operand<T>& a, const Operand<T>& b, float* c,
                   size_t stride_c) {
  thread_local dnnl::stream stream(Cpu());
  const Product& product = ProductOf(m, n, k, a, b, stride_c);
  const memory a_memory(product.a, Cpu(), const_cast<T*>(a.data));
  const memory b_memory(product.b, Cpu(), const_cast<T*>(b.data));
  const memory c_memory(product.c, Cpu(), c);
  product.matmul.execute(
      stream, {{DNNL_ARG_SRC, a_memory}, {DNNL_ARG_WEIGHTS, b_memory}, {DNNL_ARG_DST, c_memory}});
  stream.wait();
}

template void OneDnnProduct(size_t, size_t, size_t, const Operand<Bf16>&, const Operand<Bf16>&,
                            float*, size_t);
template void OneDnnProduct(size_t, size_t, size_t, const Operand<float>&, const Operand<float>&,
                            float*, size_t);

}  // namespace kallos::linalg
