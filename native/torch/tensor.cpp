// Tensors: life, description, and bytes in and out.
#include <cstring>

#include "guard.h"

namespace {

void check_length(const at::Tensor& tensor, int64_t length) {
  const auto expected = tensor.numel() * static_cast<int64_t>(tensor.element_size());
  TORCH_CHECK(length == expected, "expected ", expected, " bytes, got ", length);
}

/// A view of caller memory as a contiguous CPU tensor; valid while the call lasts.
at::Tensor view(const void* bytes, at::IntArrayRef sizes, at::ScalarType type) {
  return at::from_blob(const_cast<void*>(bytes), sizes, at::TensorOptions().dtype(type));
}

}  // namespace

void paa_tensor_free(paa_tensor* tensor) {
  paa::guard([&] { delete tensor; });
}

int32_t paa_tensor_describe(const paa_tensor* tensor, paa_tensor_info* info) {
  return paa::guard([&] {
    const auto& t = tensor->value;
    info->sizes = t.sizes().data();
    info->strides = t.strides().data();
    info->data = t.has_storage() ? t.data_ptr() : nullptr;
    info->count = t.numel();
    info->device = {static_cast<int32_t>(t.device().type()), t.is_cpu() ? 0 : static_cast<int32_t>(t.device().index())};
    info->rank = static_cast<int32_t>(t.dim());
    info->type = static_cast<int8_t>(t.scalar_type());
    info->is_contiguous = t.is_contiguous();
    info->requires_grad = t.requires_grad();
    info->is_leaf = t.is_leaf();
  });
}

int32_t paa_tensor_from(const void* bytes, const int64_t* sizes, int32_t rank, int32_t type, paa_tensor** result) {
  return paa::guard([&] {
    auto tensor = at::empty({sizes, static_cast<size_t>(rank)}, at::TensorOptions().dtype(static_cast<at::ScalarType>(type)));
    if (tensor.numel() > 0) std::memcpy(tensor.data_ptr(), bytes, tensor.nbytes());
    *result = paa::own(std::move(tensor));
  });
}

int32_t paa_tensor_read(const paa_tensor* tensor, void* bytes, int64_t length) {
  return paa::guard([&] {
    const auto& t = tensor->value;
    check_length(t, length);
    if (length == 0) return;
    const at::NoGradGuard no_grad;
    if (t.is_cpu()) paa::count_host_wait();  // from a device the copy itself counts
    if (t.is_cpu() && t.is_contiguous())
      std::memcpy(bytes, t.data_ptr(), length);
    else
      view(bytes, t.sizes(), t.scalar_type()).copy_(t);
  });
}

int32_t paa_tensor_write(const paa_tensor* tensor, const void* bytes, int64_t length) {
  return paa::guard([&] {
    auto t = tensor->value;
    check_length(t, length);
    if (length == 0) return;
    const at::NoGradGuard no_grad;
    t.copy_(view(bytes, t.sizes(), t.scalar_type()));
  });
}

int32_t paa_tensor_alias(const paa_tensor* tensor, paa_tensor** result) {
  return paa::guard([&] { *result = paa::own(tensor->value); });
}
