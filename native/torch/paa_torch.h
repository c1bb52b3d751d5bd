/* C ABI of Paa over libtorch: tensors, the operator dispatcher, autograd, the runtime's switches, and the processes of a
 * distributed run. Nothing about detection.
 *
 * Conventions
 * - Every function that can fail returns a status: 0 on success, 1 on failure. After a failure paa_last_error() on the
 *   same thread gives the message; the library owns that string, and it lives until the thread's next failure.
 * - Results go to the last parameters. A paa_tensor* received that way is owned: paa_tensor_free releases it.
 *   Pointers passed in are borrowed for the call. No C++ exception crosses this boundary.
 * - Functions may be called from any thread on different tensors. Changing one tensor in place while another thread uses
 *   it is not synchronised. Gradient mode, autocast and a thread's own number of threads are per thread.
 * - PAA_TORCH_ABI rises with every change that an older caller would not survive; the caller compares it at load.
 */
#ifndef PAA_TORCH_H
#define PAA_TORCH_H

#include <stdint.h>

#define PAA_TORCH_ABI 4
#define PAA_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

typedef struct paa_tensor paa_tensor;
typedef struct paa_operator paa_operator;
typedef struct paa_generator paa_generator;
typedef struct paa_store paa_store;
typedef struct paa_group paa_group;
typedef struct paa_reducer paa_reducer;

/* A device: c10::DeviceType (0 CPU, 1 CUDA) and an index; the index of the CPU is not looked at. */
typedef struct paa_device {
  int32_t type;
  int32_t index;
} paa_device;

/* What a tensor is. The pointers belong to the tensor and are valid while it lives and is not resized. */
typedef struct paa_tensor_info {
  const int64_t* sizes;
  const int64_t* strides;
  void* data; /* first element; device memory for a tensor on a device */
  int64_t count;
  paa_device device;
  int32_t rank;
  int8_t type; /* c10::ScalarType */
  uint8_t is_contiguous;
  uint8_t requires_grad;
  uint8_t is_leaf;
} paa_tensor_info;

enum paa_kind {
  PAA_NONE = 0,
  PAA_TENSOR = 1,    /* pointer: paa_tensor* */
  PAA_INT = 2,       /* integer */
  PAA_DOUBLE = 3,    /* real */
  PAA_BOOL = 4,      /* integer, 0 or 1 */
  PAA_DEVICE = 5,    /* length: type, integer: index */
  PAA_STRING = 6,    /* pointer: UTF-8, length bytes */
  PAA_INTS = 7,      /* pointer: const int64_t[length] */
  PAA_DOUBLES = 8,   /* pointer: const double[length] */
  PAA_TENSORS = 9,   /* pointer: const paa_tensor*[length], null for none */
  PAA_GENERATOR = 10 /* pointer: paa_generator* */
};

/* One argument of an operator: 16 bytes, the same on both sides of the boundary. */
typedef struct paa_argument {
  int32_t kind;
  int32_t length;
  union {
    int64_t integer;
    double real;
    const void* pointer;
  };
} paa_argument;

/* Handshake and errors. */
PAA_API int32_t paa_abi_version(void);
PAA_API const char* paa_last_error(void);

/* Tensors. Bytes are in the tensor's type, row-major order, whatever its memory layout and device. */
PAA_API void paa_tensor_free(paa_tensor* tensor);
PAA_API int64_t paa_live_tensors(void);
PAA_API int32_t paa_tensor_describe(const paa_tensor* tensor, paa_tensor_info* info);
PAA_API int32_t paa_tensor_from(const void* bytes, const int64_t* sizes, int32_t rank, int32_t type, paa_tensor** result);
PAA_API int32_t paa_tensor_read(const paa_tensor* tensor, void* bytes, int64_t length);
PAA_API int32_t paa_tensor_write(const paa_tensor* tensor, const void* bytes, int64_t length);
PAA_API int32_t paa_tensor_alias(const paa_tensor* tensor, paa_tensor** result);

/* Operators: any ATen operator by schema name ("aten::add.Tensor"). Trailing arguments may be missing if they have defaults.
 * Tensor results and the members of list results are written to results, other results as tensors of rank 0.
 * With results null they are dropped. *count is the number of results; those beyond capacity wait in the thread for
 * paa_remaining_results, until its next paa_invoke. */
PAA_API int32_t paa_operator_find(const char* name, paa_operator** result);
PAA_API int32_t paa_invoke(const paa_operator* op, const paa_argument* arguments, int32_t length, paa_tensor** results,
                           int32_t capacity, int32_t* count);
PAA_API int32_t paa_remaining_results(paa_tensor** results, int32_t capacity);

/* Autograd. A gradient that is not there is a null result. */
PAA_API int32_t paa_tensor_backward(const paa_tensor* tensor, const paa_tensor* gradient, uint8_t keep_graph);
PAA_API int32_t paa_tensor_set_requires_grad(const paa_tensor* tensor, uint8_t value);
PAA_API int32_t paa_tensor_gradient(const paa_tensor* tensor, paa_tensor** result);
PAA_API int32_t paa_tensor_set_gradient(const paa_tensor* tensor, const paa_tensor* gradient);
/* A segment of a network that keeps only its input for the backward pass, where it is run again. The function borrows its input,
 * gives an owned output, or returns non-zero with a message; it may be called on another thread. It is first called without
 * recording. release is called once, with the state, when nothing needs the segment any more, also after a failure. */
typedef int32_t (*paa_segment)(void* state, const paa_tensor* input, paa_tensor** output, char* message, int32_t capacity);
PAA_API int32_t paa_checkpoint(const paa_tensor* input, paa_segment segment, void* state, void (*release)(void*),
                               paa_tensor** result);
PAA_API uint8_t paa_grad_mode(void);
PAA_API void paa_set_grad_mode(uint8_t enabled);
/* Mixed precision on this thread. Casts of weights are not kept for their next use: a weight that is used several times so gets
 * its gradient summed in single precision, and one first used without recording still gets it. */
PAA_API int32_t paa_autocast_begin(int32_t device_type, int32_t type, uint8_t* previous_enabled, int32_t* previous_type);
PAA_API int32_t paa_autocast_end(int32_t device_type, uint8_t previous_enabled, int32_t previous_type);

/* How often the calling thread, and the backward passes it started, waited for a device since begin: reads of values, operators
 * that look at values to know their result's size, copies between devices that are not asynchronous. Reads of CPU tensors count,
 * too, so that a program can be examined on the CPU. One count at a time in a process. */
PAA_API int32_t paa_host_waits_begin(void);
PAA_API int64_t paa_host_waits(void);
PAA_API int32_t paa_host_waits_end(void);

/* Runtime. Strings are owned by the library and live as long as it. */
PAA_API const char* paa_torch_version(void);
PAA_API const char* paa_build_info(void);
/* Whether convolutions are trained on kernels of the oneDNN that this library and libtorch share. */
PAA_API uint8_t paa_trains_on_dnnl(void);
/* Whether the operators of paa_blocked, on maps in blocks of 16 channels, pay and exist for a network on this input. */
PAA_API uint8_t paa_computes_in_blocks(const paa_tensor* input);
/* Threads that an operator called on this thread uses: those that the thread set for itself, else those of the process. */
PAA_API int32_t paa_threads(void);
PAA_API int32_t paa_set_threads(int32_t count);
/* 0: those of the process. Gives what was set before. */
PAA_API int32_t paa_set_own_threads(int32_t count, int32_t* before);

/* Random numbers: the default generators of all devices, and generators of one's own. */
PAA_API int32_t paa_manual_seed(uint64_t seed);
PAA_API int32_t paa_generator_create(paa_device device, uint64_t seed, paa_generator** result);
PAA_API void paa_generator_free(paa_generator* generator);

/* CUDA. Without CUDA: zero devices, and the others fail with a message. */
PAA_API int32_t paa_cuda_devices(int32_t* count);
/* The version of CUDA that this library was built with, as "12.4"; empty without. */
PAA_API const char* paa_cuda_version(void);
PAA_API int32_t paa_cuda_synchronize(int32_t device);
PAA_API int32_t paa_cuda_memory(int32_t device, int64_t* allocated, int64_t* peak);
PAA_API int32_t paa_cuda_reset_peak(int32_t device);

/* Distributed runs: c10d's stores, process groups and gradient reducer. A libtorch without c10d, or without a backend, has these
 * functions, too; they fail with a message. Strings are UTF-8 and end with a zero. Every process of a group calls the
 * same functions on it in the same order; calls wait for the others until the group's timeout, then fail. */
enum paa_backend { PAA_GLOO = 1, PAA_NCCL = 2 };
enum paa_reduction { PAA_SUM = 0, PAA_MIN = 1, PAA_MAX = 2 };

/* The backends of this build, as a sum of 1 << paa_backend. */
PAA_API int32_t paa_distributed_backends(void);
/* The version of libtorch's NCCL, as "2.22.3"; empty without. */
PAA_API const char* paa_nccl_version(void);

/* Stores: values by key, shared by processes. One store object serves one thread at a time. With port 0 the server chooses. */
PAA_API int32_t paa_store_tcp(const char* host, int32_t port, uint8_t is_server, int64_t timeout_ms, paa_store** result);
PAA_API int32_t paa_store_tcp_port(const paa_store* store, int32_t* port);
PAA_API int32_t paa_store_file(const char* path, int32_t processes, int64_t timeout_ms, paa_store** result);
PAA_API int32_t paa_store_prefix(const paa_store* store, const char* prefix, paa_store** result);
PAA_API void paa_store_free(paa_store* store);
PAA_API int32_t paa_store_set(const paa_store* store, const char* key, const uint8_t* bytes, int64_t length);
PAA_API int32_t paa_store_has(const paa_store* store, const char* key, uint8_t* result);
/* Waits for the key; the result is a tensor of bytes, owned. */
PAA_API int32_t paa_store_get(const paa_store* store, const char* key, int64_t timeout_ms, paa_tensor** result);
PAA_API int32_t paa_store_add(const paa_store* store, const char* key, int64_t amount, int64_t* result);

/* Process groups. The address is that of this machine by which others reach it; null: what its host name resolves to. */
PAA_API int32_t paa_group_create(const paa_store* store, int32_t backend, int32_t rank, int32_t size, int64_t timeout_ms,
                                 const char* address, paa_group** result);
PAA_API void paa_group_free(paa_group* group);
PAA_API int32_t paa_group_all_reduce(const paa_group* group, const paa_tensor* tensor, int32_t reduction);
PAA_API int32_t paa_group_broadcast(const paa_group* group, const paa_tensor* tensor, int32_t root);
/* As many results as processes, in the order of their ranks, each owned. The tensors are of one shape and type. */
PAA_API int32_t paa_group_all_gather(const paa_group* group, const paa_tensor* tensor, paa_tensor** results);
/* With Gloo the failure names the ranks that did not come. */
PAA_API int32_t paa_group_barrier(const paa_group* group, int64_t timeout_ms);

/* Gradients: buckets of them are averaged over the processes while the backward pass goes on. Afterwards they lie in the
 * buckets. All parameters take part in every backward pass. */
PAA_API int32_t paa_reducer_create(const paa_group* group, const paa_tensor* const* parameters, int32_t count,
                                   int64_t first_bucket_bytes, int64_t bucket_bytes, paa_reducer** result);
PAA_API void paa_reducer_free(paa_reducer* reducer);
/* Before a forward pass whose backward pass reduces. */
PAA_API int32_t paa_reducer_prepare_forward(const paa_reducer* reducer);
/* Between them. A backward pass without it only adds up gradients, for accumulation. */
PAA_API int32_t paa_reducer_prepare_backward(const paa_reducer* reducer);
/* Bytes of each bucket; *count is how many there are. */
PAA_API int32_t paa_reducer_buckets(const paa_reducer* reducer, int64_t* bytes, int32_t capacity, int32_t* count);
/* Mean nanoseconds of forward pass, backward pass, communication, and of the part of it that ran beside the backward pass.
 * Measured in the first ten iterations and in every hundredth. */
PAA_API int32_t paa_reducer_times(const paa_reducer* reducer, int64_t times[4]);

/* Batch norm over the batches of all processes; recorded for autograd. Running statistics are updated in place. */
PAA_API int32_t paa_sync_batch_norm(const paa_group* group, const paa_tensor* input, const paa_tensor* weight,
                                    const paa_tensor* bias, const paa_tensor* running_mean, const paa_tensor* running_var,
                                    double momentum, double epsilon, paa_tensor** result);

#ifdef __cplusplus
}
#endif

#endif
