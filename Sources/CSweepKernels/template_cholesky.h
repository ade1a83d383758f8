//  The Cholesky factor and its inverse together, and products of inverse factors. Included once by
//  each vector family.
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

//  Eliminates rows first ... last - 1 among themselves; U and inverse (or NULL) have rows of P. What
//  stands below the diagonal of U stays. Returns the smallest ratio of pivot to diagonal, or 0.
static double s_eliminate(
    double *U, double *inverse, const double *matrix, size_t P, size_t first, size_t last)
{
    double smallest = __builtin_inf();
    for (size_t k = first; k < last; k++) {
        double *row = U + k * P;
        const double pivot = row[k];
        if (!(pivot > 0) || pivot - pivot != 0) {
            return 0;
        }
        const double ratio = pivot / matrix[k * P + k];
        smallest = ratio < smallest ? ratio : smallest;
        const double root = __builtin_sqrt(pivot);
        s_scale_row(row, 1 / root, k, P);
        row[k] = root;
        if (inverse) {
            inverse[k * P + k] = 1;
            s_scale_row(inverse + k * P, 1 / root, 0, k + 1);
        }
        for (size_t i = k + 1; i < last; i++) {
            s_subtract_row(U + i * P, row, row[i], i, P);
            if (inverse) {
                s_subtract_row(inverse + i * P, inverse + k * P, row[i], 0, k + 1);
            }
        }
    }
    return smallest;
}

static double s_cholesky(double *factor, double *inverse, const double *matrix, size_t P)
{
    if (P <= SMALL) {
        return s_small_cholesky(factor, inverse, matrix, P);
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
        const double ratio = s_eliminate(factor, inverse, matrix, P, first, last);
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

static void s_inverse_from_factor(double *out, const double *inverse, size_t P)
{
    if (P <= SMALL) {
        s_small_inverse_from_factor(out, inverse, P);
        return;
    }
    const s_view transposed = {inverse, 1, P, ABOVE, 1};
    const s_view right = {inverse, P, 1, BELOW, 1};
    memset(out, 0, P * P * sizeof *out);
    s_product(out, P, P, P, transposed, right, P, BELOW, 1);
    for (size_t i = 0; i < P; i++) {
        for (size_t j = 0; j < i; j++) {
            out[j * P + i] = out[i * P + j];
        }
    }
}

static void s_cholesky_adjoint(
    double *out, const double *projection, const double *inverse, double *scratch, size_t P)
{
    if (P <= SMALL) {
        s_small_cholesky_adjoint(out, projection, inverse, P);
        return;
    }
    const s_view halved = {projection, P, 1, BELOW, 0.5};
    const s_view lower = {inverse, P, 1, BELOW, 1};
    const s_view transposed = {inverse, 1, P, ABOVE, 1};
    double *middle = scratch, *whole = scratch + P * P;
    memset(scratch, 0, 2 * P * P * sizeof *scratch);
    s_product(middle, P, P, P, halved, lower, P, BELOW, 1);
    const s_view right = {middle, P, 1, BELOW, 1};
    s_product(whole, P, P, P, transposed, right, P, ALL, 1);
    for (size_t i = 0; i < P; i++) {
        for (size_t j = 0; j <= i; j++) {
            out[i * P + j] = out[j * P + i] = 0.5 * (whole[i * P + j] + whole[j * P + i]);
        }
    }
}
