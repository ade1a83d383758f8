//  The reference family in single precision; the shapes are in CSweepKernels.h.

#ifndef SWK_REFERENCE_SINGLE_H
#define SWK_REFERENCE_SINGLE_H

#include "CSweepKernels.h"

void swk_reference_single_activate(
    float *value, float *slope, const float *x, size_t count, swk_activation kind);
void swk_reference_single_forward(
    float *phi, float *slope, double *gram, const float *xi, const float *factor, size_t tiles,
    size_t P, swk_activation kind);
void swk_reference_single_backward(
    float *gradient, double *projection, const float *phi, const float *slope, const float *xi,
    const float *weight, const float *factor, size_t tiles, size_t P);
void swk_reference_single_kick_rotate(
    float *x, float *v, float a, const float *g, float c, float s, size_t count);
void swk_reference_single_axpy(float *y, float a, const float *x, size_t count);
double swk_reference_single_dot(const float *x, const float *y, size_t count);
void swk_reference_single_normals(
    float *out, size_t count, swk_random_key key, uint64_t first_block);
void swk_reference_dense_forward(
    float *out, size_t out_stride, const float *weights, const float *bias, const float *in,
    size_t P, size_t rows, size_t stride);
void swk_reference_dense_backward(
    float *weights, float *below, const float *delta, size_t delta_stride, const float *in,
    const swk_dense_step *step, size_t P, size_t rows, size_t stride);
void swk_reference_narrow(float *out, const double *x, size_t count);
void swk_reference_widen(double *out, const float *x, size_t count);

#endif
