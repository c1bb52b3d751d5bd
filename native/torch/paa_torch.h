/* C ABI of Paa over libtorch: tensors, the operator dispatcher, autograd and the runtime's switches. Nothing about detection.
 *
 * Conventions
 * - Every function that can fail returns a status: 0 on success, 1 on failure. After a failure paa_last_error() on the
 *   same thread gives the message; the library owns that string, and it lives until the thread's next failure.
 * - Results go to the last parameters. A paa_tensor* received that way is owned: paa_tensor_free releases it.
 *   Pointers passed in are borrowed for the call. No C++ exception crosses this boundary.
 * - Functions may be called from any thread on different tensors. Changing one tensor in place while another thread uses
 *   it is not synchronised. Gradient mode and autocast are per thread.
 * - PAA_TORCH_ABI rises with every change that an older caller would not survive; the caller compares it at load.
 */
#ifndef PAA_TORCH_H
#define PAA_TORCH_H

#include <stdint.h>

#define PAA_TORCH_ABI 1
#define PAA_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

typedef struct paa_tensor paa_tensor;
typedef struct paa_operator paa_operator;

/* A device: c10::DeviceType (0 CPU, 1 CUDA) and an index; the index of the CPU is not looked at. */
typedef struct paa_device {
  int32_t type;
  int32_t index;
} paa_device;

/* What a tensor is. The pointers belong to the tensor and are valid while it lives and is not resized. */
typedef struct paa_tensor_info {
  const int64_t *sizes;
  const int64_t *strides;
  void *data; /* first element; device memory for a tensor on a device */
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
  PAA_TENSOR = 1,  /* pointer: paa_tensor* */
  PAA_INT = 2,     /* integer */
  PAA_DOUBLE = 3,  /* real */
  PAA_BOOL = 4,    /* integer, 0 or 1 */
  PAA_DEVICE = 5,  /* length: type, integer: index */
  PAA_STRING = 6,  /* pointer: UTF-8, length bytes */
  PAA_INTS = 7,    /* pointer: const int64_t[length] */
  PAA_DOUBLES = 8, /* pointer: const double[length] */
  PAA_TENSORS = 9  /* pointer: const paa_tensor*[length], null for none */
};

/* One argument of an operator: 16 bytes, the same on both sides of the boundary. */
typedef struct paa_argument {
  int32_t kind;
  int32_t length;
  union {
    int64_t integer;
    double real;
    const void *pointer;
  };
} paa_argument;

/* Handshake and errors. */
PAA_API int32_t paa_abi_version(void);
PAA_API const char *paa_last_error(void);

/* Tensors. Bytes are in the tensor's type, row-major order, whatever its memory layout and device. */
PAA_API void paa_tensor_free(paa_tensor *tensor);
PAA_API int64_t paa_live_tensors(void);
PAA_API int32_t paa_tensor_describe(const paa_tensor *tensor, paa_tensor_info *info);
PAA_API int32_t paa_tensor_from(const void *bytes, const int64_t *sizes, int32_t rank, int32_t type, paa_tensor **result);
PAA_API int32_t paa_tensor_read(const paa_tensor *tensor, void *bytes, int64_t length);
PAA_API int32_t paa_tensor_write(const paa_tensor *tensor, const void *bytes, int64_t length);
PAA_API int32_t paa_tensor_alias(const paa_tensor *tensor, paa_tensor **result);

/* Operators: any ATen operator by schema name ("aten::add.Tensor"). Trailing arguments may be missing if they have defaults.
 * Tensor results and the members of list results are written to results, other results as tensors of rank 0.
 * With results null they are dropped. *count is the number of results; those beyond capacity wait in the thread for
 * paa_remaining_results, until its next paa_invoke. */
PAA_API int32_t paa_operator_find(const char *name, paa_operator **result);
PAA_API int32_t paa_invoke(const paa_operator *op, const paa_argument *arguments, int32_t length, paa_tensor **results,
                           int32_t capacity, int32_t *count);
PAA_API int32_t paa_remaining_results(paa_tensor **results, int32_t capacity);

/* Autograd. A gradient that is not there is a null result. */
PAA_API int32_t paa_tensor_backward(const paa_tensor *tensor, const paa_tensor *gradient, uint8_t keep_graph);
PAA_API int32_t paa_tensor_set_requires_grad(const paa_tensor *tensor, uint8_t value);
PAA_API int32_t paa_tensor_gradient(const paa_tensor *tensor, paa_tensor **result);
PAA_API int32_t paa_tensor_set_gradient(const paa_tensor *tensor, const paa_tensor *gradient);
PAA_API uint8_t paa_grad_mode(void);
PAA_API void paa_set_grad_mode(uint8_t enabled);
PAA_API int32_t paa_autocast_begin(int32_t device_type, int32_t type, uint8_t *previous_enabled, int32_t *previous_type);
PAA_API int32_t paa_autocast_end(int32_t device_type, uint8_t previous_enabled, int32_t previous_type);

/* Runtime. Strings are owned by the library and live as long as it. */
PAA_API const char *paa_torch_version(void);
PAA_API const char *paa_build_info(void);
PAA_API int32_t paa_threads(void);
PAA_API int32_t paa_set_threads(int32_t count);
PAA_API int32_t paa_manual_seed(uint64_t seed);
PAA_API int32_t paa_generator_state(paa_device device, paa_tensor **result);
PAA_API int32_t paa_set_generator_state(paa_device device, const paa_tensor *state);

/* CUDA. Without CUDA: zero devices, and the others fail with a message. */
PAA_API int32_t paa_cuda_devices(int32_t *count);
PAA_API int32_t paa_cuda_synchronize(int32_t device);
PAA_API int32_t paa_cuda_memory(int32_t device, int64_t *allocated, int64_t *peak);
PAA_API int32_t paa_cuda_reset_peak(int32_t device);

#ifdef __cplusplus
}
#endif

#endif
