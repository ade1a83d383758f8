//  kernel-counts FAMILY: runs five small kernels, each in a function of its own, whose
//  instructions a script has callgrind count (Tests/Benchmarks/kernel-counts.sh).

#include "CSweepKernels.h"

#include <stdio.h>
#include <string.h>

enum { P = 12, TILES = 16, SINGLE_TILES = 8, ENTRIES = P * TILES * 8, STRIDE = 64, ROWS = 40 };

#define ALIGNED __attribute__((aligned(64)))

static ALIGNED double s_xi[ENTRIES], s_phi[ENTRIES], s_slope[ENTRIES], s_gradient[ENTRIES];
static ALIGNED double s_matrix[P * P], s_factor[P * P], s_inverse[P * P], s_gram[P * P];
static ALIGNED double s_scratch[2 * P * P];
static ALIGNED float s_single_xi[ENTRIES], s_single_phi[ENTRIES], s_single_slope[ENTRIES];
static ALIGNED float s_single_factor[P * P];
static ALIGNED float s_weights[ROWS * STRIDE], s_below[P * STRIDE], s_delta[P * STRIDE];

#define COUNTED __attribute__((noinline, used))

COUNTED void count_forward(const swk_kernels *k)
{
    k->forward(s_phi, s_slope, s_gram, s_xi, s_factor, TILES, P, SWK_ERF);
}

COUNTED void count_backward(const swk_kernels *k)
{
    k->backward(s_gradient, s_gram, s_phi, s_slope, s_xi, s_matrix, s_factor, TILES, P);
}

COUNTED void count_cholesky(const swk_kernels *k)
{
    k->cholesky(s_factor, s_inverse, s_matrix, P);
    k->cholesky_adjoint(s_gram, s_gram, s_inverse, s_scratch, P);
}

COUNTED void count_single(const swk_kernels *k)
{
    k->single_normals(s_single_xi, ENTRIES, (swk_random_key){1, 2, 3}, 0);
    k->single_forward(
        s_single_phi, s_single_slope, s_gram, s_single_xi, s_single_factor, SINGLE_TILES, P,
        SWK_ERF);
}

COUNTED void count_dense(const swk_kernels *k)
{
    const swk_dense_step step = {1, 0.01f, 0.1f, {1, 2, 3}, 0};
    k->dense_backward(s_weights, s_below, s_delta, STRIDE, s_below, &step, P, ROWS, STRIDE);
}

int main(int count, char **arguments)
{
    const swk_kernels *k = swk_kernels_named(count > 1 ? arguments[1] : "avx2");
    if (!k) {
        fprintf(stderr, "kernel-counts: this CPU cannot run this family of kernels\n");
        return 69;
    }
    k->normals(s_xi, ENTRIES, (swk_random_key){1, 2, 3}, 0);
    for (int i = 0; i < P; i++) {
        for (int j = 0; j < P; j++) {
            s_matrix[i * P + j] = (i == j) + 0.3;
        }
    }
    count_cholesky(k);
    k->narrow(s_single_factor, s_factor, P * P);
    k->single_normals(s_delta, P * STRIDE, (swk_random_key){1, 2, 3}, 0);
    count_forward(k);
    count_backward(k);
    count_single(k);
    count_dense(k);
    printf("%g\n", s_gram[0] + s_gradient[0] + s_single_phi[0] + s_weights[0]);
    return 0;
}
