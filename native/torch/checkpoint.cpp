// Activation checkpointing: a segment of a network that keeps only its input for the backward pass, and is run again there
// (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016).
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include <memory>

#include "autocast.h"
#include "guard.h"

namespace {

/// The caller's function with its state, which is released with the last use.
struct Segment final : torch::CustomClassHolder {
  Segment(paa_segment function, void* state, void (*release)(void*), c10::DeviceType device)
      : function(function), state(state), release(release), precision(paa::autocast_state(device)) {}
  ~Segment() override { release(state); }

  /// Both times in the precision of the first, wherever the backward pass runs.
  at::Tensor operator()(const at::Tensor& input) const {
    const paa::AutocastGuard guard(precision);
    paa_tensor borrowed(input);
    paa_tensor* output = nullptr;
    char message[1024] = "";
    TORCH_CHECK(function(state, &borrowed, &output, message, sizeof message) == 0, message);
    const std::unique_ptr<paa_tensor> owned(output);
    return owned->value;
  }

  const paa_segment function;
  void* const state;
  void (*const release)(void*);
  const paa::AutocastState precision;
};

struct Checkpoint : torch::autograd::Function<Checkpoint> {
  /// The first argument requires a gradient, so that the parameters of the segment get theirs even where its input needs none.
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor&, const at::Tensor& input,
                            c10::IValue segment) {
    context->save_for_backward({input});
    context->saved_data["segment"] = segment;
    return (*c10::static_intrusive_pointer_cast<Segment>(segment.toCapsule()))(input);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto segment = c10::static_intrusive_pointer_cast<Segment>(context->saved_data["segment"].toCapsule());
    auto input = context->get_saved_variables()[0].detach();
    input.set_requires_grad(context->needs_input_grad(1));
    {
      const at::AutoGradMode recording(true);
      const auto output = (*segment)(input);
      torch::autograd::backward({output}, {gradients[0]});
    }
    return {at::Tensor(), input.grad(), at::Tensor()};
  }
};

}  // namespace

int32_t paa_checkpoint(const paa_tensor* input, paa_segment function, void* state, void (*release)(void*), paa_tensor** result) {
  return paa::guard([&] {
    paa::adopt_thread_count();
    const auto segment =
        c10::IValue::make_capsule(c10::make_intrusive<Segment>(function, state, release, input->value.device().type()));
    const auto anchor = at::empty({0}, input->value.options()).set_requires_grad(true);
    *result = paa::own(Checkpoint::apply(anchor, input->value, segment));
  });
}
