//  P × P algebra for P <= SMALL, in zero-padded copies on the stack: no packing, no tails, and loops
//  of constant length wherever a wrong guess of the branch predictor would cost more than the
//  arithmetic. Included once by each vector family.

#define SMALL 32

//  A copy has rows of a multiple of eight columns, and rows up to a multiple of PRODUCT_ROWS.
#define SMALL_ENTRIES ((SMALL + 4) * SMALL)

INLINE size_t s_rounded_up(size_t count, size_t unit)
{
    return (count + unit - 1) / unit * unit;
}

INLINE void s_copy_lower(double *copy, const double *lower, size_t P, size_t stride)
{
    memset(copy, 0, s_rounded_up(P, PRODUCT_ROWS) * stride * sizeof *copy);
    for (size_t i = 0; i < P; i++) {
        memcpy(copy + i * stride, lower + i * P, (i + 1) * sizeof *copy);
    }
}

//  C = A B for padded copies; B is lower triangular, A lower (BELOW) or upper (ABOVE), with entry
//  (i, k) at A[i * row + k * column]. Blocks above the diagonal are left out if `below` is set.
INLINE void s_small_product(
    double *C, const double *A, size_t row, size_t column, const double *B, size_t stride, size_t P,
    const s_triangle triangle, const int below)
{
    for (size_t i = 0; i < P; i += PRODUCT_ROWS) {
        const size_t bottom = i + PRODUCT_ROWS < P ? i + PRODUCT_ROWS : P;
        const size_t end = triangle == BELOW ? bottom : P;
        for (size_t j = 0; j < (below ? bottom : P); j += PRODUCT_COLUMNS) {
            const size_t begin = triangle == ABOVE && i > j ? i : j;
            vd sum[PRODUCT_ROWS][PRODUCT_VECTORS];
            s_block_sums(
                sum, A + i * row + begin * column, row, column, B + begin * stride + j, stride,
                begin < end ? end - begin : 0);
#pragma clang loop unroll(full)
            for (int n = 0; n < PRODUCT_ROWS * PRODUCT_VECTORS; n++) {
                v_store(
                    C + (i + (size_t)(n / PRODUCT_VECTORS)) * stride + j
                        + (size_t)(n % PRODUCT_VECTORS * WIDTH),
                    sum[n / PRODUCT_VECTORS][n % PRODUCT_VECTORS]);
            }
        }
    }
}

static void s_small_inverse_from_factor(double *out, const double *inverse, size_t P)
{
    double lower[SMALL_ENTRIES], product[SMALL_ENTRIES];
    const size_t stride = s_rounded_up(P, SWK_LANES);
    s_copy_lower(lower, inverse, P, stride);
    s_small_product(product, lower, 1, stride, lower, stride, P, ABOVE, 1);
    for (size_t i = 0; i < P; i++) {
        for (size_t j = 0; j <= i; j++) {
            out[i * P + j] = out[j * P + i] = product[i * stride + j];
        }
    }
}

static void s_small_cholesky_adjoint(
    double *out, const double *projection, const double *inverse, size_t P)
{
    double lower[SMALL_ENTRIES], halved[SMALL_ENTRIES], middle[SMALL_ENTRIES];
    const size_t stride = s_rounded_up(P, SWK_LANES);
    s_copy_lower(lower, inverse, P, stride);
    s_copy_lower(halved, projection, P, stride);
    for (size_t i = 0; i < P; i++) {
        halved[i * stride + i] *= 0.5;
    }
    s_small_product(middle, halved, stride, 1, lower, stride, P, BELOW, 0);
    double *whole = halved;
    s_small_product(whole, lower, 1, stride, middle, stride, P, ABOVE, 0);
    for (size_t i = 0; i < P; i++) {
        for (size_t j = 0; j <= i; j++) {
            out[i * P + j] = out[j * P + i] = 0.5 * (whole[i * stride + j] + whole[j * stride + i]);
        }
    }
}

//  Eliminates [C | I] in rows of 2 `stride` columns, `stride` a constant where it is inlined. What
//  it leaves below the diagonal of U is of no use. In row k nothing is wanted before column k, and
//  from column stride + k + 1 on there are zeros: of the vectors between them there are as many in
//  every row.
INLINE double s_eliminate_small(double *rows, const double *matrix, size_t P, const int stride)
{
    const int vectors = stride / WIDTH + 1;
    double smallest = __builtin_inf();
    for (size_t k = 0; k < P; k++) {
        double *pivots = rows + k * 2 * (size_t)stride;
        const size_t begin = k / WIDTH * WIDTH;
        const double pivot = pivots[k];
        if (!(pivot > 0) || pivot - pivot != 0) {
            return 0;
        }
        const double ratio = pivot / matrix[k * P + k];
        smallest = ratio < smallest ? ratio : smallest;
        const double root = __builtin_sqrt(pivot);
        const vd scale = v_splat(1 / root);
        vd row[SMALL / WIDTH + 1];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            row[v] = scale * v_load(pivots + begin + v * WIDTH);
            v_store(pivots + begin + v * WIDTH, row[v]);
        }
        pivots[k] = root;
        for (size_t i = k + 1; i < P; i++) {
            double *below = rows + i * 2 * (size_t)stride + begin;
            const vd weight = v_splat(pivots[i]);
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) {
                v_store(below + v * WIDTH, v_fnma(weight, row[v], v_load(below + v * WIDTH)));
            }
        }
    }
    return smallest;
}

static double s_small_cholesky(double *factor, double *inverse, const double *matrix, size_t P)
{
    double rows[SMALL * 2 * SMALL];
    const size_t stride = s_rounded_up(P, SWK_LANES), width = 2 * stride;
    memset(rows, 0, P * width * sizeof *rows);
    for (size_t i = 0; i < P; i++) {
        for (size_t j = 0; j <= i; j++) {
            rows[j * width + i] = matrix[i * P + j];
        }
        rows[i * width + stride + i] = 1;
    }
    const double smallest = stride == 8 ? s_eliminate_small(rows, matrix, P, 8)
        : stride == 16                  ? s_eliminate_small(rows, matrix, P, 16)
        : stride == 24                  ? s_eliminate_small(rows, matrix, P, 24)
                                        : s_eliminate_small(rows, matrix, P, 32);
    memset(factor, 0, P * P * sizeof *factor);
    for (size_t i = 0; i < P; i++) {
        for (size_t j = 0; j <= i; j++) {
            factor[i * P + j] = rows[j * width + i];
        }
        if (inverse) {
            memcpy(inverse + i * P, rows + i * width + stride, P * sizeof *inverse);
        }
    }
    return smallest;
}
