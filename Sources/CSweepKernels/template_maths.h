//  Exponentials and polynomials on vectors. Included once by each vector family.

//  Pairs of terms in powers of x^2: half as long a chain of operations as Horner's rule.
INLINE vd s_polynomial(const double *coefficient, const int count, vd x)
{
    vd square = x * x;
    const int top = (count - 1) / 2 * 2;
    vd sum = v_splat(coefficient[top]);
    if (top + 1 < count) {
        sum = v_fma(v_splat(coefficient[top + 1]), x, sum);
    }
#pragma clang loop unroll(full)
    for (int i = top - 2; i >= 0; i -= 2) {
        vd pair = v_fma(v_splat(coefficient[i + 1]), x, v_splat(coefficient[i]));
        sum = v_fma(square, sum, pair);
    }
    return sum;
}

INLINE vd s_absolute(vd x)
{
    return (vd)((vu)x & v_splat_bits(~(1ULL << 63)));
}

//  The sign of x on a value that has none.
INLINE vd s_signed_like(vd value, vd x)
{
    return (vd)((vu)value | ((vu)x & v_splat_bits(1ULL << 63)));
}

//  Brings x back to -limit ... limit; NaN passes.
INLINE vd s_clamped(vd x, double limit)
{
    return v_max(v_splat(-limit), v_min(v_splat(limit), x));
}

//  x = exponent ln 2 + r, |r| <= ln(2) / 2; power = 2^exponent, rest = exp(r) - 1.
typedef struct {
    vd power, rest;
} s_reduced;

//  For x = high + low, high <= 0, |low| small; taken as -708 below that. NaN passes.
INLINE s_reduced s_reduce(vd high, vd low)
{
    high = v_max(v_splat(SWK_EXP_LOWEST), high);
    vd shifted = v_fma(high, v_splat(SWK_INVERSE_LN2), v_splat(SWK_ROUND));
    vd exponent = shifted - SWK_ROUND;
    vd r = v_fnma(exponent, v_splat(SWK_LN2_HIGH), high);
    r = v_fnma(exponent, v_splat(SWK_LN2_LOW), r) + low;
    vd series = s_polynomial(swk_exp_coefficients, 10, r);
    return (s_reduced){
        (vd)(((vu)shifted << 52) + v_splat_bits(SWK_BITS_ONE)), v_fma(r * r, series, r)};
}

//  exp(high + low), high <= 0; 0 below -708.
INLINE vd s_exp(vd high, vd low)
{
    s_reduced x = s_reduce(high, low);
    vd result = v_fma(x.power, x.rest, x.power);
    return v_select((vu)(high < SWK_EXP_LOWEST), v_splat(0), result);
}

//  exp(-scale x^2) for scale 1 or 1/2, |x| <= 100, with the square split as in the reference.
INLINE vd s_gaussian(vd x, double scale)
{
    vd head = (vd)((vu)x & v_splat_bits(~((1ULL << 29) - 1)));
    return s_exp(-scale * (head * head), -scale * ((x - head) * (x + head)));
}
