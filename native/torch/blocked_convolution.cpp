// Operators on maps in blocks of 16 channels, [N, C / 16, H, W, 16], with gradients. From the image to the head's outputs a network
// then computes in the layout of oneDNN's kernels: no map is rearranged between two layers, and what stands between convolutions
// (norm, ReLU, residual, pool) is one pass over memory that the processor's registers fit.
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "autocast.h"
#include "blocked_kernels.h"
#include "blocked_maps.h"
#include "guard.h"
#include "onednn_convolution.h"

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using OptionalTensor = c10::optional<at::Tensor>;
namespace onednn = paa::onednn;
namespace blocked = paa::blocked;

at::Tensor or_none(const OptionalTensor& tensor) { return tensor.has_value() && tensor->defined() ? *tensor : at::Tensor(); }

/// Which of the tensors given to an autograd function want a gradient. libtorch numbers those that were given.
class WantedGradients {
 public:
  explicit WantedGradients(AutogradContext* context) : context_(context) {}
  bool next(bool is_given) { return is_given && context_->needs_input_grad(index_++); }

 private:
  AutogradContext* const context_;
  size_t index_ = 0;
};

/// Whether the result of a convolution can lie in blocks.
bool fits_blocks(const at::Tensor& weight) { return weight.size(0) % blocked::kBlock == 0; }

/// max(convolution(input, weight * scale) + bias + residual, 0). Of the maps, input and result are kept, which others keep, too.
struct BlockedConvolution : torch::autograd::Function<BlockedConvolution> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given_input, const at::Tensor& given_weight,
                            const OptionalTensor& given_scale, const OptionalTensor& given_bias,
                            const OptionalTensor& given_residual, int64_t stride, int64_t padding, bool relu) {
    const auto input = given_input.contiguous(), weight = given_weight.contiguous();
    const auto scale = or_none(given_scale), bias = or_none(given_bias), residual = or_none(given_residual);
    const auto output = onednn::convolve(input, weight, scale, bias, residual.defined() ? residual.contiguous() : residual,
                                         {stride, padding}, relu, fits_blocks(weight));
    context->save_for_backward({input, weight, scale, relu ? output : at::Tensor()});
    context->saved_data["bias"] = bias.defined();
    context->saved_data["residual"] = residual.defined();
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    return output;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &input = saved[0], &weight = saved[1], &scale = saved[2], &output = saved[3];
    WantedGradients wanted(context);
    const bool wants_input = wanted.next(true), wants_weight = wanted.next(true), wants_scale = wanted.next(scale.defined()),
               wants_bias = wanted.next(context->saved_data["bias"].toBool()),
               wants_residual = wanted.next(context->saved_data["residual"].toBool());
    auto gradient = gradients[0].contiguous();
    if (output.defined()) gradient = blocked::mask(gradient, output);
    const auto result = onednn::differentiate(gradient, input, weight, scale,
                                              {context->saved_data["stride"].toInt(), context->saved_data["padding"].toInt()},
                                              {wants_input, wants_weight, wants_scale, wants_bias});
    return {result.input, result.weight, result.scale, result.bias, wants_residual ? gradient : at::Tensor(),
            at::Tensor(), at::Tensor(),  at::Tensor()};
  }
};

/// convolution(relu(group_norm(input))), of which only the input is kept, as in the operator on plain maps.
struct BlockedNormalizedConvolution : torch::autograd::Function<BlockedNormalizedConvolution> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given_input, int64_t groups,
                            const at::Tensor& norm_weight, const at::Tensor& norm_bias, double epsilon,
                            const at::Tensor& given_weight, const OptionalTensor& given_bias, int64_t padding) {
    const auto input = given_input.contiguous(), weight = given_weight.contiguous(), bias = or_none(given_bias);
    const auto moments = blocked::group_moments(input, groups, epsilon);
    context->save_for_backward({input, norm_weight, norm_bias, weight, moments.mean, moments.deviation});
    context->saved_data["bias"] = bias.defined();
    context->saved_data["padding"] = padding;
    return onednn::convolve(blocked::normalize(input, moments, norm_weight, norm_bias), weight, {}, bias, {}, {1, padding}, false,
                            fits_blocks(weight));
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &input = saved[0], &norm_weight = saved[1], &norm_bias = saved[2], &weight = saved[3];
    const blocked::GroupMoments moments{saved[4], saved[5]};
    WantedGradients wanted(context);
    const bool wants_input = wanted.next(true), wants_norm_weight = wanted.next(true), wants_norm_bias = wanted.next(true),
               wants_weight = wanted.next(true), wants_bias = wanted.next(context->saved_data["bias"].toBool());
    const bool wants_before = wants_input || wants_norm_weight || wants_norm_bias;
    auto result =
        onednn::differentiate(gradients[0].contiguous(), blocked::normalize(input, moments, norm_weight, norm_bias), weight, {},
                              {1, context->saved_data["padding"].toInt()}, {wants_before, wants_weight, false, wants_bias});
    blocked::NormGradients norm;
    if (wants_before) norm = blocked::differentiate_normalize(result.input, input, moments, norm_weight, norm_bias);
    return {wants_input ? result.input : at::Tensor(), at::Tensor(),  norm.weight, norm.bias,
            at::Tensor(),                              result.weight, result.bias, at::Tensor()};
  }
};

struct ToPlain : torch::autograd::Function<ToPlain> {
  static at::Tensor forward(AutogradContext*, const at::Tensor& map) { return onednn::to_plain(map.contiguous()); }
  static variable_list backward(AutogradContext*, variable_list gradients) {
    return {onednn::to_blocks(gradients[0].contiguous())};
  }
};

at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight, const OptionalTensor& scale, const OptionalTensor& bias,
                       const OptionalTensor& residual, int64_t stride, int64_t padding, bool relu) {
  return BlockedConvolution::apply(input, weight, scale, bias, residual, stride, padding, relu);
}

at::Tensor normalized_convolution(const at::Tensor& input, int64_t norm_groups, const at::Tensor& norm_weight,
                                  const at::Tensor& norm_bias, double epsilon, const at::Tensor& weight,
                                  const OptionalTensor& bias, int64_t padding) {
  return BlockedNormalizedConvolution::apply(input, norm_groups, norm_weight, norm_bias, epsilon, weight, bias, padding);
}

/// The same numbers as maps of 16 channels, side by side, which libtorch's operators know.
at::Tensor side_by_side(const at::Tensor& map) {
  return map.reshape({map.size(0) * map.size(1), map.size(2), map.size(3), blocked::kBlock}).permute({0, 3, 1, 2});
}

at::Tensor in_blocks(const at::Tensor& map, int64_t images) {
  return map.permute({0, 2, 3, 1}).reshape({images, map.size(0) / images, map.size(2), map.size(3), blocked::kBlock});
}

at::Tensor max_pool(const at::Tensor& map, int64_t kernel, int64_t stride, int64_t padding) {
  if (!map.requires_grad() || !at::GradMode::is_enabled()) return blocked::max_pool(map.contiguous(), kernel, stride, padding);
  return in_blocks(at::max_pool2d(side_by_side(map), kernel, stride, padding), map.size(0));
}

at::Tensor upsample(const at::Tensor& map, int64_t height, int64_t width) {
  return in_blocks(at::upsample_nearest2d(side_by_side(map), {height, width}), map.size(0));
}

at::Tensor to_plain(const at::Tensor& map) { return ToPlain::apply(map); }

}  // namespace

TORCH_LIBRARY(paa_blocked, library) {
  library.def(
      "convolution(Tensor input, Tensor weight, Tensor? scale, Tensor? bias, Tensor? residual, int stride, int padding, bool relu) "
      "-> Tensor",
      &convolution);
  library.def(
      "normalized_convolution(Tensor input, int norm_groups, Tensor norm_weight, Tensor norm_bias, float epsilon, "
      "Tensor weight, Tensor? bias, int padding) -> Tensor",
      &normalized_convolution);
  library.def("max_pool(Tensor input, int kernel, int stride, int padding) -> Tensor", &max_pool);
  library.def("upsample(Tensor input, int height, int width) -> Tensor", &upsample);
  library.def("to_plain(Tensor input) -> Tensor", &to_plain);
}

uint8_t paa_computes_in_blocks(const paa_tensor* input) {
  const auto& tensor = input->value;
  return onednn::has_blocks() && tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat &&
         !paa::autocast_enabled(c10::kCPU);
}
