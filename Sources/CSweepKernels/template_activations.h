//  Activations and their slopes. Included once by each vector family. erf, tanh and gelu look up
//  nodes (template_nodes.h).

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
INLINE s_jet s_erf_near(s_step step, const vu *place, const s_constants *constant)
{
    const vd *of = constant->of;
    vd d = step.d, z = d * step.sum, w = d * d;
    vd square = z * z;
    vd mean = v_fma(square, of[6], v_fma(of[5], z, of[4]));
    mean = v_fma(square, mean, v_fma(of[3], z, of[2]));
    mean = v_fma(square, mean, v_fma(of[1], z, of[0]));
    vd second = v_fma(z, of[7], v_fma(w, of[9], of[2]));
    second = v_fma(square, of[8], second);
    vd function, gaussian;
    v_look_up(swk_signed_erf + SWK_TABLE_MIDDLE, place, &function, &gaussian);
    vd value = v_fma(gaussian * d, v_fma(w, second, mean), function);
    return (s_jet){value, v_fnma(gaussian, z * mean, gaussian)};
}

INLINE s_constants s_erf_constants(void)
{
    return (s_constants){
        v_kept(GRID_ROUND),
        {v_kept(1), v_kept(-1. / 2), v_kept(1. / 6), v_kept(-1. / 24), v_kept(1. / 120),
         v_kept(-1. / 720), v_kept(1. / 5040), v_kept(-1. / 12), v_kept(1. / 40),
         v_kept(1. / 60)}};
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
INLINE s_jet s_tanh_near(s_step step, const vu *place, const s_constants *constant)
{
    const vd *of = constant->of, one = of[0];
    vd d = step.d, w = d * d;
    vd series = v_fma(w * w, v_fma(of[3], w, of[2]), v_fma(of[1], w, one));
    vd t = d * series;
    vd function, gaussian;
    v_look_up(swk_signed_tanh + SWK_TABLE_MIDDLE, place, &function, &gaussian);
    vd y = function * t;
    vd square = y * y;
    vd even = v_fma(square, v_fma(square, one + square, one), one);
    vd inverse = v_fnma(y, even, even);
    vd scaled = gaussian * inverse;
    return (s_jet){v_fma(scaled, t, function), scaled * inverse * v_fnma(t, t, one)};
}

INLINE s_constants s_tanh_constants(void)
{
    return (s_constants){
        v_kept(GRID_ROUND),
        {v_kept(1), v_kept(-1. / 3), v_kept(2. / 15), v_kept(-17. / 315)}};
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
    const s_node node = s_nearest(v_min(u, v_splat(SWK_TABLE_END)), v_splat(GRID_ROUND));
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

//  As s_activate; `is_within` says that |x| < SWK_TABLE_END.
static void s_activate_knowing(
    double *value, double *slope, const double *x, size_t count, swk_activation kind,
    const int is_within)
{
    switch (kind) {
    case SWK_ERF:
        s_map_nodes(
            value, slope, x, count, is_within, (s_function){s_erf_near, s_erf_far, s_erf_constants});
        return;
    case SWK_TANH:
        s_map_nodes(
            value, slope, x, count, is_within,
            (s_function){s_tanh_near, s_tanh_far, s_tanh_constants});
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

static void s_activate(
    double *value, double *slope, const double *x, size_t count, swk_activation kind)
{
    s_activate_knowing(value, slope, x, count, kind, 0);
}
