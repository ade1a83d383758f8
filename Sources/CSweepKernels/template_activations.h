//  Activations and their slopes. Included once by each vector family.
//
//  erf, tanh and gelu: the nearest point c of a grid of step 1/128 is looked up together with the
//  slope there, and a short series in d = x - c does the rest. Arguments beyond the end of the
//  grid, NaN among them, are rare and take a second path.

typedef struct {
    vd value, slope;
} s_jet;

//  Adding this to 0 <= x <= SWK_TABLE_END rounds x to the grid; the low half of the sum's bits is
//  then the number of the grid point.
#define GRID_ROUND (SWK_ROUND / SWK_TABLE_STEPS)

//  The nearest grid point c to 0 <= x <= SWK_TABLE_END, where its pair of table entries is (in the low
//  half of each lane), and d = x - c.
typedef struct {
    vd c, d;
    vu place;
} s_node;

INLINE s_node s_nearest(vd x)
{
    const vd shifted = x + GRID_ROUND;
    const vd c = shifted - GRID_ROUND;
    return (s_node){c, x - c, (vu)shifted + (vu)shifted};
}

//  What stays of a node until it is needed: d, x + c, place.
typedef struct {
    vd d, sum;
    vu place;
} s_step;

INLINE s_step s_step_to(vd x)
{
    const s_node node = s_nearest(x);
    return (s_step){node.d, x + node.c, node.place};
}

//  exp(-z) - 1 for 0 <= |z| < 0.05.
INLINE vd s_small_exponential(vd z)
{
    static const double series[6]
        = {1. / 2, -1. / 6, 1. / 24, -1. / 120, 1. / 720, -1. / 5040};
    return v_fma(z * z, s_polynomial(series, 6, z), -z);
}

static __attribute__((noinline)) void s_erf_far(double *value, double *slope, vd x, vu far)
{
    vd one = v_select((vu)(x == x), v_splat(1), x);
    vd outside = SWK_TWO_OVER_SQRT_PI * s_gaussian(v_min(v_splat(100), s_absolute(x)), 1);
    v_store(value, v_select(far, s_signed_like(one, x), v_load(value)));
    v_store(slope, v_select(far, outside, v_load(slope)));
}

//  With g the slope at c, z = x^2 - c^2 and w = d^2, the slope at x is g exp(-z), and its integral
//  from c to x is g d times the integral of exp(-z t) exp(w t (1 - t)) over t from 0 to 1,
//  (1 - exp(-z)) / z + w (1/6 - z/12 + z^2/40 - ...) + w^2 (1/60 - ...).
INLINE s_jet s_erf_near(const s_step *step, vd x)
{
    vd function, gaussian;
    v_look_up(swk_table_erf, &step->place, &function, &gaussian);
    vd d = step->d, z = d * step->sum, w = d * d;
    static const double series[7]
        = {1, -1. / 2, 1. / 6, -1. / 24, 1. / 120, -1. / 720, 1. / 5040};
    vd mean = s_polynomial(series, 7, z);
    vd second = v_fma(w, v_splat(1. / 60), v_splat(1. / 6));
    second = v_fma(z * z, v_splat(1. / 40), v_fma(z, v_splat(-1. / 12), second));
    vd value = v_fma(gaussian * d, v_fma(w, second, mean), function);
    return (s_jet){s_signed_like(value, x), v_fnma(gaussian, z * mean, gaussian)};
}

static __attribute__((noinline)) void s_tanh_far(double *value, double *slope, vd x, vu far)
{
    vd e = s_exp(-2 * s_absolute(x), v_splat(0));
    vd inverse = 1 / (1 + e);
    vd outside = s_signed_like((1 - e) * inverse, x);
    v_store(value, v_select(far, outside, v_load(value)));
    v_store(slope, v_select(far, 4 * e * inverse * inverse, v_load(slope)));
}

//  With t = tanh(d), T = tanh(c), y = T t: tanh(c + d) = T + (1 - T^2) t / (1 + y), slope
//  (1 - T^2) (1 - t^2) / (1 + y)^2; |y| <= 1/256, and 1 / (1 + y) = (1 - y)(1 + y^2 + y^4 + ...).
INLINE s_jet s_tanh_near(const s_step *step, vd x)
{
    static const double series[4] = {1, -1. / 3, 2. / 15, -17. / 315};
    vd function, gaussian;
    v_look_up(swk_table_tanh, &step->place, &function, &gaussian);
    vd d = step->d;
    vd t = d * s_polynomial(series, 4, d * d);
    vd y = function * t;
    vd square = y * y;
    vd even = v_fma(square, v_fma(square, 1 + square, v_splat(1)), v_splat(1));
    vd inverse = v_fnma(y, even, even);
    vd scaled = gaussian * inverse;
    vd value = v_fma(scaled, t, function);
    return (s_jet){s_signed_like(value, x), scaled * inverse * v_fnma(t, t, v_splat(1))};
}

INLINE s_jet s_relu(vd x)
{
    vu flat = (vu)(x <= 0);
    return (s_jet){v_select(flat, v_splat(0), x), v_select(flat, v_splat(0), v_splat(1))};
}

INLINE s_jet s_leaky_relu(vd x)
{
    vu flat = (vu)(x <= 0);
    return (s_jet){
        v_select(flat, x * SWK_LEAK, x), v_select(flat, v_splat(SWK_LEAK), v_splat(1))};
}

INLINE s_jet s_linear(vd x)
{
    return (s_jet){x, v_splat(1)};
}

INLINE s_jet s_silu(vd x)
{
    vu negative = (vu)(x < 0);
    vd e = s_exp(-s_absolute(x), v_splat(0));
    vd large = 1 / (1 + e);
    vd small = e * large;
    vd sigma = v_select(negative, small, large);
    vd complement = v_select(negative, large, small);
    vd held = s_clamped(x, 1000);
    return (s_jet){
        v_select(negative, held, x) * sigma, v_fma(sigma, held * complement, sigma)};
}

//  The tail Phi(-|x|) and the Gaussian exp(-x^2 / 2) become x Phi(x) and its slope.
INLINE s_jet s_gelu_jet(vd x, vd tail, vd gaussian)
{
    vu negative = (vu)(x < 0);
    vd distribution = v_select(negative, tail, 1 - tail);
    vd held = s_clamped(x, 100);
    vd density = SWK_ONE_OVER_SQRT_TWO_PI * gaussian;
    return (s_jet){
        v_select(negative, held, x) * distribution, v_fma(held, density, distribution)};
}

static __attribute__((noinline)) void s_gelu_far(double *value, double *slope, vd x, vu far)
{
    vd a = v_min(v_splat(100), s_absolute(x));
    vd u = v_max(a * SWK_SQRT_HALF, v_splat(1));
    vd gaussian = s_gaussian(a, 0.5);
    vd series = s_polynomial(swk_erfc_coefficients, 22, 1 - 8 / (u + 3));
    s_jet jet = s_gelu_jet(x, 0.5 * (gaussian * series / u), gaussian);
    v_store(value, v_select(far, jet.value, v_load(value)));
    v_store(slope, v_select(far, jet.slope, v_load(slope)));
}

//  Phi(-|x|) = erfc(u) / 2 with u = |x| / sqrt(2), to more than working precision: its rounding
//  error would be magnified by u^2. The step from the grid point is Hermite's rule with two
//  derivatives at both ends, whose error (of order d^7) is small beside the tail too: with E the
//  ratio of the Gaussians at u and c, their integral is g d times
//  (1 + E) / 2 + d (u E - c) / 5 + d^2 ((2 c^2 - 1) + (2 u^2 - 1) E) / 60.
INLINE s_jet s_gelu(vd x)
{
    vd a = s_absolute(x);
    vd u = a * SWK_SQRT_HALF;
    vd below = v_fma(a, v_splat(SWK_SQRT_HALF), -u);
    below = v_fma(a, v_splat(SWK_SQRT_HALF_LOW), below);
    const s_node node = s_nearest(v_min(u, v_splat(SWK_TABLE_END)));
    vd function, slope;
    v_look_up(swk_table_erfc, &node.place, &function, &slope);
    vd c = node.c, d = node.d + below;
    vd rest = s_small_exponential(d * (c + c + d));
    vd at_c = v_fma(c + c, c, v_splat(-1));
    vd at_u = v_fma(u + u, u, v_splat(-1));
    vd second = v_fma(at_u, rest, at_c + at_u);
    vd sum = v_fma(d * (1. / 60), second, 0.2 * v_fma(u, rest, d));
    sum = v_fma(d, sum, v_fma(rest, v_splat(0.5), v_splat(1)));
    vd tail = 0.5 * v_fnma(slope * d, sum, function);
    vd gaussian = v_fma(slope, rest, slope);
    return s_gelu_jet(x, tail, (1 / SWK_TWO_OVER_SQRT_PI) * gaussian);
}

INLINE s_jet s_elu(vd x)
{
    vu negative = (vu)(x < 0);
    s_reduced y = s_reduce(v_min(v_splat(0), x), v_splat(0));
    vd value = v_fma(y.power, y.rest, y.power - 1);
    vd slope = v_select((vu)(x < SWK_EXP_LOWEST), v_splat(0), v_fma(y.power, y.rest, y.power));
    return (s_jet){v_select(negative, value, x), v_select(negative, slope, v_splat(1))};
}

//  What replaces the entries beyond the end of a table; slope may not be NULL.
typedef void (*s_far)(double *value, double *slope, vd x, vu far);

//  One vector. `function`, `far` and `limit` are constants where it is inlined.
INLINE void s_map_vector(
    double *value, double *slope, vd x, s_jet (*function)(vd), s_far far, const double limit)
{
    s_jet jet = function(x);
    v_store(value, jet.value);
    if (slope) {
        v_store(slope, jet.slope);
    }
    if (far) {
        vu outside = ~(vu)(s_absolute(x) <= limit);
        if (__builtin_expect(v_any(outside), 0)) {
            double unwanted[WIDTH] = {0};
            far(value, slope ? slope : unwanted, x, outside);
        }
    }
}

INLINE void s_map(
    double *value, double *slope, const double *x, size_t count, s_jet (*function)(vd), s_far far,
    const double limit)
{
    size_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) {
        s_map_vector(value + i, slope ? slope + i : slope, v_load(x + i), function, far, limit);
    }
    if (i < count) {
        double rest[WIDTH] = {0}, rest_slope[WIDTH];
        memcpy(rest, x + i, (count - i) * sizeof *x);
        s_map_vector(rest, rest_slope, v_load(rest), function, far, limit);
        memcpy(value + i, rest, (count - i) * sizeof *x);
        if (slope) {
            memcpy(slope + i, rest_slope, (count - i) * sizeof *x);
        }
    }
}

//  Vectors that are looked up before the first is finished: in one loop, an element's chain from
//  argument to result is longer than what the CPU can hold of its successors.
#define LOOKED_UP 32

//  A positive double is below SWK_TABLE_END, and no NaN, if the upper half of its bits is below these.
#define TABLE_END_BITS 0x40180000

//  For functions that are a node of a table and a series. `near` and `far` are constants where it is
//  inlined. What is done for every vector is as few instructions as possible: their number, not the
//  multiplications, is what erf takes.
INLINE void s_map_nodes(
    double *value, double *slope, const double *x, size_t count,
    s_jet (*near)(const s_step *, vd), s_far far)
{
    while (count > 0) {
        s_step steps[LOOKED_UP];
        double copy[LOOKED_UP * WIDTH], values[LOOKED_UP * WIDTH], slopes[LOOKED_UP * WIDTH];
        const size_t now = count < LOOKED_UP * WIDTH ? count : LOOKED_UP * WIDTH;
        const size_t vectors = (now + WIDTH - 1) / WIDTH;
        const int partial = now % WIDTH != 0;
        const double *from = x;
        double *to = value, *to_slope = slope ? slope : slopes;
        if (partial) {
            memset(copy + (vectors - 1) * WIDTH, 0, WIDTH * sizeof *copy);
            memcpy(copy, x, now * sizeof *x);
            from = copy;
            to = values;
            to_slope = slopes;
        }
        vw greatest = f_splat_bits(0);
#pragma clang loop unroll_count(4)
        for (size_t n = 0; n < vectors; n++) {
            const vd a = s_absolute(v_load(from + n * WIDTH));
            greatest = v_greater_words(greatest, (vw)a);
            steps[n] = s_step_to(a);
        }
        const int any_far = v_any((vu)((vs)greatest >= TABLE_END_BITS));
        if (__builtin_expect(any_far, 0)) {
            //  The steps must end within the table; and value may be x.
            if (!partial) {
                memcpy(copy, x, now * sizeof *x);
                from = copy;
            }
            for (size_t n = 0; n < vectors; n++) {
                const vd a = s_absolute(v_load(from + n * WIDTH));
                steps[n] = s_step_to(v_min(a, v_splat(SWK_TABLE_END)));
            }
        }
#pragma clang loop unroll(disable)
        for (size_t n = 0; n < vectors; n++) {
            const s_jet jet = near(&steps[n], v_load(from + n * WIDTH));
            v_store(to + n * WIDTH, jet.value);
            v_store(to_slope + n * WIDTH, jet.slope);
        }
        if (__builtin_expect(any_far, 0)) {
            for (size_t n = 0; n < vectors; n++) {
                const vd at = v_load(from + n * WIDTH);
                far(to + n * WIDTH, to_slope + n * WIDTH, at,
                    ~(vu)(s_absolute(at) <= SWK_TABLE_END));
            }
        }
        if (partial) {
            memcpy(value, values, now * sizeof *value);
            if (slope) {
                memcpy(slope, slopes, now * sizeof *slope);
            }
        }
        value += now;
        slope = slope ? slope + now : slope;
        x += now;
        count -= now;
    }
}

static void s_activate(
    double *value, double *slope, const double *x, size_t count, swk_activation kind)
{
    switch (kind) {
    case SWK_ERF:
        s_map_nodes(value, slope, x, count, s_erf_near, s_erf_far);
        return;
    case SWK_TANH:
        s_map_nodes(value, slope, x, count, s_tanh_near, s_tanh_far);
        return;
    case SWK_RELU:
        s_map(value, slope, x, count, s_relu, 0, 0);
        return;
    case SWK_LEAKY_RELU:
        s_map(value, slope, x, count, s_leaky_relu, 0, 0);
        return;
    case SWK_LINEAR:
        break;
    case SWK_SILU:
        s_map(value, slope, x, count, s_silu, 0, 0);
        return;
    case SWK_GELU:
        s_map(value, slope, x, count, s_gelu, s_gelu_far, SWK_TABLE_END / SWK_SQRT_HALF);
        return;
    case SWK_ELU:
        s_map(value, slope, x, count, s_elu, 0, 0);
        return;
    }
    s_map(value, slope, x, count, s_linear, 0, 0);
}
