//  Activations and their slopes. Included once by each vector family.
//
//  erf, tanh and gelu: the nearest point c of a grid of step 1/128 is looked up together with the
//  slope there, and a short series in d = x - c does the rest. Arguments beyond the end of the
//  grid, NaN among them, are rare and take a second path.

typedef struct {
    vd value, slope;
} s_jet;

//  The nearest grid point c to 0 <= x, its table entries, d = x - c. Beyond the end (and for NaN)
//  everything is that of the end.
typedef struct {
    vd x, c, d, function, gaussian;
} s_node;

INLINE s_node s_look_up(const double *table, vd x)
{
    s_node node;
    node.x = v_min(x, v_splat(SWK_TABLE_END));
    vd shifted = v_fma(node.x, v_splat(SWK_TABLE_STEPS), v_splat(SWK_ROUND));
    node.c = (shifted - SWK_ROUND) * (1 / SWK_TABLE_STEPS);
    node.d = node.x - node.c;
    v_lookup(table, (vu)shifted & v_splat_bits(1023), &node.function, &node.gaussian);
    return node;
}

//  With g the Gaussian at c, the Gaussian at x is g exp(-d (x + c)), and the integral of the
//  Gaussian from c to x, by Hermite's rule with two derivatives at both ends (error of order d^7),
//  g d ((1 + E) / 2 + d (x E - c) / 5 + d^2 ((2 c^2 - 1) + (2 x^2 - 1) E) / 60).
typedef struct {
    vd integral, gaussian;
} s_gaussian_step;

INLINE s_gaussian_step s_step(s_node node)
{
    static const double series[7] = {1, 1. / 2, 1. / 6, 1. / 24, 1. / 120, 1. / 720, 1. / 5040};
    vd d = node.d, x = node.x, c = node.c;
    vd z = -d * (x + c);
    vd rest = z * s_polynomial(series, 7, z);
    vd first = v_fma(x, rest, d);
    vd at_x = v_fma(x + x, x, v_splat(-1));
    vd at_c = v_fma(c + c, c, at_x);
    vd second = v_fma(at_x, rest, at_c - 1);
    vd sum = v_fma(d * (1. / 60), second, first * 0.2);
    sum = v_fma(d, sum, v_fma(rest, v_splat(0.5), v_splat(1)));
    vd weight = node.gaussian * d;
    return (s_gaussian_step){weight * sum, v_fma(node.gaussian, rest, node.gaussian)};
}

static __attribute__((noinline)) s_jet s_erf_far(vd x, s_jet near, vu far)
{
    vd a = v_min(v_splat(100), s_absolute(x));
    vd one = v_select((vu)(x == x), v_splat(1), x);
    vd slope = SWK_TWO_OVER_SQRT_PI * s_gaussian(a, 1);
    return (s_jet){
        v_select(far, s_signed_like(one, x), near.value), v_select(far, slope, near.slope)};
}

INLINE s_jet s_erf(vd x)
{
    vd a = s_absolute(x);
    s_node node = s_look_up(swk_table_erf, a);
    s_gaussian_step step = s_step(node);
    s_jet jet = {s_signed_like(node.function + step.integral, x), step.gaussian};
    vu far = ~(vu)(a <= SWK_TABLE_END);
    return __builtin_expect(v_any(far), 0) ? s_erf_far(x, jet, far) : jet;
}

static __attribute__((noinline)) s_jet s_tanh_far(vd x, s_jet near, vu far)
{
    vd e = s_exp(-2 * s_absolute(x), v_splat(0));
    vd denominator = 1 + e;
    vd value = (1 - e) / denominator;
    vd slope = 4 * e / (denominator * denominator);
    return (s_jet){
        v_select(far, s_signed_like(value, x), near.value), v_select(far, slope, near.slope)};
}

//  With t = tanh(d), T = tanh(c), y = T t: tanh(c + d) = T + (1 - T^2) t / (1 + y), slope
//  (1 - T^2) (1 - t^2) / (1 + y)^2; |y| <= 1/256, and 1 / (1 + y) = (1 - y)(1 + y^2 + y^4 + ...).
INLINE s_jet s_tanh(vd x)
{
    static const double series[4] = {1, -1. / 3, 2. / 15, -17. / 315};
    vd a = s_absolute(x);
    s_node node = s_look_up(swk_table_tanh, a);
    vd t = node.d * s_polynomial(series, 4, node.d * node.d);
    vd y = node.function * t;
    vd square = y * y;
    vd even = v_fma(square, v_fma(square, 1 + square, v_splat(1)), v_splat(1));
    vd inverse = v_fnma(y, even, even);
    vd scaled = node.gaussian * inverse;
    vd value = v_fma(scaled, t, node.function);
    s_jet jet = {s_signed_like(value, x), scaled * inverse * v_fnma(t, t, v_splat(1))};
    vu far = ~(vu)(a <= SWK_TABLE_END);
    return __builtin_expect(v_any(far), 0) ? s_tanh_far(x, jet, far) : jet;
}

INLINE s_jet s_relu(vd x)
{
    vu negative = (vu)(x < 0);
    return (s_jet){v_select(negative, v_splat(0), x), v_select(negative, v_splat(0), v_splat(1))};
}

INLINE s_jet s_leaky_relu(vd x)
{
    vu negative = (vu)(x < 0);
    return (s_jet){
        v_select(negative, x * SWK_LEAK, x), v_select(negative, v_splat(SWK_LEAK), v_splat(1))};
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

static __attribute__((noinline)) s_jet s_gelu_far(vd x, s_jet near, vu far)
{
    vd a = v_min(v_splat(100), s_absolute(x));
    vd u = v_max(a * SWK_SQRT_HALF, v_splat(1));
    vd gaussian = s_gaussian(a, 0.5);
    vd series = s_polynomial(swk_erfc_coefficients, 22, 1 - 8 / (u + 3));
    s_jet jet = s_gelu_jet(x, 0.5 * (gaussian * series / u), gaussian);
    return (s_jet){v_select(far, jet.value, near.value), v_select(far, jet.slope, near.slope)};
}

//  Phi(-|x|) = erfc(u) / 2 with u = |x| / sqrt(2), to more than working precision: its rounding
//  error would be magnified by u^2.
INLINE s_jet s_gelu(vd x)
{
    vd a = s_absolute(x);
    vd u = a * SWK_SQRT_HALF;
    vd below = v_fma(a, v_splat(SWK_SQRT_HALF), -u);
    below = v_fma(a, v_splat(SWK_SQRT_HALF_LOW), below);
    s_node node = s_look_up(swk_table_erfc, u);
    node.d = node.d + below;
    s_gaussian_step step = s_step(node);
    vd tail = 0.5 * (node.function - step.integral);
    s_jet jet = s_gelu_jet(x, tail, (1 / SWK_TWO_OVER_SQRT_PI) * step.gaussian);
    vu far = ~(vu)(u <= SWK_TABLE_END);
    return __builtin_expect(v_any(far), 0) ? s_gelu_far(x, jet, far) : jet;
}

INLINE s_jet s_elu(vd x)
{
    vu negative = (vu)(x < 0);
    s_reduced y = s_reduce(v_min(v_splat(0), x), v_splat(0));
    vd value = v_fma(y.power, y.rest, y.power - 1);
    vd slope = v_select((vu)(x < SWK_EXP_LOWEST), v_splat(0), v_fma(y.power, y.rest, y.power));
    return (s_jet){v_select(negative, value, x), v_select(negative, slope, v_splat(1))};
}

//  The loop over entries; inlined with each activation as a constant.
INLINE void s_map(
    double *value, double *slope, const double *x, size_t count, s_jet (*function)(vd))
{
    size_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) {
        s_jet jet = function(v_load(x + i));
        v_store(value + i, jet.value);
        if (slope) {
            v_store(slope + i, jet.slope);
        }
    }
    if (i < count) {
        double rest[WIDTH] = {0}, rest_slope[WIDTH];
        memcpy(rest, x + i, (count - i) * sizeof *x);
        s_jet jet = function(v_load(rest));
        v_store(rest, jet.value);
        v_store(rest_slope, jet.slope);
        memcpy(value + i, rest, (count - i) * sizeof *x);
        if (slope) {
            memcpy(slope + i, rest_slope, (count - i) * sizeof *x);
        }
    }
}

static void s_activate(
    double *value, double *slope, const double *x, size_t count, swk_activation kind)
{
    switch (kind) {
    case SWK_ERF:
        s_map(value, slope, x, count, s_erf);
        return;
    case SWK_TANH:
        s_map(value, slope, x, count, s_tanh);
        return;
    case SWK_RELU:
        s_map(value, slope, x, count, s_relu);
        return;
    case SWK_LEAKY_RELU:
        s_map(value, slope, x, count, s_leaky_relu);
        return;
    case SWK_LINEAR:
        break;
    case SWK_SILU:
        s_map(value, slope, x, count, s_silu);
        return;
    case SWK_GELU:
        s_map(value, slope, x, count, s_gelu);
        return;
    case SWK_ELU:
        s_map(value, slope, x, count, s_elu);
        return;
    }
    s_map(value, slope, x, count, s_linear);
}
