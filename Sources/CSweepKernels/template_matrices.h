//  P × P algebra and the vector operations of the chain. Included once by each vector family.

typedef enum { LOWER, FULL, TRANSPOSED_LOWER } s_shape;

//  Rows of a product with a panel that are computed at once.
#define BLOCK_ROWS 6

static void s_clear_lower(double *lower, size_t P)
{
    for (size_t a = 0; a < P; a++) {
        memset(lower + a * P, 0, (a + 1) * sizeof *lower);
    }
}

static void s_rotate(double *x, double *v, double c, double s, size_t count)
{
    size_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) {
        vd position = v_load(x + i), velocity = v_load(v + i);
        v_store(x + i, v_fma(velocity, v_splat(s), c * position));
        v_store(v + i, v_fnma(position, v_splat(s), c * velocity));
    }
    for (; i < count; i++) {
        double position = x[i], velocity = v[i];
        x[i] = c * position + s * velocity;
        v[i] = c * velocity - s * position;
    }
}

//  v += a g, then the rotation of (x, v).
static void s_kick_rotate(
    double *x, double *v, double a, const double *g, double c, double s, size_t count)
{
    size_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) {
        vd position = v_load(x + i);
        vd velocity = v_fma(v_splat(a), v_load(g + i), v_load(v + i));
        v_store(x + i, v_fma(velocity, v_splat(s), c * position));
        v_store(v + i, v_fnma(position, v_splat(s), c * velocity));
    }
    for (; i < count; i++) {
        double position = x[i], velocity = v[i] + a * g[i];
        x[i] = c * position + s * velocity;
        v[i] = c * velocity - s * position;
    }
}

static void s_axpy(double *y, double a, const double *x, size_t count)
{
    size_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) {
        v_store(y + i, v_fma(v_splat(a), v_load(x + i), v_load(y + i)));
    }
    for (; i < count; i++) {
        y[i] += a * x[i];
    }
}

static double s_dot(const double *x, const double *y, size_t count)
{
    vd sum[4] = {v_splat(0), v_splat(0), v_splat(0), v_splat(0)};
    size_t i = 0;
    for (; i + 4 * WIDTH <= count; i += 4 * WIDTH) {
#pragma clang loop unroll(full)
        for (int v = 0; v < 4; v++) {
            sum[v] = v_fma(v_load(x + i + v * WIDTH), v_load(y + i + v * WIDTH), sum[v]);
        }
    }
    double total[4], rest = 0;
    v_store_sums(total, sum[0], sum[1], sum[2], sum[3]);
    for (; i < count; i++) {
        rest += x[i] * y[i];
    }
    return ((total[0] + total[1]) + (total[2] + total[3])) + rest;
}

//  A factor of a product, seen through its triangle: entry (i, k) is at[i * row + k * column]
//  where it exists and 0 elsewhere, the diagonal times `diagonal`.
typedef enum { ALL, BELOW, ABOVE } s_triangle;

typedef struct {
    const double *at;
    size_t row, column;
    s_triangle triangle;
    double diagonal;
} s_view;

//  How often C, in blocks of PRODUCT_ROWS × 8, is cut: the packed left factor fits the second-level
//  cache, the packed right one the first.
#define PRODUCT_COLUMNS 8
#define PRODUCT_VECTORS (PRODUCT_COLUMNS / WIDTH)
#define PRODUCT_DEPTH 128
#define PRODUCT_BLOCKS 8

INLINE double s_entry(s_view view, size_t i, size_t k)
{
    if ((view.triangle == BELOW && k > i) || (view.triangle == ABOVE && k < i)) {
        return 0;
    }
    double entry = view.at[i * view.row + k * view.column];
    return i == k && view.triangle != ALL ? entry * view.diagonal : entry;
}

//  The sums over k < depth of A (i, k) B (k, j) of one block of C; entry (r, k) of A is at
//  A[r * row + k * column], row k of B at B + k * stride.
INLINE void s_block_sums(
    vd sum[PRODUCT_ROWS][PRODUCT_VECTORS], const double *A, size_t row, size_t column,
    const double *B, size_t stride, size_t depth)
{
#pragma clang loop unroll(full)
    for (int n = 0; n < PRODUCT_ROWS * PRODUCT_VECTORS; n++) {
        sum[n / PRODUCT_VECTORS][n % PRODUCT_VECTORS] = v_splat(0);
    }
    for (size_t k = 0; k < depth; k++) {
        vd entry[PRODUCT_VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < PRODUCT_VECTORS; v++) {
            entry[v] = v_load(B + k * stride + (size_t)v * WIDTH);
        }
#pragma clang loop unroll(full)
        for (int r = 0; r < PRODUCT_ROWS; r++) {
            const vd weight = v_splat(A[(size_t)r * row + k * column]);
#pragma clang loop unroll(full)
            for (int v = 0; v < PRODUCT_VECTORS; v++) {
                sum[r][v] = v_fma(weight, entry[v], sum[r][v]);
            }
        }
    }
}

//  C block += sign A B for packed A (depth × PRODUCT_ROWS) and B (depth × 8); only rows × columns
//  of it exist.
INLINE void s_product_block(
    double *C, size_t stride, const double *A, const double *B, size_t depth, size_t rows,
    size_t columns, double sign)
{
    enum { VECTORS = PRODUCT_VECTORS };
    vd sum[PRODUCT_ROWS][VECTORS];
    s_block_sums(sum, A, 1, PRODUCT_ROWS, B, PRODUCT_COLUMNS, depth);
    if (rows == PRODUCT_ROWS && columns == PRODUCT_COLUMNS) {
#pragma clang loop unroll(full)
        for (int n = 0; n < PRODUCT_ROWS * VECTORS; n++) {
            double *at = C + (size_t)(n / VECTORS) * stride + n % VECTORS * WIDTH;
            v_store(at, v_fma(v_splat(sign), sum[n / VECTORS][n % VECTORS], v_load(at)));
        }
        return;
    }
    double block[PRODUCT_ROWS * PRODUCT_COLUMNS];
#pragma clang loop unroll(full)
    for (int n = 0; n < PRODUCT_ROWS * VECTORS; n++) {
        v_store(block + n * WIDTH, sum[n / VECTORS][n % VECTORS]);
    }
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < columns; c++) {
            C[r * stride + c] += sign * block[r * PRODUCT_COLUMNS + c];
        }
    }
}

//  C (m × n) += sign A B over the blocks of C that meet `wanted` (others are left alone, and parts
//  of the blocks beyond it are filled with what is of no use). B's rows are contiguous.
static void s_product(
    double *C, size_t stride, size_t m, size_t n, s_view left, s_view right, size_t depth,
    s_triangle wanted, double sign)
{
    double A[PRODUCT_BLOCKS][PRODUCT_DEPTH * PRODUCT_ROWS];
    double B[PRODUCT_DEPTH * PRODUCT_COLUMNS];
    for (size_t k0 = 0; k0 < depth; k0 += PRODUCT_DEPTH) {
        const size_t k1 = depth - k0 < PRODUCT_DEPTH ? depth : k0 + PRODUCT_DEPTH;
        for (size_t top = 0; top < m; top += PRODUCT_BLOCKS * PRODUCT_ROWS) {
            size_t from[PRODUCT_BLOCKS], to[PRODUCT_BLOCKS], blocks = 0;
            for (size_t i = top; i < m && blocks < PRODUCT_BLOCKS; i += PRODUCT_ROWS, blocks++) {
                const size_t below = i + PRODUCT_ROWS < m ? i + PRODUCT_ROWS : m;
                from[blocks] = left.triangle == ABOVE && i > k0 ? (i < k1 ? i : k1) : k0;
                to[blocks] = left.triangle == BELOW && below < k1 ? below : k1;
                double *packed = A[blocks] + (from[blocks] - k0) * PRODUCT_ROWS;
                for (size_t k = from[blocks]; k < to[blocks]; k++) {
                    for (size_t r = 0; r < PRODUCT_ROWS; r++) {
                        *packed++ = i + r < m ? s_entry(left, i + r, k) : 0;
                    }
                }
            }
            const size_t bottom = top + blocks * PRODUCT_ROWS;
            for (size_t j = 0; j < n; j += PRODUCT_COLUMNS) {
                if ((wanted == BELOW && j >= bottom) || (wanted == ABOVE && j + 8 <= top)) {
                    continue;
                }
                const size_t columns = n - j < PRODUCT_COLUMNS ? n - j : PRODUCT_COLUMNS;
                const size_t begin = right.triangle == BELOW && j > k0 ? j : k0;
                for (size_t k = begin; k < k1; k++) {
                    for (size_t c = 0; c < PRODUCT_COLUMNS; c++) {
                        B[(k - k0) * PRODUCT_COLUMNS + c]
                            = c < columns ? s_entry(right, k, j + c) : 0;
                    }
                }
                for (size_t b = 0; b < blocks; b++) {
                    const size_t i = top + b * PRODUCT_ROWS;
                    const size_t first = from[b] > begin ? from[b] : begin;
                    if (first >= to[b] || (wanted == BELOW && j >= i + PRODUCT_ROWS)
                        || (wanted == ABOVE && j + PRODUCT_COLUMNS <= i)) {
                        continue;
                    }
                    s_product_block(
                        C + i * stride + j, stride, A[b] + (first - k0) * PRODUCT_ROWS,
                        B + (first - k0) * PRODUCT_COLUMNS, to[b] - first,
                        m - i < PRODUCT_ROWS ? m - i : PRODUCT_ROWS, columns, sign);
                }
            }
        }
    }
}
