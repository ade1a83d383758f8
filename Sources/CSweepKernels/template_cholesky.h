//  The Cholesky factor and its inverse together. Included once by each vector family.
//
//  Eliminating [C | I] row by row leaves [U | U^-T] with U^T U = C: U is the transposed factor, and
//  U^-T the inverse of the factor. Both halves are updates of contiguous rows. Large matrices are
//  cut into blocks of rows; what a block subtracts from the rows below is a matrix product.

#define ELIMINATED_ROWS 32

//  y -= a x on columns first ... last - 1.
INLINE void s_subtract_row(double *y, const double *x, double a, size_t first, size_t last)
{
    size_t j = first;
    for (; j + WIDTH <= last; j += WIDTH) {
        v_store(y + j, v_fnma(v_splat(a), v_load(x + j), v_load(y + j)));
    }
    for (; j < last; j++) {
        y[j] -= a * x[j];
    }
}

INLINE void s_scale_row(double *y, double a, size_t first, size_t last)
{
    size_t j = first;
    for (; j + WIDTH <= last; j += WIDTH) {
        v_store(y + j, a * v_load(y + j));
    }
    for (; j < last; j++) {
        y[j] *= a;
    }
}

INLINE size_t s_rounded_up(size_t count)
{
    return (count + SWK_LANES - 1) / SWK_LANES * SWK_LANES;
}

//  Eliminates rows first ... last - 1 among themselves. U (columns up to `width`, rows above the
//  diagonal may be overwritten by what is of no use) and inverse (or NULL) have rows of `stride`.
//  Where `padded`, rows may be written up to a multiple of eight columns. Returns the smallest
//  ratio of pivot to diagonal, or 0.
INLINE double s_eliminate(
    double *U, double *inverse, size_t stride, size_t width, size_t first, size_t last,
    const double *diagonal, size_t diagonal_stride, const int padded)
{
    double smallest = __builtin_inf();
    for (size_t k = first; k < last; k++) {
        double *row = U + k * stride;
        const double pivot = row[k];
        if (!(pivot > 0) || pivot - pivot != 0) {
            return 0;
        }
        const double ratio = pivot / diagonal[k * diagonal_stride];
        smallest = ratio < smallest ? ratio : smallest;
        const double root = __builtin_sqrt(pivot);
        const double scale = 1 / root;
        const size_t left = padded ? k / WIDTH * WIDTH : k;
        const size_t filled = padded ? s_rounded_up(k + 1) : k + 1;
        s_scale_row(row, scale, left, width);
        row[k] = root;
        if (inverse) {
            inverse[k * stride + k] = 1;
            s_scale_row(inverse + k * stride, scale, 0, filled);
        }
        for (size_t i = k + 1; i < last; i++) {
            const double weight = row[i];
            s_subtract_row(U + i * stride, row, weight, padded ? i / WIDTH * WIDTH : i, width);
            if (inverse) {
                s_subtract_row(
                    inverse + i * stride, inverse + k * stride, weight, 0, filled);
            }
        }
    }
    return smallest;
}

//  In padded buffers on the stack.
static double s_cholesky_small(double *factor, double *inverse, const double *matrix, size_t P)
{
    double U[ELIMINATED_ROWS * ELIMINATED_ROWS], inverted[ELIMINATED_ROWS * ELIMINATED_ROWS];
    const size_t stride = s_rounded_up(P);
    memset(U, 0, P * stride * sizeof *U);
    memset(inverted, 0, P * stride * sizeof *U);
    for (size_t i = 0; i < P; i++) {
        for (size_t j = 0; j <= i; j++) {
            U[j * stride + i] = matrix[i * P + j];
        }
    }
    const double smallest = s_eliminate(
        U, inverse ? inverted : 0, stride, stride, 0, P, matrix, P + 1, 1);
    for (size_t i = 0; i < P; i++) {
        for (size_t j = 0; j < P; j++) {
            factor[i * P + j] = j <= i ? U[j * stride + i] : 0;
        }
        if (inverse) {
            memcpy(inverse + i * P, inverted + i * stride, P * sizeof *inverse);
        }
    }
    return smallest;
}

static double s_cholesky(double *factor, double *inverse, const double *matrix, size_t P)
{
    if (P <= ELIMINATED_ROWS) {
        return s_cholesky_small(factor, inverse, matrix, P);
    }
    for (size_t i = 0; i < P; i++) {
        for (size_t j = 0; j <= i; j++) {
            factor[j * P + i] = matrix[i * P + j];
        }
    }
    if (inverse) {
        memset(inverse, 0, P * P * sizeof *inverse);
    }
    double smallest = __builtin_inf();
    for (size_t first = 0; first < P; first += ELIMINATED_ROWS) {
        const size_t last = P - first < ELIMINATED_ROWS ? P : first + ELIMINATED_ROWS;
        const double ratio
            = s_eliminate(factor, inverse, P, P, first, last, matrix, P + 1, 0);
        if (!(ratio > 0)) {
            return 0;
        }
        smallest = ratio < smallest ? ratio : smallest;
        const size_t below = P - last, depth = last - first;
        const double *rows = factor + first * P + last;
        const s_view weights = {rows, 1, P, ALL, 1};
        const s_view right = {rows, P, 1, ALL, 1};
        s_product(factor + last * P + last, P, below, below, weights, right, depth, ABOVE, -1);
        if (inverse) {
            const s_view inverted = {inverse + first * P, P, 1, ALL, 1};
            s_product(inverse + last * P, P, below, last, weights, inverted, depth, ALL, -1);
        }
    }
    for (size_t i = 0; i < P; i++) {
        for (size_t j = 0; j < i; j++) {
            factor[i * P + j] = factor[j * P + i];
            factor[j * P + i] = 0;
        }
    }
    return smallest;
}
