// Batch norm over the batches of all processes. libtorch's own kernels for it are for CUDA only; this one is made of operators
// that every device has: two small messages a layer, one in each direction.
#include "distributed.h"

#ifdef PAA_HAS_C10D

#include <torch/csrc/autograd/custom_function.h>

#include <vector>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

c10::intrusive_ptr<c10d::ProcessGroup> group_of(const c10::IValue& capsule) {
  return c10::static_intrusive_pointer_cast<c10d::ProcessGroup>(capsule.toCapsule());
}

std::vector<int64_t> all_but_channels(const at::Tensor& input) {
  std::vector<int64_t> dims{0};
  for (int64_t dim = 2; dim < input.dim(); dim++) dims.push_back(dim);
  return dims;
}

/// A vector [C] so that it applies to the channels of a tensor of this rank.
at::Tensor over_channels(const at::Tensor& vector, int64_t rank) {
  std::vector<int64_t> shape(rank, 1);
  shape[1] = -1;
  return vector.view(shape);
}

struct Statistics {
  at::Tensor mean;   // [C]
  at::Tensor var;    // [C], biased
  at::Tensor count;  // values a channel, of all processes, a scalar in double precision
};

/// Means and variances of all processes together (Chan, Golub and LeVeque 1979), in double precision.
Statistics gather(c10d::ProcessGroup& group, const at::Tensor& given_input) {
  const auto type = given_input.scalar_type();
  const auto input = type == at::kHalf || type == at::kBFloat16 ? given_input.to(at::kFloat) : given_input;
  const auto channels = input.size(1);
  const auto [var, mean] = at::var_mean(input, all_but_channels(input), /*unbiased=*/false);
  const auto count = at::full({1}, static_cast<double>(input.numel() / channels), mean.options().dtype(at::kDouble));
  std::vector<at::Tensor> inputs{at::cat({mean.to(at::kDouble), var.to(at::kDouble), count})};
  std::vector<std::vector<at::Tensor>> outputs(1);
  for (int i = 0; i < group.getSize(); i++) outputs[0].push_back(at::empty_like(inputs[0]));
  group.allgather(outputs, inputs)->wait();

  const auto all = at::stack(outputs[0]);                  // [processes, 2 C + 1]
  const auto means = all.slice(1, 0, channels);            // [processes, C]
  const auto vars = all.slice(1, channels, 2 * channels);  // [processes, C]
  const auto counts = all.slice(1, 2 * channels);          // [processes, 1]
  const auto total = counts.sum();
  const auto all_mean = (counts * means).sum(0) / total;
  const auto all_var = (counts * (vars + (means - all_mean).square())).sum(0) / total;
  return {all_mean.to(mean.scalar_type()), all_var.to(mean.scalar_type()), total};
}

struct SyncBatchNorm : torch::autograd::Function<SyncBatchNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                            at::Tensor running_mean, at::Tensor running_var, const c10::IValue& capsule, double momentum,
                            double epsilon) {
    const auto group = group_of(capsule);
    // Every process has at least one, so that the host need not read how many there are.
    TORCH_CHECK(group->getSize() > 1 || input.numel() > input.size(1), "batch statistics need more than one value a channel");
    const auto [mean, var, count] = gather(*group, input);
    running_mean.mul_(1 - momentum).add_(mean, momentum);
    running_var.mul_(1 - momentum).add_(var * (momentum * count / (count - 1)).to(var.scalar_type()));
    context->save_for_backward({input, weight, mean, var, count});
    context->saved_data["group"] = capsule;
    context->saved_data["epsilon"] = epsilon;
    return std::get<0>(at::native_batch_norm(input, weight, bias, mean, var, /*training=*/false, momentum, epsilon));
  }

  /// With y = w (x - mean) / sigma + b and the sums S1 = sum dy, S2 = sum dy (x - mean) / sigma over all n values:
  /// dx = w / sigma (dy - S1 / n - (x - mean) / sigma * S2 / n). The first term is the backward pass with fixed statistics.
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &input = saved[0], &weight = saved[1], &mean = saved[2], &var = saved[3], &count = saved[4];
    const auto epsilon = context->saved_data["epsilon"].toDouble();
    const auto group = group_of(context->saved_data["group"]);
    auto [fixed, weight_gradient, bias_gradient] = at::native_batch_norm_backward(gradients[0], input, weight, mean, var, {}, {},
                                                                                  /*train=*/false, epsilon, {true, true, true});

    std::vector<at::Tensor> sums{at::stack({bias_gradient, weight_gradient}).to(at::kDouble)};  // S1 and S2
    group->allreduce(sums)->wait();
    const auto inverse = (var.to(at::kDouble) + epsilon).rsqrt();
    const auto scale = weight.to(at::kDouble) * inverse / count;
    const auto slope = -scale * inverse * sums[0][1];
    const auto shift = -scale * sums[0][0] - slope * mean;
    const auto type = mean.scalar_type();  // single precision, also where the maps are in a 16-bit type
    const auto gradient = fixed.to(type)
                              .addcmul_(input.to(type), over_channels(slope.to(type), input.dim()))
                              .add_(over_channels(shift.to(type), input.dim()));
    return {gradient.to(input.scalar_type()), weight_gradient, bias_gradient, {}, {}, {}, {}, {}};
  }
};

}  // namespace

int32_t paa_sync_batch_norm(const paa_group* group, const paa_tensor* input, const paa_tensor* weight, const paa_tensor* bias,
                            const paa_tensor* running_mean, const paa_tensor* running_var, double momentum, double epsilon,
                            paa_tensor** result) {
  return paa::guard([&] {
    paa::adopt_thread_count();
    const auto capsule = c10::IValue::make_capsule(group->value);
    *result = paa::own(SyncBatchNorm::apply(input->value, weight->value, bias->value, running_mean->value, running_var->value,
                                            capsule, momentum, epsilon));
  });
}

#else

int32_t paa_sync_batch_norm(const paa_group*, const paa_tensor*, const paa_tensor*, const paa_tensor*, const paa_tensor*,
                            const paa_tensor*, double, double, paa_tensor**) {
  return paa::guard(paa::refuse_without_c10d);
}

#endif
