#include "onednn_convolution.h"

#ifdef PAA_TRAINING_DNNL
#include <array>
#include <dnnl.hpp>
#include <map>
#include <unordered_map>

#include "autocast.h"

namespace {

using dnnl::memory;
using tag = memory::format_tag;
constexpr auto f32 = memory::data_type::f32;

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::stream& stream() {
  thread_local dnnl::stream stream(cpu());
  return stream;
}

memory::desc plain(const at::Tensor& tensor) { return {tensor.sizes().vec(), f32, tensor.dim() == 1 ? tag::x : tag::nchw}; }

memory wrap(const at::Tensor& tensor, const memory::desc& layout) { return {layout, cpu(), tensor.data_ptr()}; }

/// Memory from libtorch's allocator, which keeps large blocks for the next use.
at::Tensor room(const memory::desc& layout) { return at::empty({static_cast<int64_t>(layout.get_size())}, at::kByte); }

/// A value in the layout of a kernel: the tensor itself where that is the plain layout.
struct Operand {
  at::Tensor storage;
  memory value;

  /// A tensor's values, rearranged if need be.
  Operand(const at::Tensor& tensor, const memory::desc& layout) {
    if (layout == plain(tensor)) {
      storage = tensor;
      value = wrap(tensor, layout);
      return;
    }
    storage = room(layout);
    value = wrap(storage, layout);
    auto source = wrap(tensor, plain(tensor));
    dnnl::reorder(source, value).execute(stream(), source, value);
  }

  /// Room for a result, which write_to() brings to a tensor.
  static Operand result(const at::Tensor& tensor, const memory::desc& layout) {
    Operand operand;
    operand.storage = layout == plain(tensor) ? tensor : room(layout);
    operand.value = wrap(operand.storage, layout);
    return operand;
  }

  void write_to(const at::Tensor& tensor) const {
    if (storage.is_same(tensor)) return;
    auto from = value, to = wrap(tensor, plain(tensor));
    dnnl::reorder(from, to).execute(stream(), from, to);
  }

 private:
  Operand() = default;
};

/// The kernels of one convolution with "same" padding at stride 1.
struct Kernels {
  Kernels(const at::Tensor& input, const at::Tensor& weight, bool bias, bool relu)
      : winograd(weight.size(2) == 3),
        layout(winograd ? tag::any : tag::nchw),
        source(input.sizes().vec(), f32, layout),
        weights(weight.sizes().vec(), f32, tag::any),
        biases(bias ? memory::desc({weight.size(0)}, f32, tag::x) : memory::desc()),
        target({input.size(0), weight.size(0), input.size(2), input.size(3)}, f32, layout),
        padding(2, weight.size(2) / 2),
        forward(describe<dnnl::convolution_forward>(attributes(relu), dnnl::prop_kind::forward_training, algorithm(), source,
                                                    weights, biases, target, strides, padding, padding)) {}

  dnnl::convolution_backward_data::primitive_desc backward_data() const {
    return describe_backward<dnnl::convolution_backward_data>(source, weights, forward.dst_desc());
  }

  dnnl::convolution_backward_weights::primitive_desc backward_weights() const {
    return describe_backward<dnnl::convolution_backward_weights>(source, weights, biases, forward.dst_desc());
  }

 private:
  // oneDNN 2 takes what describes a kernel in an object of its own, oneDNN 3 all in one list.
  template <class Primitive, class... Parts>
  static typename Primitive::primitive_desc describe(const dnnl::primitive_attr& attributes, const Parts&... parts) {
#if DNNL_VERSION_MAJOR < 3
    return {typename Primitive::desc(parts...), attributes, cpu()};
#else
    return {cpu(), parts..., attributes};
#endif
  }

  template <class Primitive, class... Layouts>
  typename Primitive::primitive_desc describe_backward(const Layouts&... layouts) const {
#if DNNL_VERSION_MAJOR < 3
    return {typename Primitive::desc(algorithm(), layouts..., strides, padding, padding), attributes(false), cpu(), forward};
#else
    return {cpu(), algorithm(), layouts..., strides, padding, padding, forward, attributes(false)};
#endif
  }

  dnnl::algorithm algorithm() const {
    return winograd ? dnnl::algorithm::convolution_winograd : dnnl::algorithm::convolution_direct;
  }

  static dnnl::primitive_attr attributes(bool relu) {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    if (relu) {
      dnnl::post_ops after;
#if DNNL_VERSION_MAJOR < 3
      after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
#else
      after.append_eltwise(dnnl::algorithm::eltwise_relu, 0, 0);
#endif
      attributes.set_post_ops(after);
    }
    return attributes;
  }

  const bool winograd;
  const tag layout;
  const memory::dims strides{1, 1};
  const memory::desc source, weights, biases, target;
  const memory::dims padding;

 public:
  const dnnl::convolution_forward::primitive_desc forward;
};

template <class Primitive>
void run(const typename Primitive::primitive_desc& kernel, std::unordered_map<int, memory> arguments) {
  const auto scratch = room(kernel.scratchpad_desc());
  arguments.emplace(DNNL_ARG_SCRATCHPAD, wrap(scratch, kernel.scratchpad_desc()));
  Primitive(kernel).execute(stream(), arguments);  // oneDNN keeps the compiled kernel for the next time
}

/// Whether this processor and oneDNN have Winograd's kernels for a convolution, in all three directions.
bool has_winograd(const at::Tensor& input, const at::Tensor& weight) {
  using Shape = std::array<int64_t, 5>;
  thread_local std::map<Shape, bool> known;
  const Shape shape{input.size(0), input.size(1), input.size(2), input.size(3), weight.size(0)};
  const auto found = known.find(shape);
  if (found != known.end()) return found->second;
  bool answer = true;
  try {
    const Kernels kernels(input, weight, true, true);
    kernels.backward_data();
    kernels.backward_weights();
  } catch (const dnnl::error& error) {
    if (error.status != dnnl_unimplemented) throw;
    answer = false;
  }
  return known[shape] = answer;
}

}  // namespace

namespace paa::onednn {

bool is_shared() { return true; }

bool pays(const at::Tensor& input, const at::Tensor& weight, int64_t stride, int64_t padding, int64_t groups) {
  constexpr int64_t least_positions = 800;  // Winograd's transforms of the weights want many tiles to share them
  const auto is_plain_float = [](const at::Tensor& tensor) {
    return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat && tensor.dim() == 4;
  };
  if (!is_plain_float(input) || !is_plain_float(weight) || paa::autocast_enabled(c10::kCPU)) return false;
  const auto kernel = weight.size(2);
  if (stride != 1 || groups != 1 || weight.size(3) != kernel || padding != kernel / 2 || input.size(1) != weight.size(1))
    return false;
  if (kernel == 1) return input.numel() > 0;
  return kernel == 3 && input.size(1) >= 32 && weight.size(0) >= 16 &&
         input.size(0) * input.size(2) * input.size(3) >= least_positions && has_winograd(input, weight);
}

at::Tensor convolve(const at::Tensor& input, const at::Tensor& weight, const c10::optional<at::Tensor>& bias, bool relu) {
  const Kernels kernels(input, weight, bias.has_value(), relu);
  const auto output = at::empty({input.size(0), weight.size(0), input.size(2), input.size(3)}, input.options());
  const Operand source(input, kernels.forward.src_desc()), weights(weight, kernels.forward.weights_desc());
  const auto target = Operand::result(output, kernels.forward.dst_desc());
  std::unordered_map<int, memory> arguments{
      {DNNL_ARG_SRC, source.value}, {DNNL_ARG_WEIGHTS, weights.value}, {DNNL_ARG_DST, target.value}};
  if (bias) arguments.emplace(DNNL_ARG_BIAS, wrap(*bias, plain(*bias)));
  run<dnnl::convolution_forward>(kernels.forward, arguments);
  target.write_to(output);
  return output;
}

Gradients differentiate(const at::Tensor& gradient, const at::Tensor& input, const at::Tensor& weight, bool has_bias,
                        Wanted wanted) {
  const Kernels kernels(input, weight, has_bias, false);
  const Operand target(gradient, kernels.forward.dst_desc());  // both kernels take it in the layout of the forward pass
  Gradients result;
  if (wanted.input) {
    const auto kernel = kernels.backward_data();
    result.input = at::empty_like(input);
    const Operand weights(weight, kernel.weights_desc());
    const auto source = Operand::result(result.input, kernel.diff_src_desc());
    run<dnnl::convolution_backward_data>(
        kernel, {{DNNL_ARG_DIFF_DST, target.value}, {DNNL_ARG_WEIGHTS, weights.value}, {DNNL_ARG_DIFF_SRC, source.value}});
    source.write_to(result.input);
  }
  if (wanted.weight) {
    const auto kernel = kernels.backward_weights();
    result.weight = at::empty_like(weight);
    const Operand source(input, kernel.src_desc());
    const auto weights = Operand::result(result.weight, kernel.diff_weights_desc());
    std::unordered_map<int, memory> arguments{
        {DNNL_ARG_DIFF_DST, target.value}, {DNNL_ARG_SRC, source.value}, {DNNL_ARG_DIFF_WEIGHTS, weights.value}};
    if (has_bias) {
      result.bias = at::empty({weight.size(0)}, weight.options());
      arguments.emplace(DNNL_ARG_DIFF_BIAS, wrap(result.bias, plain(result.bias)));
    }
    run<dnnl::convolution_backward_weights>(kernel, arguments);
    weights.write_to(result.weight);
  } else if (wanted.bias) {
    result.bias = gradient.sum({0, 2, 3});
  }
  return result;
}

}  // namespace paa::onednn

#else

#include <c10/util/Exception.h>

namespace paa::onednn {

bool is_shared() { return false; }

bool pays(const at::Tensor&, const at::Tensor&, int64_t, int64_t, int64_t) { return false; }

at::Tensor convolve(const at::Tensor&, const at::Tensor&, const c10::optional<at::Tensor>&, bool) {
  TORCH_CHECK(false, "this build has no convolutions on oneDNN");
}

Gradients differentiate(const at::Tensor&, const at::Tensor&, const at::Tensor&, bool, Wanted) {
  TORCH_CHECK(false, "this build has no convolutions on oneDNN");
}

}  // namespace paa::onednn

#endif
