// The operators paa::convolution, with an optional ReLU behind it, and paa::normalized_convolution, with group norm and ReLU
// before it, forwards and backwards, and paa::group_norm. Convolutions go to oneDNN's kernels where those pay, else to
// libtorch's.
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <array>

#include "autocast.h"
#include "guard.h"
#include "onednn_convolution.h"

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
namespace onednn = paa::onednn;

/// relu(group_norm(input)), with the means and reciprocal deviations of the groups.
std::tuple<at::Tensor, at::Tensor, at::Tensor> normalize(const at::Tensor& input, const at::Tensor& weight,
                                                         const at::Tensor& bias, int64_t groups, double epsilon) {
  auto result =
      at::native_group_norm(input, weight, bias, input.size(0), input.size(1), input.size(2) * input.size(3), groups, epsilon);
  std::get<0>(result).relu_();
  return result;
}

/// The gradients of normalize() by input, weight and bias.
std::tuple<at::Tensor, at::Tensor, at::Tensor> differentiate_normalize(
    const at::Tensor& gradient, const at::Tensor& input, const std::tuple<at::Tensor, at::Tensor, at::Tensor>& result,
    const at::Tensor& weight, int64_t groups, std::array<bool, 3> wanted) {
  const auto& [normalized, mean, deviation] = result;
  return at::native_group_norm_backward(at::threshold_backward(gradient, normalized, 0), input, mean, deviation, weight,
                                        input.size(0), input.size(1), input.size(2) * input.size(3), groups, wanted);
}

struct Convolution : torch::autograd::Function<Convolution> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given_input, const at::Tensor& given_weight,
                            const c10::optional<at::Tensor>& bias, bool relu) {
    const auto input = given_input.contiguous(), weight = given_weight.contiguous();
    const auto output = onednn::convolve(input, weight, {}, bias ? *bias : at::Tensor(), {}, {1, weight.size(2) / 2}, relu, false);
    context->save_for_backward({input, weight, relu ? output : at::Tensor()});
    context->saved_data["bias"] = bias.has_value();
    return output;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& output = saved[2];
    const bool has_bias = context->saved_data["bias"].toBool();
    auto gradient = gradients[0].contiguous();
    if (output.defined()) gradient = at::threshold_backward(gradient, output, 0);
    const auto result = onednn::differentiate(
        gradient, saved[0], saved[1], {}, {1, saved[1].size(2) / 2},
        {context->needs_input_grad(0), context->needs_input_grad(1), false, has_bias && context->needs_input_grad(2)});
    return {result.input, result.weight, result.bias, at::Tensor()};
  }
};

/// convolution(relu(group_norm(input))), of which only the input is kept: the map between is cheap to compute again, and of
/// the two maps a layer of this kind leaves behind, this saves one.
struct NormalizedConvolution : torch::autograd::Function<NormalizedConvolution> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given_input, int64_t groups,
                            const at::Tensor& norm_weight, const at::Tensor& norm_bias, double epsilon,
                            const at::Tensor& given_weight, const c10::optional<at::Tensor>& bias) {
    const auto input = given_input.contiguous(), weight = given_weight.contiguous();
    const auto normalized = std::get<0>(normalize(input, norm_weight, norm_bias, groups, epsilon));
    context->save_for_backward({input, norm_weight, norm_bias, weight});
    context->saved_data["groups"] = groups;
    context->saved_data["epsilon"] = epsilon;
    context->saved_data["bias"] = bias.has_value();
    return onednn::convolve(normalized, weight, {}, bias ? *bias : at::Tensor(), {}, {1, weight.size(2) / 2}, false, false);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &input = saved[0], &norm_weight = saved[1], &norm_bias = saved[2];
    const auto groups = context->saved_data["groups"].toInt();
    const bool has_bias = context->saved_data["bias"].toBool();
    const auto before = normalize(input, norm_weight, norm_bias, groups, context->saved_data["epsilon"].toDouble());
    const bool wants_input = context->needs_input_grad(0),
               wants_norm = context->needs_input_grad(1) || context->needs_input_grad(2);
    auto result = onednn::differentiate(
        gradients[0].contiguous(), std::get<0>(before), saved[3], {}, {1, saved[3].size(2) / 2},
        {wants_input || wants_norm, context->needs_input_grad(3), false, has_bias && context->needs_input_grad(4)});
    at::Tensor input_gradient, norm_weight_gradient, norm_bias_gradient;
    if (wants_input || wants_norm)
      std::tie(input_gradient, norm_weight_gradient, norm_bias_gradient) =
          differentiate_normalize(result.input, input, before, norm_weight, groups, {wants_input, wants_norm, wants_norm});
    return {input_gradient, at::Tensor(), norm_weight_gradient, norm_bias_gradient, at::Tensor(), result.weight, result.bias};
  }
};

/// The same in mixed precision, on any device: norm and ReLU in 32 bits, the convolution in 16. Only the input is kept, in the
/// 16 bits in which it came; libtorch's operators one by one would keep three maps, two of them in 32 bits.
struct MixedNormalizedConvolution : torch::autograd::Function<MixedNormalizedConvolution> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, int64_t groups, const at::Tensor& norm_weight,
                            const at::Tensor& norm_bias, double epsilon, const at::Tensor& weight,
                            const c10::optional<at::Tensor>& bias, int64_t padding) {
    const auto type = paa::autocast_state(input.device().type()).type;
    const paa::AutocastGuard off({input.device().type(), false, type});
    context->save_for_backward({input, norm_weight, norm_bias, weight});
    context->saved_data["groups"] = groups;
    context->saved_data["epsilon"] = epsilon;
    context->saved_data["bias"] = bias.has_value();
    context->saved_data["padding"] = padding;
    context->saved_data["type"] = static_cast<int64_t>(type);
    const auto normalized =
        std::get<0>(normalize(input.contiguous().to(at::kFloat), norm_weight, norm_bias, groups, epsilon)).to(type);
    return at::conv2d(normalized, weight.to(type), bias ? bias->to(type) : at::Tensor(), 1, padding);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &given_input = saved[0], &norm_weight = saved[1], &norm_bias = saved[2], &weight = saved[3];
    const auto groups = context->saved_data["groups"].toInt();
    const auto padding = context->saved_data["padding"].toInt();
    const auto type = static_cast<at::ScalarType>(context->saved_data["type"].toInt());
    const bool has_bias = context->saved_data["bias"].toBool();
    const paa::AutocastGuard off({given_input.device().type(), false, type});
    const auto input = given_input.contiguous().to(at::kFloat);
    const auto before = normalize(input, norm_weight, norm_bias, groups, context->saved_data["epsilon"].toDouble());
    const bool wants_input = context->needs_input_grad(0),
               wants_norm = context->needs_input_grad(1) || context->needs_input_grad(2);
    const std::vector<int64_t> bias_sizes{weight.size(0)};
    auto [normalized_gradient, weight_gradient, bias_gradient] = at::convolution_backward(
        gradients[0].to(type), std::get<0>(before).to(type), weight.to(type), bias_sizes, {1, 1}, {padding, padding}, {1, 1},
        false, {0, 0}, 1, {wants_input || wants_norm, context->needs_input_grad(3), has_bias && context->needs_input_grad(4)});
    at::Tensor input_gradient, norm_weight_gradient, norm_bias_gradient;
    if (wants_input || wants_norm) {
      std::tie(input_gradient, norm_weight_gradient, norm_bias_gradient) =
          differentiate_normalize(normalized_gradient.to(at::kFloat).contiguous(), input, before, norm_weight, groups,
                                  {wants_input, wants_norm, wants_norm});
      if (wants_input) input_gradient = input_gradient.to(given_input.scalar_type());
    }
    if (weight_gradient.defined()) weight_gradient = weight_gradient.to(weight.scalar_type());
    if (bias_gradient.defined()) bias_gradient = bias_gradient.to(weight.scalar_type());
    return {input_gradient, at::Tensor(),    norm_weight_gradient, norm_bias_gradient,
            at::Tensor(),   weight_gradient, bias_gradient,        at::Tensor()};
  }
};

at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight, const c10::optional<at::Tensor>& bias, int64_t stride,
                       int64_t padding, int64_t groups, bool relu) {
  if (onednn::pays(input, weight, stride, padding, groups)) return Convolution::apply(input, weight, bias, relu);
  auto output = at::conv2d(input, weight, bias, stride, padding, 1, groups);
  return relu ? output.relu_() : output;
}

/// Group norm in single precision, which is the rule of autocast on CUDA and has no rule on the CPU: libtorch 1.13 has no kernel
/// there for maps in 16 bits beside weights in 32.
at::Tensor normalize_groups(const at::Tensor& input, int64_t groups, const c10::optional<at::Tensor>& weight,
                            const c10::optional<at::Tensor>& bias, double epsilon) {
  const bool is_mixed = paa::autocast_enabled(input.device().type());
  return at::group_norm(is_mixed ? input.to(at::kFloat) : input, groups, weight, bias, epsilon);
}

at::Tensor normalized_convolution(const at::Tensor& input, int64_t norm_groups, const at::Tensor& norm_weight,
                                  const at::Tensor& norm_bias, double epsilon, const at::Tensor& weight,
                                  const c10::optional<at::Tensor>& bias, int64_t padding) {
  if (at::GradMode::is_enabled() && onednn::pays(input, weight, 1, padding, 1))
    return NormalizedConvolution::apply(input, norm_groups, norm_weight, norm_bias, epsilon, weight, bias);
  if (at::GradMode::is_enabled() && paa::autocast_enabled(input.device().type()))
    return MixedNormalizedConvolution::apply(input, norm_groups, norm_weight, norm_bias, epsilon, weight, bias, padding);
  return convolution(normalize_groups(input, norm_groups, norm_weight, norm_bias, epsilon).relu_(), weight, bias, 1, padding, 1,
                     false);
}

}  // namespace

TORCH_LIBRARY(paa, library) {
  library.def("convolution(Tensor input, Tensor weight, Tensor? bias, int stride, int padding, int groups, bool relu) -> Tensor",
              &convolution);
  library.def("group_norm(Tensor input, int groups, Tensor? weight, Tensor? bias, float epsilon) -> Tensor", &normalize_groups);
  library.def(
      "normalized_convolution(Tensor input, int norm_groups, Tensor norm_weight, Tensor norm_bias, float epsilon, "
      "Tensor weight, Tensor? bias, int padding) -> Tensor",
      &normalized_convolution);
}

uint8_t paa_trains_on_dnnl() { return paa::onednn::is_shared(); }
