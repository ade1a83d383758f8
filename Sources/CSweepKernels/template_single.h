//  Single precision: activations, normals and the vector operations of the chain. Included once by
//  each vector family, after their double counterparts.

//  Pairs of terms in powers of x^2, count >= 3.
INLINE vf f_polynomial(const swk_spread *coefficient, const int count, vf x)
{
    vf square = x * x;
    const int top = (count - 1) / 2 * 2;
    vf sum = f_load(coefficient[top]);
    if (top + 1 < count) {
        sum = f_fma(f_load(coefficient[top + 1]), x, sum);
    }
#pragma clang loop unroll(full)
    for (int i = top - 2; i >= 0; i -= 2) {
        vf pair = f_fma(f_load(coefficient[i + 1]), x, f_load(coefficient[i]));
        sum = f_fma(square, sum, pair);
    }
    return sum;
}

typedef struct {
    vf value, slope;
} s_single_jet;

//  exp(-x^2), 0 <= x <= 9; the rounding error of the square is put back.
INLINE vf f_gaussian(vf x)
{
    const vf round = f_load(swk_single_erf.round);
    vf square = x * x;
    vf below = f_fma(x, x, -square);
    vf shifted = f_fnma(square, f_load(swk_single_erf.inverse_ln2), round);
    vf exponent = shifted - round;
    vf r = f_fnma(exponent, f_load(swk_single_erf.ln2_high), -square);
    r = f_fnma(exponent, f_load(swk_single_erf.ln2_low), r) - below;
    vf rest = f_fma(r * r, f_polynomial(swk_single_erf.exponential, 5, r), r);
    vf power = (vf)(((vw)shifted << 23) + (vw)f_load(swk_single_erf.one));
    return f_fma(power, rest, power);
}

//  Below 1 a polynomial, above 1 - exp(-x^2) times one in 1 / (1 + x / 2).
INLINE s_single_jet f_erf(vf x)
{
    const vw sign = (vw)x & f_splat_bits(0x80000000);
    const vf one = f_load(swk_single_erf.one);
    vf a = (vf)((vw)x ^ sign);
    vf gaussian = f_gaussian(f_min(f_load(swk_single_erf.gaussian_end), a));
    vf held = f_min(f_load(swk_single_erf.end), a);
    vf small = a * f_polynomial(swk_single_erf.inner, 7, a * a);
    vf t = one / f_fma(f_load(swk_single_erf.half), held, one);
    vf large = f_fnma(gaussian, f_polynomial(swk_single_erf.outer, 6, t), one);
    vf value = f_select((vw)(a < one), small, large);
    return (s_single_jet){(vf)((vw)value | sign), f_load(swk_single_erf.slope) * gaussian};
}

INLINE s_single_jet f_relu(vf x)
{
    vw flat = (vw)(x <= 0);
    return (s_single_jet){
        f_select(flat, f_splat(0), x), f_select(flat, f_splat(0), f_splat(1))};
}

INLINE s_single_jet f_leaky_relu(vf x)
{
    vw flat = (vw)(x <= 0);
    return (s_single_jet){
        f_select(flat, (float)SWK_LEAK * x, x),
        f_select(flat, f_splat((float)SWK_LEAK), f_splat(1))};
}

INLINE s_single_jet f_linear(vf x)
{
    return (s_single_jet){x, f_splat(1)};
}

INLINE void f_map(
    float *value, float *slope, const float *x, size_t count, s_single_jet (*function)(vf))
{
    size_t i = 0;
    for (; i + F_WIDTH <= count; i += F_WIDTH) {
        s_single_jet jet = function(f_load(x + i));
        f_store(value + i, jet.value);
        if (slope) {
            f_store(slope + i, jet.slope);
        }
    }
    if (i < count) {
        float rest[F_WIDTH] = {0}, rest_slope[F_WIDTH];
        memcpy(rest, x + i, (count - i) * sizeof *x);
        s_single_jet jet = function(f_load(rest));
        f_store(rest, jet.value);
        f_store(rest_slope, jet.slope);
        memcpy(value + i, rest, (count - i) * sizeof *x);
        if (slope) {
            memcpy(slope + i, rest_slope, (count - i) * sizeof *x);
        }
    }
}

static void s_widen(double *out, const float *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = x[i];
    }
}

static void s_narrow(float *out, const double *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (float)x[i];
    }
}

//  What has no single-precision code of its own goes by way of the double one.
static void f_activate_widened(
    float *value, float *slope, const float *x, size_t count, swk_activation kind)
{
    enum { BLOCK = 256 };
    double wide[BLOCK], wide_slope[BLOCK];
    for (size_t i = 0; i < count; i += BLOCK) {
        const size_t now = count - i < BLOCK ? count - i : BLOCK;
        s_widen(wide, x + i, now);
        s_activate(wide, slope ? wide_slope : 0, wide, now, kind);
        s_narrow(value + i, wide, now);
        if (slope) {
            s_narrow(slope + i, wide_slope, now);
        }
    }
}

static void s_single_activate(
    float *value, float *slope, const float *x, size_t count, swk_activation kind)
{
    switch (kind) {
    case SWK_ERF:
        f_map(value, slope, x, count, f_erf);
        return;
    case SWK_RELU:
        f_map(value, slope, x, count, f_relu);
        return;
    case SWK_LEAKY_RELU:
        f_map(value, slope, x, count, f_leaky_relu);
        return;
    case SWK_TANH:
    case SWK_SILU:
    case SWK_GELU:
    case SWK_ELU:
        f_activate_widened(value, slope, x, count, kind);
        return;
    case SWK_LINEAR:
        break;
    }
    f_map(value, slope, x, count, f_linear);
}

//  As the reference, operation by operation and without fused multiply-add, so that every family
//  gives the same bits.
INLINE vf f_plain_polynomial(const float *coefficient, const int count, vf x)
{
    vf square = x * x;
    const int top = (count - 1) / 2 * 2;
    vf sum = f_splat(coefficient[top]);
    if (top + 1 < count) {
        sum = sum + coefficient[top + 1] * x;
    }
#pragma clang loop unroll(full)
    for (int i = top - 2; i >= 0; i -= 2) {
        sum = (coefficient[i] + coefficient[i + 1] * x) + square * sum;
    }
    return sum;
}

//  sqrt(-2 ln u), u from the 31 top bits of a word.
INLINE vf f_radius(vw word)
{
    vf u = f_from_integers((vs)(word >> 1)) * 0x1p-31f + 0x1p-32f;
    vw bits = (vw)u + (0x3F800000 - SWK_SINGLE_BITS_SQRT_HALF);
    vf exponent = f_from_integers((vs)(bits >> 23) - 127);
    vf f = (vf)((bits & 0x007FFFFF) + SWK_SINGLE_BITS_SQRT_HALF) - 1;
    vf square = f * f;
    vf rest = (square * f) * f_plain_polynomial(swk_single_log_coefficients, 8, f);
    vf low = exponent * 0x1.7f7d1cp-20f + (rest - 0.5f * square);
    vf logarithm = exponent * 0x1.62e4p-1f + (f + low);
    return f_sqrt(-2 * logarithm);
}

typedef struct {
    vf x, y;
} s_point;

//  radius times cosine and sine of the turn that the word is the fraction of.
INLINE s_point f_turned(vf radius, vw word)
{
    vw quarter = (word + (1u << 29)) >> 30;
    vf f = f_from_integers((vs)(word - (quarter << 30))) * 0x1p-32f;
    vf z = f * f;
    vf sine = f * f_plain_polynomial(swk_single_sine_coefficients, 4, z);
    vf cosine = f_plain_polynomial(swk_single_cosine_coefficients, 5, z);
    vw swapped = (vw)((quarter & 1) != 0);
    vf x = f_select(swapped, sine, cosine);
    vf y = f_select(swapped, cosine, sine);
    vw x_sign = ((quarter + 1) & 2) << 30;
    vw y_sign = (quarter & 2) << 30;
    return (s_point){radius * (vf)((vw)x ^ x_sign), radius * (vf)((vw)y ^ y_sign)};
}

//  Normals of `groups` times F_WIDTH blocks, at most SINGLE_BATCH of them: again in loops that are
//  short enough to overlap.
#define SINGLE_BATCH 8

INLINE void f_batch(float *out, size_t groups, const s_schedule *schedule, vu even)
{
    vw words[SINGLE_BATCH][4];
    vf radius[SINGLE_BATCH][2];
    for (size_t n = 0; n < groups; n++) {
        s_block blocks[2];
        s_philox(blocks, schedule, even, even + 1);
        words[n][0] = f_pack(blocks[0].word0, blocks[1].word0);
        words[n][1] = f_pack(blocks[0].word1, blocks[1].word1);
        words[n][2] = f_pack(blocks[0].word2, blocks[1].word2);
        words[n][3] = f_pack(blocks[0].word3, blocks[1].word3);
        even += F_WIDTH;
    }
    for (size_t n = 0; n < groups; n++) {
        radius[n][0] = f_radius(words[n][0]);
        radius[n][1] = f_radius(words[n][2]);
    }
    for (size_t n = 0; n < groups; n++) {
        const s_point first = f_turned(radius[n][0], words[n][1]);
        const s_point second = f_turned(radius[n][1], words[n][3]);
        f_store_fours(out + n * 4 * F_WIDTH, first.x, first.y, second.x, second.y);
    }
}

static void s_single_normals(float *out, size_t count, swk_random_key key, uint64_t first_block)
{
    const s_schedule schedule = s_schedule_of(key);
    vu even = first_block + 2 * v_lane_numbers();
    size_t groups = count / (4 * F_WIDTH);
    while (groups > 0) {
        const size_t now = groups < SINGLE_BATCH ? groups : SINGLE_BATCH;
        f_batch(out, now, &schedule, even);
        out += now * 4 * F_WIDTH;
        even += now * F_WIDTH;
        groups -= now;
    }
    const size_t left = count % (4 * F_WIDTH);
    if (left > 0) {
        float rest[4 * F_WIDTH];
        f_batch(rest, 1, &schedule, even);
        memcpy(out, rest, left * sizeof *out);
    }
}

static void s_single_kick_rotate(
    float *x, float *v, float a, const float *g, float c, float s, size_t count)
{
    size_t i = 0;
    for (; i + F_WIDTH <= count; i += F_WIDTH) {
        vf position = f_load(x + i);
        vf velocity = f_fma(f_splat(a), f_load(g + i), f_load(v + i));
        f_store(x + i, f_fma(velocity, f_splat(s), c * position));
        f_store(v + i, f_fnma(position, f_splat(s), c * velocity));
    }
    for (; i < count; i++) {
        float position = x[i], velocity = v[i] + a * g[i];
        x[i] = c * position + s * velocity;
        v[i] = c * velocity - s * position;
    }
}

static void s_single_axpy(float *y, float a, const float *x, size_t count)
{
    size_t i = 0;
    for (; i + F_WIDTH <= count; i += F_WIDTH) {
        f_store(y + i, f_fma(f_splat(a), f_load(x + i), f_load(y + i)));
    }
    for (; i < count; i++) {
        y[i] += a * x[i];
    }
}

static double s_single_dot(const float *x, const float *y, size_t count)
{
    vd sum[4] = {v_splat(0), v_splat(0), v_splat(0), v_splat(0)};
    size_t i = 0;
    for (; i + 2 * F_WIDTH <= count; i += 2 * F_WIDTH) {
#pragma clang loop unroll(full)
        for (int v = 0; v < 2; v++) {
            vf left = f_load(x + i + v * F_WIDTH), right = f_load(y + i + v * F_WIDTH);
            sum[2 * v] = v_fma(f_low(left), f_low(right), sum[2 * v]);
            sum[2 * v + 1] = v_fma(f_high(left), f_high(right), sum[2 * v + 1]);
        }
    }
    double total[4], rest = 0;
    v_store_sums(total, sum[0], sum[1], sum[2], sum[3]);
    for (; i < count; i++) {
        rest += (double)x[i] * (double)y[i];
    }
    return ((total[0] + total[1]) + (total[2] + total[3])) + rest;
}
