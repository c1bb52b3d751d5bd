// The operator paa::adamw_: a step of AdamW in one pass over memory. libtorch's operators on lists, one for each sum, product and
// root, make nine; for a network whose images are small that is a tenth of a training step.
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/library.h>

#include <cmath>

namespace {

/// Loshchilov and Hutter, ICLR 2019, algorithm 2, in the order of PyTorch's operations. All lists are alike: plain single
/// precision in host memory. steps: the step size of each parameter, corrected for the start; roots: the root of the correction
/// of its squares.
void adamw(at::TensorList parameters, at::TensorList gradients, at::TensorList means, at::TensorList squares,
           at::ArrayRef<double> steps, at::ArrayRef<double> roots, double keep, double beta1, double beta2, double epsilon) {
  constexpr int64_t grain = 1 << 15;
  const auto count = parameters.size();
  TORCH_CHECK(gradients.size() == count && means.size() == count && squares.size() == count && steps.size() == count &&
                  roots.size() == count,
              "lists of unequal length");
  const float kept = static_cast<float>(keep), b1 = static_cast<float>(beta1), b2 = static_cast<float>(beta2),
              c1 = static_cast<float>(1 - beta1), c2 = static_cast<float>(1 - beta2), e = static_cast<float>(epsilon);
  for (size_t i = 0; i < count; i++) {
    auto *weight = parameters[i].data_ptr<float>(), *mean = means[i].data_ptr<float>(), *square = squares[i].data_ptr<float>();
    const auto* gradient = gradients[i].data_ptr<float>();
    const float step = static_cast<float>(-steps[i]), root = static_cast<float>(roots[i]);
    at::parallel_for(0, parameters[i].numel(), grain, [&](int64_t begin, int64_t end) {
      for (auto k = begin; k < end; k++) {
        const float g = gradient[k];
        const float m = mean[k] * b1 + c1 * g, v = square[k] * b2 + c2 * g * g;
        mean[k] = m;
        square[k] = v;
        weight[k] = weight[k] * kept + step * (m / (std::sqrt(v) / root + e));
      }
    });
    for (const auto& changed : {parameters[i], means[i], squares[i]}) torch::autograd::impl::bump_version(changed);
  }
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(paa, library) {
  library.def(
      "adamw_(Tensor(a!)[] parameters, Tensor[] gradients, Tensor(b!)[] means, Tensor(c!)[] squares, float[] steps, float[] roots, "
      "float keep, float beta1, float beta2, float epsilon) -> ()",
      &adamw);
}
