// The bridge to every ATen operator: arguments become IValues as the operator's schema asks, then one boxed call.
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>

#include <string>
#include <vector>

#include "guard.h"

namespace {

using c10::IValue;
using c10::TypeKind;

thread_local std::vector<at::Tensor> remaining;

const char* name_of(int32_t kind) {
  static const char* const names[] = {"none",   "tensor", "int",      "double",   "bool",     "device",
                                      "string", "int[]",  "double[]", "tensor[]", "generator"};
  return kind >= 0 && kind <= PAA_GENERATOR ? names[kind] : "unknown";
}

[[noreturn]] void refuse(const paa_argument& given, const c10::Argument& formal) {
  TORCH_CHECK(false, "argument '", formal.name(), "' is ", formal.type()->str(), ", got ", name_of(given.kind));
}

template <class T>
c10::ArrayRef<T> elements(const paa_argument& given) {
  return {static_cast<const T*>(given.pointer), static_cast<size_t>(given.length)};
}

IValue to_number_list(const paa_argument& given, const c10::Argument& formal) {
  c10::impl::GenericList list(c10::NumberType::get());
  if (given.kind == PAA_INTS)
    for (auto element : elements<int64_t>(given)) list.push_back(IValue(element));
  else if (given.kind == PAA_DOUBLES)
    for (auto element : elements<double>(given)) list.push_back(IValue(element));
  else
    refuse(given, formal);
  return list;
}

IValue to_int_list(const paa_argument& given, const c10::Argument& formal) {
  if (given.kind == PAA_INTS) return IValue(elements<int64_t>(given).vec());
  if (given.kind == PAA_INT && formal.N()) return IValue(std::vector<int64_t>(*formal.N(), given.integer));  // int[2] stride=1
  refuse(given, formal);
}

IValue to_double_list(const paa_argument& given, const c10::Argument& formal) {
  c10::List<double> list;
  if (given.kind == PAA_DOUBLES)
    for (auto element : elements<double>(given)) list.push_back(element);
  else if (given.kind == PAA_INTS)
    for (auto element : elements<int64_t>(given)) list.push_back(static_cast<double>(element));
  else
    refuse(given, formal);
  return list;
}

IValue to_bool_list(const paa_argument& given, const c10::Argument& formal) {
  if (given.kind != PAA_INTS) refuse(given, formal);
  c10::List<bool> list;
  for (auto element : elements<int64_t>(given)) list.push_back(element != 0);
  return list;
}

IValue to_tensor_list(const paa_argument& given, const c10::Argument& formal) {
  if (given.kind != PAA_TENSORS) refuse(given, formal);
  c10::List<at::Tensor> list;
  list.reserve(given.length);
  for (auto* element : elements<const paa_tensor*>(given)) {
    TORCH_CHECK(element != nullptr, "argument '", formal.name(), "' has no place for a missing tensor");
    list.push_back(element->value);
  }
  return list;
}

IValue to_optional_tensor_list(const paa_argument& given, const c10::Argument& formal) {
  if (given.kind != PAA_TENSORS) refuse(given, formal);
  c10::impl::GenericList list(c10::OptionalType::ofTensor());
  list.reserve(given.length);
  for (auto* element : elements<const paa_tensor*>(given)) list.push_back(element ? IValue(element->value) : IValue());
  return list;
}

IValue to_list(const paa_argument& given, const c10::Argument& formal, const c10::Type& element) {
  switch (element.kind()) {
    case TypeKind::TensorType: return to_tensor_list(given, formal);
    case TypeKind::OptionalType: return to_optional_tensor_list(given, formal);
    case TypeKind::IntType: return to_int_list(given, formal);
    case TypeKind::FloatType: return to_double_list(given, formal);
    case TypeKind::BoolType: return to_bool_list(given, formal);
    case TypeKind::NumberType: return to_number_list(given, formal);
    default: refuse(given, formal);
  }
}

IValue to_value(const paa_argument& given, const c10::Argument& formal, const c10::Type& type) {
  const auto integral = given.kind == PAA_INT || given.kind == PAA_BOOL;
  switch (type.kind()) {
    case TypeKind::OptionalType:
      if (given.kind == PAA_NONE) return IValue();
      return to_value(given, formal, *type.containedTypes()[0]);
    case TypeKind::TensorType:
      if (given.kind == PAA_TENSOR) return static_cast<const paa_tensor*>(given.pointer)->value;
      break;
    case TypeKind::IntType:
      if (integral) return given.integer;
      break;
    case TypeKind::FloatType:
      if (given.kind == PAA_DOUBLE) return given.real;
      if (integral) return static_cast<double>(given.integer);
      break;
    case TypeKind::BoolType:
      if (integral) return given.integer != 0;
      break;
    case TypeKind::NumberType:
      if (given.kind == PAA_DOUBLE) return given.real;
      if (given.kind == PAA_BOOL) return given.integer != 0;
      if (given.kind == PAA_INT) return given.integer;
      break;
    case TypeKind::DeviceObjType:
      if (given.kind == PAA_DEVICE) return paa::device_of({given.length, static_cast<int32_t>(given.integer)});
      break;
    case TypeKind::GeneratorType:
      if (given.kind == PAA_GENERATOR) return static_cast<const paa_generator*>(given.pointer)->value;
      break;
    case TypeKind::StringType:
      if (given.kind == PAA_STRING) return std::string(static_cast<const char*>(given.pointer), given.length);
      break;
    case TypeKind::ListType: return to_list(given, formal, *type.containedTypes()[0]);
    default: break;
  }
  refuse(given, formal);
}

at::Tensor to_tensor(const IValue& value) {
  if (value.isTensor()) return value.toTensor();
  TORCH_CHECK(value.isScalar() || value.isBool(), "a result of type ", value.tagKind(), " is not a tensor");
  return at::scalar_tensor(value.toScalar(), at::device(at::kCPU).dtype(value.toScalar().type()));
}

/// Flattens what the call left on the stack.
std::vector<at::Tensor> to_tensors(std::vector<IValue> stack) {
  std::vector<at::Tensor> tensors;
  for (auto& value : stack) {
    if (value.isTensorList())
      for (at::Tensor tensor : value.toTensorList()) tensors.push_back(std::move(tensor));
    else if (!value.isNone())
      tensors.push_back(to_tensor(value));
  }
  return tensors;
}

}  // namespace

int32_t paa_operator_find(const char* name, paa_operator** result) {
  return paa::guard([&] {
    const std::string full(name);
    const auto dot = full.find('.', full.find("::"));
    const c10::OperatorName key(full.substr(0, dot), dot == std::string::npos ? "" : full.substr(dot + 1));
    const auto handle = c10::Dispatcher::singleton().findSchema(key);
    TORCH_CHECK(handle.has_value(), "this libtorch has no operator of that name");
    *result = new paa_operator{*handle};  // lives as long as the process, like the dispatcher's own table
  });
}

int32_t paa_invoke(const paa_operator* op, const paa_argument* arguments, int32_t length, paa_tensor** results, int32_t capacity,
                   int32_t* count) {
  return paa::guard([&] {
    paa::adopt_thread_count();
    const auto& formals = op->handle.schema().arguments();
    TORCH_CHECK(static_cast<size_t>(length) <= formals.size(), "takes at most ", formals.size(), " arguments, got ", length);
    std::vector<IValue> stack;
    stack.reserve(formals.size());
    for (size_t i = 0; i < formals.size(); i++) {
      const auto& formal = formals[i];
      if (i < static_cast<size_t>(length)) {
        stack.push_back(to_value(arguments[i], formal, *formal.type()));
      } else {
        TORCH_CHECK(formal.default_value().has_value(), "argument '", formal.name(), "' is missing");
        stack.push_back(*formal.default_value());
      }
    }
    op->handle.callBoxed(stack);
    remaining.clear();
    *count = 0;
    if (results == nullptr) return;

    auto tensors = to_tensors(std::move(stack));
    for (const auto& tensor : tensors) TORCH_CHECK(tensor.defined(), "a result is undefined");
    const auto direct = std::min<size_t>(tensors.size(), capacity);
    for (size_t i = 0; i < direct; i++) results[i] = paa::own(std::move(tensors[i]));
    remaining.assign(std::make_move_iterator(tensors.begin() + direct), std::make_move_iterator(tensors.end()));
    *count = static_cast<int32_t>(tensors.size());
  });
}

int32_t paa_remaining_results(paa_tensor** results, int32_t capacity) {
  return paa::guard([&] {
    TORCH_CHECK(static_cast<size_t>(capacity) == remaining.size(), remaining.size(), " results wait, asked for ", capacity);
    for (auto& tensor : remaining) *results++ = paa::own(std::move(tensor));
    remaining.clear();
  });
}
