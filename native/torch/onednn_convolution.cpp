#include "onednn_convolution.h"

#ifdef PAA_TRAINING_DNNL
#include <ATen/Parallel.h>

#include <array>
#include <dnnl.hpp>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include "autocast.h"
#include "blocked_kernels.h"

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

constexpr int64_t kBlock = paa::blocked::kBlock;

bool in_blocks(const at::Tensor& map) { return map.dim() == 5; }

/// [N, C, H, W], whatever the layout; other tensors as they are.
memory::dims sizes_of(const at::Tensor& tensor) {
  if (!in_blocks(tensor)) return tensor.sizes().vec();
  return {tensor.size(0), tensor.size(1) * kBlock, tensor.size(2), tensor.size(3)};
}

memory::desc layout_of(const at::Tensor& tensor) {
  return {sizes_of(tensor), f32, in_blocks(tensor) ? tag::aBcd16b : tensor.dim() == 1 ? tag::x : tag::nchw};
}

/// Room for a map.
at::Tensor empty_map(const memory::dims& sizes, bool is_blocked, const at::TensorOptions& options) {
  return is_blocked ? at::empty({sizes[0], sizes[1] / kBlock, sizes[2], sizes[3], kBlock}, options) : at::empty(sizes, options);
}

memory wrap(const at::Tensor& tensor, const memory::desc& layout) { return {layout, cpu(), tensor.data_ptr()}; }

/// Memory from libtorch's allocator, which keeps large blocks for the next use.
at::Tensor room(const memory::desc& layout) { return at::empty({static_cast<int64_t>(layout.get_size())}, at::kByte); }

/// A value in the layout of a kernel: the tensor itself where that is its own layout.
struct Operand {
  at::Tensor storage;
  memory value;

  /// A tensor's values, rearranged if need be.
  Operand(const at::Tensor& tensor, const memory::desc& layout) : Operand(result(tensor, layout)) {
    if (storage.is_same(tensor)) return;
    auto source = wrap(tensor, layout_of(tensor));
    dnnl::reorder(source, value).execute(stream(), source, value);
  }

  /// Room for a result, which write_to() brings to a tensor.
  static Operand result(const at::Tensor& tensor, const memory::desc& layout) {
    return Operand(layout == layout_of(tensor) ? tensor : room(layout), layout, nullptr);
  }

  /// Room in the layout of a kernel alone.
  static Operand of(const memory::desc& layout) { return Operand(room(layout), layout, nullptr); }

  void write_to(const at::Tensor& tensor) const {
    if (storage.is_same(tensor)) return;
    auto from = value, to = wrap(tensor, layout_of(tensor));
    dnnl::reorder(from, to).execute(stream(), from, to);
  }

 private:
  Operand(at::Tensor room, const memory::desc& layout, std::nullptr_t) : storage(std::move(room)), value(wrap(storage, layout)) {}
};

/// What a convolution's kernels depend on.
struct Shape {
  memory::dims source, weights;
  int64_t stride, padding;
  bool is_source_blocked, is_target_blocked, bias, relu;

  std::array<int64_t, 10> key() const {
    const int64_t flags = is_source_blocked | is_target_blocked << 1 | bias << 2 | relu << 3;
    return {source[0], source[1], source[2], source[3], weights[0], weights[1], weights[2], stride, padding, flags};
  }

  int64_t result_side(int axis) const { return (source[axis] + 2 * padding - weights[axis]) / stride + 1; }
};

/// The kernels of one convolution.
struct Kernels {
  Kernels(const Shape& shape, bool winograd)
      : winograd(winograd),
        source(shape.source, f32, source_tag(shape)),
        weights(shape.weights, f32, tag::any),
        biases(shape.bias ? memory::desc({shape.weights[0]}, f32, tag::x) : memory::desc()),
        target({shape.source[0], shape.weights[0], shape.result_side(2), shape.result_side(3)}, f32, target_tag(shape)),
        strides(2, shape.stride),
        padding(2, shape.padding),
        forward(describe<dnnl::convolution_forward>(attributes(shape.relu), dnnl::prop_kind::forward_training, algorithm(),
                                                    source, weights, biases, target, strides, padding, padding)) {}

  const dnnl::convolution_backward_data::primitive_desc& backward_data() {
    if (!data) data = describe_backward<dnnl::convolution_backward_data>(source, weights, forward.dst_desc());
    return *data;
  }

  const dnnl::convolution_backward_weights::primitive_desc& backward_weights() {
    if (!gradients)
      gradients = describe_backward<dnnl::convolution_backward_weights>(source, weights, biases, forward.dst_desc());
    return *gradients;
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

  static bool is_product(const Shape& shape) {
    return !shape.is_source_blocked && !shape.is_target_blocked && shape.weights[2] == 1 && shape.stride == 1;
  }

  static tag source_tag(const Shape& shape) {
    if (shape.is_source_blocked) return tag::aBcd16b;
    return is_product(shape) || shape.source[1] < kBlock ? tag::nchw : tag::any;
  }

  static tag target_tag(const Shape& shape) {
    if (shape.is_target_blocked) return tag::aBcd16b;
    return is_product(shape) ? tag::nchw : tag::any;
  }

 public:
  const bool winograd;

 private:
  const memory::desc source, weights, biases, target;
  const memory::dims strides, padding;
  std::optional<dnnl::convolution_backward_data::primitive_desc> data;
  std::optional<dnnl::convolution_backward_weights::primitive_desc> gradients;

 public:
  const dnnl::convolution_forward::primitive_desc forward;
};

template <class Primitive>
void run(const typename Primitive::primitive_desc& kernel, std::unordered_map<int, memory> arguments) {
  const auto scratch = room(kernel.scratchpad_desc());
  arguments.emplace(DNNL_ARG_SCRATCHPAD, wrap(scratch, kernel.scratchpad_desc()));
  Primitive(kernel).execute(stream(), arguments);  // oneDNN keeps the compiled kernel for the next time
}

/// Winograd's kernels where they pay and this processor and oneDNN have them in all three directions, else direct ones.
std::shared_ptr<Kernels> choose(const Shape& shape) {
  constexpr int64_t least_positions = 800;  // Winograd's transforms of the weights want many tiles to share them
  const auto& [source, weights] = std::tie(shape.source, shape.weights);
  if (weights[2] == 3 && shape.stride == 1 && shape.padding == 1 && source[1] >= 32 && weights[0] >= 16 &&
      source[0] * source[2] * source[3] >= least_positions) {
    try {
      const auto kernels = std::make_shared<Kernels>(shape, true);
      kernels->backward_data();
      kernels->backward_weights();
      return kernels;
    } catch (const dnnl::error& error) {
      if (error.status != dnnl_unimplemented) throw;
    }
  }
  return std::make_shared<Kernels>(shape, false);
}

/// The kernels of a shape, which are looked for once.
std::shared_ptr<Kernels> kernels_for(const Shape& shape) {
  constexpr size_t most = 2048;  // sizes of images vary without end; these are descriptions, the code is in oneDNN's own cache
  thread_local std::map<decltype(shape.key()), std::shared_ptr<Kernels>> known;
  const auto key = shape.key();
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  if (known.size() >= most) known.clear();
  return known[key] = choose(shape);
}

/// How the weights of a kernel lie, if it is one of the layouts that pack_weights() writes.
struct Packing {
  bool is_transposed, are_inputs_outside;

  static std::optional<Packing> of(const at::Tensor& weight, const memory::desc& layout) {
    const auto sizes = weight.sizes().vec();
    if (!paa::onednn::has_blocks() || sizes[0] % kBlock != 0 || sizes[1] % kBlock != 0) return std::nullopt;
    const auto is = [&](tag candidate) { return layout == memory::desc(sizes, f32, candidate); };
    if (is(tag::OIhw16i16o)) return Packing{false, false};
    if (is(tag::OIhw16o16i)) return Packing{true, false};
    if (is(tag::IOhw16o16i)) return Packing{true, true};
    return std::nullopt;
  }
};

const float* pointer(const at::Tensor& tensor) { return tensor.defined() ? tensor.data_ptr<float>() : nullptr; }

/// weight * scale in the layout of a kernel.
Operand packed(const at::Tensor& weight, const at::Tensor& scale, const memory::desc& layout) {
  const auto packing = Packing::of(weight, layout);
  if (!packing) return {scale.defined() ? weight * scale.reshape({-1, 1, 1, 1}) : weight, layout};
  auto result = Operand::of(layout);
  const auto blocks_out = weight.size(0) / kBlock, blocks_in = weight.size(1) / kBlock, taps = weight.size(2) * weight.size(3);
  const auto tile = taps * kBlock * kBlock;
  const float *from = pointer(weight), *factors = pointer(scale);
  auto* to = static_cast<float*>(result.value.get_data_handle());
  at::parallel_for(0, blocks_out, 1, [&](int64_t begin, int64_t end) {
    for (auto block = begin; block < end; block++)
      paa::blocked::pack_weights(from + block * kBlock * weight.size(1) * taps, factors ? factors + block * kBlock : nullptr,
                                 to + block * tile * (packing->are_inputs_outside ? 1 : blocks_in), weight.size(1), taps,
                                 packing->is_transposed, tile * (packing->are_inputs_outside ? blocks_out : 1));
  });
  return result;
}

/// Brings the gradients of weight * scale from the layout of a kernel to those of weight and scale.
void unpack(const Operand& gradient, const memory::desc& layout, const at::Tensor& weight, const at::Tensor& scale,
            bool wants_scale, paa::onednn::Gradients& result) {
  const auto packing = Packing::of(weight, layout);
  if (!packing || packing->is_transposed) {
    const auto plain = at::empty_like(weight);
    gradient.write_to(plain);
    if (wants_scale) result.scale = (plain * weight).sum({1, 2, 3});
    result.weight = scale.defined() ? plain * scale.reshape({-1, 1, 1, 1}) : plain;
    return;
  }
  result.weight = at::empty_like(weight);
  if (wants_scale) result.scale = at::empty_like(scale);
  const auto row = weight.size(1) * weight.size(2) * weight.size(3);
  const auto* from = static_cast<const float*>(gradient.value.get_data_handle());
  const float *weights = wants_scale ? pointer(weight) : nullptr, *factors = pointer(scale);
  auto *to = result.weight.data_ptr<float>(), *products = wants_scale ? result.scale.data_ptr<float>() : nullptr;
  at::parallel_for(0, weight.size(0) / kBlock, 1, [&](int64_t begin, int64_t end) {
    for (auto place = begin * kBlock; place < end * kBlock; place += kBlock)
      paa::blocked::unpack_gradients(from + place * row, weights ? weights + place * row : nullptr,
                                     factors ? factors + place : nullptr, to + place * row,
                                     products ? products + place : nullptr, weight.size(1), weight.size(2) * weight.size(3));
  });
}

Shape shape_of(const at::Tensor& input, const at::Tensor& weight, paa::onednn::Window window, bool is_target_blocked, bool bias,
               bool relu) {
  return {sizes_of(input), weight.sizes().vec(), window.stride, window.padding, in_blocks(input), is_target_blocked, bias, relu};
}

void add_residual(const at::Tensor& output, const at::Tensor& residual, bool relu) {
  if (!in_blocks(output)) {
    output.add_(residual);
    if (relu) output.relu_();
    return;
  }
  auto* to = output.data_ptr<float>();
  const auto* from = residual.data_ptr<float>();
  at::parallel_for(0, output.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
    paa::blocked::add(to + begin, from + begin, end - begin, relu);
  });
}

at::Tensor rearrange(const at::Tensor& map, bool is_blocked) {
  const auto result = empty_map(sizes_of(map), is_blocked, map.options());
  auto from = wrap(map, layout_of(map)), to = wrap(result, layout_of(result));
  dnnl::reorder(from, to).execute(stream(), from, to);
  return result;
}

}  // namespace

namespace paa::onednn {

bool is_shared() { return true; }

bool has_blocks() {
#ifdef PAA_BLOCKED_KERNELS
  static const bool has = static_cast<unsigned>(dnnl::get_effective_cpu_isa()) >= static_cast<unsigned>(dnnl::cpu_isa::avx512_core);
  return has;
#else
  return false;
#endif
}

bool pays(const at::Tensor& input, const at::Tensor& weight, int64_t stride, int64_t padding, int64_t groups) {
  const auto is_plain_float = [](const at::Tensor& tensor) {
    return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat && tensor.dim() == 4;
  };
  if (!is_plain_float(input) || !is_plain_float(weight) || paa::autocast_enabled(c10::kCPU)) return false;
  const auto kernel = weight.size(2);
  if (stride != 1 || groups != 1 || weight.size(3) != kernel || padding != kernel / 2 || input.size(1) != weight.size(1))
    return false;
  if (kernel == 1) return input.numel() > 0;
  return kernel == 3 && input.numel() > 0 && kernels_for(shape_of(input, weight, {stride, padding}, false, true, true))->winograd;
}

at::Tensor convolve(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& scale, const at::Tensor& bias,
                    const at::Tensor& residual, Window window, bool relu, bool is_blocked) {
  const auto shape = shape_of(input, weight, window, is_blocked, bias.defined(), relu && !residual.defined());
  const auto kernels = kernels_for(shape);
  const auto& forward = kernels->forward;
  const auto output =
      empty_map({shape.source[0], shape.weights[0], shape.result_side(2), shape.result_side(3)}, is_blocked, input.options());
  const Operand source(input, forward.src_desc()), weights = packed(weight, scale, forward.weights_desc());
  const auto target = Operand::result(output, forward.dst_desc());
  std::unordered_map<int, memory> arguments{
      {DNNL_ARG_SRC, source.value}, {DNNL_ARG_WEIGHTS, weights.value}, {DNNL_ARG_DST, target.value}};
  if (bias.defined()) arguments.emplace(DNNL_ARG_BIAS, wrap(bias, layout_of(bias)));
  run<dnnl::convolution_forward>(forward, arguments);
  target.write_to(output);
  if (residual.defined()) add_residual(output, residual, relu);
  return output;
}

Gradients differentiate(const at::Tensor& gradient, const at::Tensor& input, const at::Tensor& weight, const at::Tensor& scale,
                        Window window, Wanted wanted) {
  Gradients result;
  const auto kernels = kernels_for(shape_of(input, weight, window, in_blocks(gradient), wanted.bias, false));
  const Operand target(gradient, kernels->forward.dst_desc());  // both kernels take it in the layout of the forward pass
  if (wanted.input) {
    const auto& kernel = kernels->backward_data();
    result.input = at::empty_like(input);
    const auto weights = packed(weight, scale, kernel.weights_desc());
    const auto source = Operand::result(result.input, kernel.diff_src_desc());
    run<dnnl::convolution_backward_data>(
        kernel, {{DNNL_ARG_DIFF_DST, target.value}, {DNNL_ARG_WEIGHTS, weights.value}, {DNNL_ARG_DIFF_SRC, source.value}});
    source.write_to(result.input);
  }
  if (wanted.weight || wanted.scale) {
    const auto& kernel = kernels->backward_weights();
    const Operand source(input, kernel.src_desc());
    const auto weights = Operand::of(kernel.diff_weights_desc());
    std::unordered_map<int, memory> arguments{
        {DNNL_ARG_DIFF_DST, target.value}, {DNNL_ARG_SRC, source.value}, {DNNL_ARG_DIFF_WEIGHTS, weights.value}};
    if (wanted.bias) {
      result.bias = at::empty({weight.size(0)}, weight.options());
      arguments.emplace(DNNL_ARG_DIFF_BIAS, wrap(result.bias, layout_of(result.bias)));
    }
    run<dnnl::convolution_backward_weights>(kernel, arguments);
    unpack(weights, kernel.diff_weights_desc(), weight, scale, wanted.scale, result);
  } else if (wanted.bias) {
    result.bias = gradient.sum({0, 2, 3}).reshape({-1});
  }
  return result;
}

at::Tensor to_plain(const at::Tensor& map) { return rearrange(map, false); }

at::Tensor to_blocks(const at::Tensor& map) { return rearrange(map, true); }

}  // namespace paa::onednn

#else

#include <c10/util/Exception.h>

namespace paa::onednn {

bool is_shared() { return false; }

bool has_blocks() { return false; }

bool pays(const at::Tensor&, const at::Tensor&, int64_t, int64_t, int64_t) { return false; }

at::Tensor convolve(const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&, Window, bool,
                    bool) {
  TORCH_CHECK(false, "this build has no convolutions on oneDNN");
}

Gradients differentiate(const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&, Window, Wanted) {
  TORCH_CHECK(false, "this build has no convolutions on oneDNN");
}

at::Tensor to_plain(const at::Tensor& map) { return map; }

at::Tensor to_blocks(const at::Tensor& map) { return map; }

}  // namespace paa::onednn

#endif
