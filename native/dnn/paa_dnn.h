// C ABI over oneDNN: convolutional networks compiled for one input size. It knows layers and nothing of detection.
//
// * An engine owns weights, working memory and the number of threads; a plan is a network for one input size on it.
//   A plan is recorded layer by layer, compiled once and run often. Layers run in the order they were recorded.
// * Between layers, values lie as the fast kernels want them: float32 in blocks of 16 channels (8 without AVX-512); 8-bit
//   integers, and what integer convolutions give in float32, with the channels of a position side by side. The plan converts
//   where the two meet. Inputs and outputs are float32 in rows, [N, C, H, W].
// * Every function returns a status: 0 is success; otherwise paa_dnn_last_error() tells why, on the same thread.
//   No C++ exception leaves the library.
// * An engine and its plans may be used by one thread at a time; different engines are independent.
#pragma once

#include <stdint.h>

#define PAA_DNN_API extern "C" __attribute__((visibility("default")))

// Raised with every change of this header. Paa refuses a library with another number.
constexpr int32_t PAA_DNN_ABI_VERSION = 2;

using paa_status = int32_t;

struct paa_dnn_engine;
struct paa_dnn_plan;

PAA_DNN_API int32_t paa_dnn_abi_version();

// Message of the last failed call on this thread, UTF-8. Valid until the next call on this thread.
PAA_DNN_API const char* paa_dnn_last_error();

// Version of oneDNN and the instruction set it uses, UTF-8; static.
PAA_DNN_API const char* paa_dnn_versions();

// 1 if the processor, as oneDNN uses it, multiplies 8-bit integers without saturating (VNNI or AMX), else 0.
PAA_DNN_API int32_t paa_dnn_has_int8();

// An engine whose layers are computed by `threads` threads.
PAA_DNN_API paa_status paa_dnn_engine_create(int32_t threads, paa_dnn_engine** engine);

// Frees an engine; its plans must be gone.
PAA_DNN_API void paa_dnn_engine_free(paa_dnn_engine* engine);

// Bytes held: weights in all layouts in use, and the working memory shared by the plans.
PAA_DNN_API paa_status paa_dnn_engine_memory(const paa_dnn_engine* engine, int64_t* weights, int64_t* working);

// Copies weights [outputs, inputs / groups, kernel, kernel] and a bias [outputs] (null: none) into the engine.
PAA_DNN_API paa_status paa_dnn_engine_add_weights(paa_dnn_engine* engine, const float* values, const float* bias, int32_t outputs,
                                                  int32_t inputs, int32_t groups, int32_t kernel, int32_t* weights);

// The same with 8-bit weights: the weights of output o are values * steps[o], all steps above 0. A convolution with them reads
// a map of which paa_dnn_plan_quantize has told the step, and adds in 32-bit integers.
PAA_DNN_API paa_status paa_dnn_engine_add_int8_weights(paa_dnn_engine* engine, const int8_t* values, const float* steps,
                                                       const float* bias, int32_t outputs, int32_t inputs, int32_t groups,
                                                       int32_t kernel, int32_t* weights);

// A plan for `batch` images.
PAA_DNN_API paa_status paa_dnn_plan_create(paa_dnn_engine* engine, int32_t batch, paa_dnn_plan** plan);
PAA_DNN_API void paa_dnn_plan_free(paa_dnn_plan* plan);

// The plan's input, [batch, channels, height, width]; recorded once, first.
PAA_DNN_API paa_status paa_dnn_plan_input(paa_dnn_plan* plan, int32_t channels, int32_t height, int32_t width, int32_t* value);

// act(convolution + bias + residual); residual is a value of the result's shape or -1, act is ReLU or nothing.
PAA_DNN_API paa_status paa_dnn_plan_convolution(paa_dnn_plan* plan, int32_t input, int32_t weights, int32_t stride,
                                                int32_t padding, int32_t residual, int32_t relu, int32_t* value);

// Group norm with a gain and a shift of each channel, then ReLU or nothing. Gain and shift are copied.
PAA_DNN_API paa_status paa_dnn_plan_group_norm(paa_dnn_plan* plan, int32_t input, int32_t groups, float epsilon,
                                               const float* gain, const float* shift, int32_t relu, int32_t* value);

// Maximum over kernel x kernel windows; padding does not count.
PAA_DNN_API paa_status paa_dnn_plan_max_pool(paa_dnn_plan* plan, int32_t input, int32_t kernel, int32_t stride, int32_t padding,
                                             int32_t* value);

// act(first + second), both of one shape.
PAA_DNN_API paa_status paa_dnn_plan_add(paa_dnn_plan* plan, int32_t first, int32_t second, int32_t relu, int32_t* value);

// A value of another size by nearest neighbours.
PAA_DNN_API paa_status paa_dnn_plan_resize(paa_dnn_plan* plan, int32_t input, int32_t height, int32_t width, int32_t* value);

// Lets a value be kept in 8 bits, as step * integer: 0 to 255, or -127 to 127 if it is signed; what lies beyond is clipped. It is
// kept so where all its readers take integers; pools and resized values have the step of what they were made from.
PAA_DNN_API paa_status paa_dnn_plan_quantize(paa_dnn_plan* plan, int32_t value, float step, int32_t is_signed);

// The same for the input, with a line for each channel: the integers are value * scales[c] + offsets[c], 0 to 255. A convolution
// that reads them has weights and a bias for the integers themselves; its padding is the value 0, offsets[c].
PAA_DNN_API paa_status paa_dnn_plan_quantize_input(paa_dnn_plan* plan, const float* scales, const float* offsets);

// Counts the values of a map in every run from now on.
PAA_DNN_API paa_status paa_dnn_plan_observe(paa_dnn_plan* plan, int32_t value);

// What was counted: how many absolute values lie in each of the PAA_DNN_BINS equal parts of [0, limit), the smallest value, and
// the mean of each channel.
constexpr int32_t PAA_DNN_BINS = 2048;
PAA_DNN_API paa_status paa_dnn_plan_observed(const paa_dnn_plan* plan, int32_t value, int64_t* bins, float* limit, float* least,
                                             double* means);

// Makes a value the plan's next output.
PAA_DNN_API paa_status paa_dnn_plan_output(paa_dnn_plan* plan, int32_t value);

// [N, C, H, W] of a value.
PAA_DNN_API paa_status paa_dnn_plan_shape(const paa_dnn_plan* plan, int32_t value, int32_t shape[4]);

// Chooses kernels, lays out the working memory, converts the weights. Nothing can be recorded afterwards.
PAA_DNN_API paa_status paa_dnn_plan_compile(paa_dnn_plan* plan);

// Runs: `input` as recorded, `outputs` in the order of paa_dnn_plan_output, each with room for its value.
PAA_DNN_API paa_status paa_dnn_plan_run(paa_dnn_plan* plan, const float* input, float* const* outputs);
