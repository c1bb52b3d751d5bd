// The operators paa::convolution, with an optional ReLU behind it, and paa::normalized_convolution, with group norm and ReLU before it,
// forwards and backwards, and paa::group_norm. On the CPU they take oneDNN's fastest kernels for training, which libtorch does not choose:
//   3x3 at stride 1: Winograd's F(4x4, 3x3) in all three directions, two to three times as fast as the direct kernel;
//   1x1 at stride 1: a matrix product on the plain layout, which saves rearranging maps that are as costly to move as to compute.
// Everything else is at::conv2d, as is everything in a libtorch that does not share its oneDNN (see CMakeLists.txt).
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <array>

#include "autocast.h"
#include "guard.h"

#ifdef PAA_TRAINING_DNNL
#include <dnnl.hpp>
#include <map>
#endif

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// relu(group_norm(input)), with the means and reciprocal deviations of the groups.
std::tuple<at::Tensor, at::Tensor, at::Tensor> normalize(const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias,
                                                         int64_t groups, double epsilon) {
  auto result =
      at::native_group_norm(input, weight, bias, input.size(0), input.size(1), input.size(2) * input.size(3), groups, epsilon);
  std::get<0>(result).relu_();
  return result;
}

/// The gradients of normalize() by input, weight and bias.
std::tuple<at::Tensor, at::Tensor, at::Tensor> differentiate_normalize(const at::Tensor &gradient, const at::Tensor &input,
                                                                       const std::tuple<at::Tensor, at::Tensor, at::Tensor> &result,
                                                                       const at::Tensor &weight, int64_t groups, std::array<bool, 3> wanted) {
  const auto &[normalized, mean, deviation] = result;
  return at::native_group_norm_backward(at::threshold_backward(gradient, normalized, 0), input, mean, deviation, weight, input.size(0),
                                        input.size(1), input.size(2) * input.size(3), groups, wanted);
}

#ifdef PAA_TRAINING_DNNL

using dnnl::memory;
using tag = memory::format_tag;
constexpr auto f32 = memory::data_type::f32;

const dnnl::engine &cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::stream &stream() {
  thread_local dnnl::stream stream(cpu());
  return stream;
}

memory::desc plain(const at::Tensor &tensor) {
  return {tensor.sizes().vec(), f32, tensor.dim() == 1 ? tag::x : tag::nchw};
}

memory wrap(const at::Tensor &tensor, const memory::desc &layout) { return {layout, cpu(), tensor.data_ptr()}; }

/// Memory from libtorch's allocator, which keeps large blocks for the next use.
at::Tensor room(const memory::desc &layout) { return at::empty({static_cast<int64_t>(layout.get_size())}, at::kByte); }

/// A value in the layout of a kernel: the tensor itself where that is the plain layout.
struct Operand {
  at::Tensor storage;
  memory value;

  /// A tensor's values, rearranged if need be.
  Operand(const at::Tensor &tensor, const memory::desc &layout) {
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
  static Operand result(const at::Tensor &tensor, const memory::desc &layout) {
    Operand operand;
    operand.storage = layout == plain(tensor) ? tensor : room(layout);
    operand.value = wrap(operand.storage, layout);
    return operand;
  }

  void write_to(const at::Tensor &tensor) const {
    if (storage.is_same(tensor)) return;
    auto from = value, to = wrap(tensor, plain(tensor));
    dnnl::reorder(from, to).execute(stream(), from, to);
  }

 private:
  Operand() = default;
};

/// The kernels of one convolution with "same" padding at stride 1.
struct Kernels {
  Kernels(const at::Tensor &input, const at::Tensor &weight, bool bias, bool relu)
      : winograd(weight.size(2) == 3),
        layout(winograd ? tag::any : tag::nchw),
        source(input.sizes().vec(), f32, layout),
        weights(weight.sizes().vec(), f32, tag::any),
        biases(bias ? memory::desc({weight.size(0)}, f32, tag::x) : memory::desc()),
        target({input.size(0), weight.size(0), input.size(2), input.size(3)}, f32, layout),
        padding(2, weight.size(2) / 2),
        forward(describe<dnnl::convolution_forward>(attributes(relu), dnnl::prop_kind::forward_training, algorithm(), source, weights,
                                                    biases, target, strides, padding, padding)) {}

  dnnl::convolution_backward_data::primitive_desc backward_data() const {
    return describe_backward<dnnl::convolution_backward_data>(source, weights, forward.dst_desc());
  }

  dnnl::convolution_backward_weights::primitive_desc backward_weights() const {
    return describe_backward<dnnl::convolution_backward_weights>(source, weights, biases, forward.dst_desc());
  }

 private:
  // oneDNN 2 takes what describes a kernel in an object of its own, oneDNN 3 all in one list.
  template <class Primitive, class... Parts>
  static typename Primitive::primitive_desc describe(const dnnl::primitive_attr &attributes, const Parts &...parts) {
#if DNNL_VERSION_MAJOR < 3
    return {typename Primitive::desc(parts...), attributes, cpu()};
#else
    return {cpu(), parts..., attributes};
#endif
  }

  template <class Primitive, class... Layouts>
  typename Primitive::primitive_desc describe_backward(const Layouts &...layouts) const {
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
void run(const typename Primitive::primitive_desc &kernel, std::unordered_map<int, memory> arguments) {
  const auto scratch = room(kernel.scratchpad_desc());
  arguments.emplace(DNNL_ARG_SCRATCHPAD, wrap(scratch, kernel.scratchpad_desc()));
  Primitive(kernel).execute(stream(), arguments);  // oneDNN keeps the compiled kernel for the next time
}

/// Whether this processor and oneDNN have Winograd's kernels for a convolution, in all three directions.
bool has_winograd(const at::Tensor &input, const at::Tensor &weight) {
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
  } catch (const dnnl::error &error) {
    if (error.status != dnnl_unimplemented) throw;
    answer = false;
  }
  return known[shape] = answer;
}

/// Whether the kernels above beat libtorch's on this convolution, and exist.
bool pays(const at::Tensor &input, const at::Tensor &weight, int64_t stride, int64_t padding, int64_t groups) {
  constexpr int64_t least_positions = 800;  // Winograd's transforms of the weights want many tiles to share them
  const auto is_plain_float = [](const at::Tensor &tensor) {
    return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat && tensor.dim() == 4;
  };
  if (!is_plain_float(input) || !is_plain_float(weight) || paa::autocast_enabled(c10::kCPU)) return false;
  const auto kernel = weight.size(2);
  if (stride != 1 || groups != 1 || weight.size(3) != kernel || padding != kernel / 2 || input.size(1) != weight.size(1)) return false;
  if (kernel == 1) return input.numel() > 0;
  return kernel == 3 && input.size(1) >= 32 && weight.size(0) >= 16 &&
         input.size(0) * input.size(2) * input.size(3) >= least_positions && has_winograd(input, weight);
}

at::Tensor convolve(const at::Tensor &input, const at::Tensor &weight, const c10::optional<at::Tensor> &bias, bool relu) {
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

/// Gradients by input, weight and bias; those not wanted stay undefined.
struct Gradients {
  at::Tensor input, weight, bias;
};

struct Wanted {
  bool input, weight, bias;
};

Gradients differentiate(const at::Tensor &gradient, const at::Tensor &input, const at::Tensor &weight, bool has_bias, Wanted wanted) {
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

struct Convolution : torch::autograd::Function<Convolution> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &given_input, const at::Tensor &given_weight,
                            const c10::optional<at::Tensor> &bias, bool relu) {
    const auto input = given_input.contiguous(), weight = given_weight.contiguous();
    const auto output = convolve(input, weight, bias, relu);
    context->save_for_backward({input, weight, relu ? output : at::Tensor()});
    context->saved_data["bias"] = bias.has_value();
    return output;
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &output = saved[2];
    const bool has_bias = context->saved_data["bias"].toBool();
    auto gradient = gradients[0].contiguous();
    if (output.defined()) gradient = at::threshold_backward(gradient, output, 0);
    const auto result = differentiate(
        gradient, saved[0], saved[1], has_bias,
        {context->needs_input_grad(0), context->needs_input_grad(1), has_bias && context->needs_input_grad(2)});
    return {result.input, result.weight, result.bias, at::Tensor()};
  }
};

/// convolution(relu(group_norm(input))), of which only the input is kept: the map between is cheap to compute again, and of
/// the two maps a layer of this kind leaves behind, this saves one.
struct NormalizedConvolution : torch::autograd::Function<NormalizedConvolution> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &given_input, int64_t groups, const at::Tensor &norm_weight,
                            const at::Tensor &norm_bias, double epsilon, const at::Tensor &given_weight,
                            const c10::optional<at::Tensor> &bias) {
    const auto input = given_input.contiguous(), weight = given_weight.contiguous();
    const auto normalized = std::get<0>(normalize(input, norm_weight, norm_bias, groups, epsilon));
    context->save_for_backward({input, norm_weight, norm_bias, weight});
    context->saved_data["groups"] = groups;
    context->saved_data["epsilon"] = epsilon;
    context->saved_data["bias"] = bias.has_value();
    return convolve(normalized, weight, bias, false);
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &input = saved[0], &norm_weight = saved[1], &norm_bias = saved[2];
    const auto groups = context->saved_data["groups"].toInt();
    const bool has_bias = context->saved_data["bias"].toBool();
    const auto before = normalize(input, norm_weight, norm_bias, groups, context->saved_data["epsilon"].toDouble());
    const bool wants_input = context->needs_input_grad(0), wants_norm = context->needs_input_grad(1) || context->needs_input_grad(2);
    auto result = differentiate(
        gradients[0].contiguous(), std::get<0>(before), saved[3], has_bias,
        {wants_input || wants_norm, context->needs_input_grad(3), has_bias && context->needs_input_grad(4)});
    at::Tensor input_gradient, norm_weight_gradient, norm_bias_gradient;
    if (wants_input || wants_norm)
      std::tie(input_gradient, norm_weight_gradient, norm_bias_gradient) =
          differentiate_normalize(result.input, input, before, norm_weight, groups, {wants_input, wants_norm, wants_norm});
    return {input_gradient, at::Tensor(), norm_weight_gradient, norm_bias_gradient, at::Tensor(), result.weight, result.bias};
  }
};

#endif

/// The same in mixed precision, on any device: norm and ReLU in 32 bits, the convolution in 16. Only the input is kept, in the 16 bits in
/// which it came; libtorch's operators one by one would keep three maps, two of them in 32 bits.
struct MixedNormalizedConvolution : torch::autograd::Function<MixedNormalizedConvolution> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &input, int64_t groups, const at::Tensor &norm_weight,
                            const at::Tensor &norm_bias, double epsilon, const at::Tensor &weight, const c10::optional<at::Tensor> &bias,
                            int64_t padding) {
    const auto type = paa::autocast_state(input.device().type()).type;
    const paa::AutocastGuard off({input.device().type(), false, type});
    context->save_for_backward({input, norm_weight, norm_bias, weight});
    context->saved_data["groups"] = groups;
    context->saved_data["epsilon"] = epsilon;
    context->saved_data["bias"] = bias.has_value();
    context->saved_data["padding"] = padding;
    context->saved_data["type"] = static_cast<int64_t>(type);
    const auto normalized = std::get<0>(normalize(input.contiguous().to(at::kFloat), norm_weight, norm_bias, groups, epsilon)).to(type);
    return at::conv2d(normalized, weight.to(type), bias ? bias->to(type) : at::Tensor(), 1, padding);
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &given_input = saved[0], &norm_weight = saved[1], &norm_bias = saved[2], &weight = saved[3];
    const auto groups = context->saved_data["groups"].toInt();
    const auto padding = context->saved_data["padding"].toInt();
    const auto type = static_cast<at::ScalarType>(context->saved_data["type"].toInt());
    const bool has_bias = context->saved_data["bias"].toBool();
    const paa::AutocastGuard off({given_input.device().type(), false, type});
    const auto input = given_input.contiguous().to(at::kFloat);
    const auto before = normalize(input, norm_weight, norm_bias, groups, context->saved_data["epsilon"].toDouble());
    const bool wants_input = context->needs_input_grad(0), wants_norm = context->needs_input_grad(1) || context->needs_input_grad(2);
    const std::vector<int64_t> bias_sizes{weight.size(0)};
    auto [normalized_gradient, weight_gradient, bias_gradient] = at::convolution_backward(
        gradients[0].to(type), std::get<0>(before).to(type), weight.to(type), bias_sizes, {1, 1}, {padding, padding}, {1, 1}, false, {0, 0}, 1,
        {wants_input || wants_norm, context->needs_input_grad(3), has_bias && context->needs_input_grad(4)});
    at::Tensor input_gradient, norm_weight_gradient, norm_bias_gradient;
    if (wants_input || wants_norm) {
      std::tie(input_gradient, norm_weight_gradient, norm_bias_gradient) = differentiate_normalize(
          normalized_gradient.to(at::kFloat).contiguous(), input, before, norm_weight, groups, {wants_input, wants_norm, wants_norm});
      if (wants_input) input_gradient = input_gradient.to(given_input.scalar_type());
    }
    if (weight_gradient.defined()) weight_gradient = weight_gradient.to(weight.scalar_type());
    if (bias_gradient.defined()) bias_gradient = bias_gradient.to(weight.scalar_type());
    return {input_gradient, at::Tensor(), norm_weight_gradient, norm_bias_gradient, at::Tensor(), weight_gradient, bias_gradient, at::Tensor()};
  }
};

at::Tensor convolution(const at::Tensor &input, const at::Tensor &weight, const c10::optional<at::Tensor> &bias, int64_t stride,
                       int64_t padding, int64_t groups, bool relu) {
#ifdef PAA_TRAINING_DNNL
  if (pays(input, weight, stride, padding, groups)) return Convolution::apply(input, weight, bias, relu);
#endif
  auto output = at::conv2d(input, weight, bias, stride, padding, 1, groups);
  return relu ? output.relu_() : output;
}

/// Group norm in single precision, which is the rule of autocast on CUDA and has no rule on the CPU: libtorch 1.13 has no kernel there
/// for maps in 16 bits beside weights in 32.
at::Tensor normalize_groups(const at::Tensor &input, int64_t groups, const c10::optional<at::Tensor> &weight,
                            const c10::optional<at::Tensor> &bias, double epsilon) {
  const bool is_mixed = paa::autocast_enabled(input.device().type());
  return at::group_norm(is_mixed ? input.to(at::kFloat) : input, groups, weight, bias, epsilon);
}

at::Tensor normalized_convolution(const at::Tensor &input, int64_t norm_groups, const at::Tensor &norm_weight, const at::Tensor &norm_bias,
                                  double epsilon, const at::Tensor &weight, const c10::optional<at::Tensor> &bias, int64_t padding) {
#ifdef PAA_TRAINING_DNNL
  if (at::GradMode::is_enabled() && pays(input, weight, 1, padding, 1))
    return NormalizedConvolution::apply(input, norm_groups, norm_weight, norm_bias, epsilon, weight, bias);
#endif
  if (at::GradMode::is_enabled() && paa::autocast_enabled(input.device().type()))
    return MixedNormalizedConvolution::apply(input, norm_groups, norm_weight, norm_bias, epsilon, weight, bias, padding);
  return convolution(normalize_groups(input, norm_groups, norm_weight, norm_bias, epsilon).relu_(), weight, bias, 1, padding, 1, false);
}

}  // namespace

TORCH_LIBRARY(paa, library) {
  library.def("convolution(Tensor input, Tensor weight, Tensor? bias, int stride, int padding, int groups, bool relu) -> Tensor",
              &convolution);
  library.def("group_norm(Tensor input, int groups, Tensor? weight, Tensor? bias, float epsilon) -> Tensor", &normalize_groups);
  library.def("normalized_convolution(Tensor input, int norm_groups, Tensor norm_weight, Tensor norm_bias, float epsilon, "
              "Tensor weight, Tensor? bias, int padding) -> Tensor",
              &normalized_convolution);
}

uint8_t paa_trains_on_dnnl() {
#ifdef PAA_TRAINING_DNNL
  return 1;
#else
  return 0;
#endif
}
