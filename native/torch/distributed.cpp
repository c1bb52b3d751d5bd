// Stores and process groups of c10d. Its classes differ between libtorch versions: what was one class, ProcessGroup, became in
// 2.0 a ProcessGroup that owns a Backend per device type, and constructors gained and lost parameters. Where that shows, the
// code asks what exists and takes it, so that one source serves all.
#include "distributed.h"

#ifdef PAA_HAS_C10D

#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef PAA_HAS_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#ifdef PAA_HAS_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <chrono>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using c10::intrusive_ptr;
using std::chrono::milliseconds;

template <class Group, class = void>
struct has_default_backend : std::false_type {};
template <class Group>
struct has_default_backend<Group, std::void_t<decltype(&Group::setDefaultBackend)>> : std::true_type {};

template <class Options, class = void>
struct has_libuv_switch : std::false_type {};
template <class Options>
struct has_libuv_switch<Options, std::void_t<decltype(&Options::useLibUV)>> : std::true_type {};

/// Chooses the server that every libtorch has: the one on libuv, the default since 2.4, is missing from Debian's. Clients of
/// either understand both.
template <class Options>
void use_common_server(Options& options) {
  if constexpr (has_libuv_switch<Options>::value) options.useLibUV = false;
}

/// A backend as the process group that collectives and the reducer take.
template <class Group, class Backend>
intrusive_ptr<Group> as_group(intrusive_ptr<Backend> backend, const intrusive_ptr<c10d::Store>& store, int rank, int size,
                              c10::DeviceType device, const char* name) {
  if constexpr (std::is_convertible_v<Backend*, Group*>) {
    (void)store, (void)rank, (void)size, (void)device, (void)name;
    return backend;
  } else {
    intrusive_ptr<Group> group;
    if constexpr (std::is_constructible_v<Group, const intrusive_ptr<c10d::Store>&, int, int>)
      group = c10::make_intrusive<Group>(store, rank, size);
    else
      group = c10::make_intrusive<Group>(store, rank, size, c10::make_intrusive<typename Group::Options>(name));
    const auto type = device == c10::kCUDA ? Group::BackendType::NCCL : Group::BackendType::GLOO;
    group->setBackend(device, type, backend);
    if constexpr (has_default_backend<Group>::value) group->setDefaultBackend(type);
    return group;
  }
}

intrusive_ptr<c10d::ProcessGroup> make_gloo(const intrusive_ptr<c10d::Store>& store, int rank, int size, milliseconds timeout,
                                            const char* address) {
#ifdef PAA_HAS_GLOO
  auto options = c10d::ProcessGroupGloo::Options::create(timeout);
  options->devices.push_back(address ? c10d::ProcessGroupGloo::createDeviceForHostname(address)
                                     : c10d::ProcessGroupGloo::createDefaultDevice());
  auto backend = c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, size, options);
  return as_group<c10d::ProcessGroup>(std::move(backend), store, rank, size, c10::kCPU, "gloo");
#else
  (void)store, (void)rank, (void)size, (void)timeout, (void)address;
  TORCH_CHECK(false, "libpaa_torch was built without Gloo: install libgloo-dev and run ./build.sh build again");
#endif
}

#ifdef PAA_HAS_NCCL
/// c10d's objects contain NCCL's, whose sizes differ between versions: those of the header must be those of the library.
void check_nccl_version() {
  const auto header = std::to_string(NCCL_MAJOR) + "." + std::to_string(NCCL_MINOR) + ".";
  const auto library = c10d::getNcclVersion();
  TORCH_CHECK(library.rfind(header, 0) == 0, "libpaa_torch was built with the header of NCCL ", header, NCCL_PATCH,
              ", but libtorch runs on NCCL ", library,
              ": install the header (nccl.h) of that version, then ./build.sh clean and build");
}
#endif

intrusive_ptr<c10d::ProcessGroup> make_nccl(const intrusive_ptr<c10d::Store>& store, int rank, int size, milliseconds timeout) {
#ifdef PAA_HAS_NCCL
  check_nccl_version();
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = timeout;
  auto backend = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, size, options);
  return as_group<c10d::ProcessGroup>(std::move(backend), store, rank, size, c10::kCUDA, "nccl");
#else
  (void)store, (void)rank, (void)size, (void)timeout;
  TORCH_CHECK(false, "libpaa_torch was built without NCCL: use a libtorch with CUDA (./build.sh --libtorch DIR)");
#endif
}

c10d::ReduceOp::RedOpType reduction_of(int32_t reduction) {
  switch (reduction) {
    case PAA_SUM: return c10d::ReduceOp::SUM;
    case PAA_MIN: return c10d::ReduceOp::MIN;
    case PAA_MAX: return c10d::ReduceOp::MAX;
    default: TORCH_CHECK(false, "there is no reduction ", reduction);
  }
}

paa_tensor* own_bytes(const std::vector<uint8_t>& bytes) {
  auto tensor = at::empty({static_cast<int64_t>(bytes.size())}, at::kByte);
  if (!bytes.empty()) std::memcpy(tensor.data_ptr(), bytes.data(), bytes.size());
  return paa::own(std::move(tensor));
}

}  // namespace

int32_t paa_distributed_backends() {
  int32_t backends = 0;
#ifdef PAA_HAS_GLOO
  backends |= 1 << PAA_GLOO;
#endif
#ifdef PAA_HAS_NCCL
  backends |= 1 << PAA_NCCL;
#endif
  return backends;
}

const char* paa_nccl_version() {
#ifdef PAA_HAS_NCCL
  static const std::string text = c10d::getNcclVersion();
  return text.c_str();
#else
  return "";
#endif
}

int32_t paa_store_tcp(const char* host, int32_t port, uint8_t is_server, int64_t timeout_ms, paa_store** result) {
  return paa::guard([&] {
    c10d::TCPStoreOptions options;
    options.port = static_cast<uint16_t>(port);
    options.isServer = is_server != 0;
    options.waitWorkers = false;  // who is missing can be told only by those who count themselves
    options.timeout = milliseconds(timeout_ms);
    use_common_server(options);
    auto store = c10::make_intrusive<c10d::TCPStore>(host, options);
    const auto chosen = store->getPort();
    *result = new paa_store{std::move(store), chosen};
  });
}

int32_t paa_store_tcp_port(const paa_store* store, int32_t* port) {
  return paa::guard([&] { *port = store->port; });
}

int32_t paa_store_file(const char* path, int32_t processes, int64_t timeout_ms, paa_store** result) {
  return paa::guard([&] {
    auto store = c10::make_intrusive<c10d::FileStore>(path, processes);
    store->setTimeout(milliseconds(timeout_ms));
    *result = new paa_store{std::move(store)};
  });
}

int32_t paa_store_prefix(const paa_store* store, const char* prefix, paa_store** result) {
  return paa::guard([&] { *result = new paa_store{c10::make_intrusive<c10d::PrefixStore>(prefix, store->value)}; });
}

void paa_store_free(paa_store* store) {
  paa::guard([&] { delete store; });
}

int32_t paa_store_set(const paa_store* store, const char* key, const uint8_t* bytes, int64_t length) {
  return paa::guard([&] { store->value->set(key, std::vector<uint8_t>(bytes, bytes + length)); });
}

int32_t paa_store_has(const paa_store* store, const char* key, uint8_t* result) {
  return paa::guard([&] { *result = store->value->check({key}); });
}

int32_t paa_store_get(const paa_store* store, const char* key, int64_t timeout_ms, paa_tensor** result) {
  return paa::guard([&] {
    store->value->wait({key}, milliseconds(timeout_ms));
    *result = own_bytes(store->value->get(key));
  });
}

int32_t paa_store_add(const paa_store* store, const char* key, int64_t amount, int64_t* result) {
  return paa::guard([&] { *result = store->value->add(key, amount); });
}

int32_t paa_group_create(const paa_store* store, int32_t backend, int32_t rank, int32_t size, int64_t timeout_ms,
                         const char* address, paa_group** result) {
  return paa::guard([&] {
    const milliseconds timeout(timeout_ms);
    TORCH_CHECK(backend == PAA_GLOO || backend == PAA_NCCL, "there is no backend ", backend);
    auto group = backend == PAA_GLOO ? make_gloo(store->value, rank, size, timeout, address)
                                     : make_nccl(store->value, rank, size, timeout);
    *result = new paa_group{std::move(group), backend};
  });
}

void paa_group_free(paa_group* group) {
  paa::guard([&] { delete group; });
}

int32_t paa_group_all_reduce(const paa_group* group, const paa_tensor* tensor, int32_t reduction) {
  return paa::guard([&] {
    std::vector<at::Tensor> tensors{tensor->value};
    c10d::AllreduceOptions options;
    options.reduceOp = reduction_of(reduction);
    group->value->allreduce(tensors, options)->wait();
  });
}

int32_t paa_group_broadcast(const paa_group* group, const paa_tensor* tensor, int32_t root) {
  return paa::guard([&] {
    std::vector<at::Tensor> tensors{tensor->value};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    group->value->broadcast(tensors, options)->wait();
  });
}

int32_t paa_group_all_gather(const paa_group* group, const paa_tensor* tensor, paa_tensor** results) {
  return paa::guard([&] {
    std::vector<at::Tensor> inputs{tensor->value};
    std::vector<std::vector<at::Tensor>> outputs(1);
    for (int i = 0; i < group->value->getSize(); i++) outputs[0].push_back(at::empty_like(tensor->value));
    group->value->allgather(outputs, inputs)->wait();
    for (auto& output : outputs[0]) *results++ = paa::own(output);
  });
}

int32_t paa_group_barrier(const paa_group* group, int64_t timeout_ms) {
  return paa::guard([&] {
    c10d::BarrierOptions options;
    options.timeout = milliseconds(timeout_ms);
    if (group->backend == PAA_GLOO)
      group->value->monitoredBarrier(options, /*wait all ranks=*/true);
    else
      group->value->barrier(options)->wait();
  });
}

#else

int32_t paa_distributed_backends() { return 0; }
const char* paa_nccl_version() { return ""; }

int32_t paa_store_tcp(const char*, int32_t, uint8_t, int64_t, paa_store**) { return paa::guard(paa::refuse_without_c10d); }
int32_t paa_store_tcp_port(const paa_store*, int32_t*) { return paa::guard(paa::refuse_without_c10d); }
int32_t paa_store_file(const char*, int32_t, int64_t, paa_store**) { return paa::guard(paa::refuse_without_c10d); }
int32_t paa_store_prefix(const paa_store*, const char*, paa_store**) { return paa::guard(paa::refuse_without_c10d); }
void paa_store_free(paa_store*) {}
int32_t paa_store_set(const paa_store*, const char*, const uint8_t*, int64_t) { return paa::guard(paa::refuse_without_c10d); }
int32_t paa_store_has(const paa_store*, const char*, uint8_t*) { return paa::guard(paa::refuse_without_c10d); }
int32_t paa_store_get(const paa_store*, const char*, int64_t, paa_tensor**) { return paa::guard(paa::refuse_without_c10d); }
int32_t paa_store_add(const paa_store*, const char*, int64_t, int64_t*) { return paa::guard(paa::refuse_without_c10d); }
int32_t paa_group_create(const paa_store*, int32_t, int32_t, int32_t, int64_t, const char*, paa_group**) {
  return paa::guard(paa::refuse_without_c10d);
}
void paa_group_free(paa_group*) {}
int32_t paa_group_all_reduce(const paa_group*, const paa_tensor*, int32_t) { return paa::guard(paa::refuse_without_c10d); }
int32_t paa_group_broadcast(const paa_group*, const paa_tensor*, int32_t) { return paa::guard(paa::refuse_without_c10d); }
int32_t paa_group_all_gather(const paa_group*, const paa_tensor*, paa_tensor**) { return paa::guard(paa::refuse_without_c10d); }
int32_t paa_group_barrier(const paa_group*, int64_t) { return paa::guard(paa::refuse_without_c10d); }

#endif
