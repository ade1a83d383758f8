//  Standard normals from Philox blocks, one block a lane. Included once by each vector family.
//
//  Operation by operation the same as the reference, without fused multiply-add, so that every
//  family gives the same bits.

INLINE vd s_plain_polynomial(const double *coefficient, int count, vd x)
{
    vd sum = v_splat(coefficient[count - 1]);
#pragma clang loop unroll(full)
    for (int i = count - 2; i >= 0; i--) {
        sum = sum * x + coefficient[i];
    }
    return sum;
}

//  ln(x), 2^-53 <= x <= 1.
INLINE vd s_log(vd x)
{
    vu bits = (vu)x + (SWK_BITS_ONE - SWK_BITS_SQRT_HALF);
    vd exponent = (vd)((bits >> 52) | v_splat_bits(0x4330000000000000)) - (0x1p52 + 1023);
    vd f = (vd)((bits & SWK_BITS_MANTISSA) + SWK_BITS_SQRT_HALF) - 1;
    vd s = f / (2 + f);
    vd z = s * s;
    vd rest = z * s_plain_polynomial(swk_log_coefficients, 8, z);
    vd half_square = 0.5 * f * f;
    vd low = s * (half_square + rest) + exponent * SWK_LN2_LOW;
    return exponent * SWK_LN2_HIGH - ((half_square - low) - f);
}

//  Integers 0 ... 2^53 as doubles, exactly: the high and the low half as mantissas of 2^84, 2^52.
INLINE vd s_exact(vu integer)
{
    vd high = (vd)((integer >> 32) | v_splat_bits(0x4530000000000000));
    vd low = (vd)((integer & 0xFFFFFFFF) | v_splat_bits(0x4330000000000000));
    return (high - (0x1p84 + 0x1p52)) + low;
}

//  Writes the 2 WIDTH normals of the blocks whose four words are the low halves of the lanes.
INLINE void s_box_muller(double *out, vu word0, vu word1, vu word2, vu word3)
{
    vu k1 = ((word1 << 32) | (word0 & 0xFFFFFFFF)) >> 11;
    vu k2 = ((word3 << 32) | (word2 & 0xFFFFFFFF)) >> 11;
    vd radius = v_sqrt(-2 * s_log(s_exact(k1 + 1) * SWK_UNIFORM_UNIT));
    vu quarter = (k2 + SWK_HALF_QUARTER_TURN) >> SWK_QUARTER_TURN_BITS;
    vu rest = k2 - (quarter << SWK_QUARTER_TURN_BITS);
    vd f = ((vd)(rest + v_splat_bits(0x4338000000000000)) - SWK_ROUND) * SWK_UNIFORM_UNIT;
    vd z = f * f;
    vd sine = f * s_plain_polynomial(swk_sine_coefficients, 7, z);
    vd cosine = s_plain_polynomial(swk_cosine_coefficients, 7, z);
    vu swapped = (vu)((quarter & 1) != 0);
    vd x = v_select(swapped, sine, cosine);
    vd y = v_select(swapped, cosine, sine);
    vu x_sign = ((quarter + 1) & 2) << 62;
    vu y_sign = (quarter & 2) << 62;
    v_store_interleaved(out, radius * (vd)((vu)x ^ x_sign), radius * (vd)((vu)y ^ y_sign));
}

static void s_normals(double *out, size_t count, swk_random_key key, uint64_t first_block)
{
    uint64_t key0[SWK_PHILOX_ROUNDS], key1[SWK_PHILOX_ROUNDS];
    for (uint32_t round = 0; round < SWK_PHILOX_ROUNDS; round++) {
        key0[round] = key.key0 + round * SWK_PHILOX_WEYL_0;
        key1[round] = key.key1 + round * SWK_PHILOX_WEYL_1;
    }
    const vu multiplier0 = v_splat_bits(SWK_PHILOX_MULTIPLIER_0);
    const vu multiplier1 = v_splat_bits(SWK_PHILOX_MULTIPLIER_1);
    vu block = first_block + v_lane_numbers();
    for (size_t i = 0; i < count; i += 2 * WIDTH) {
        //  Only the low half of a lane counts; what is left in the high half does no harm.
        vu c0 = block, c1 = block >> 32;
        vu c2 = v_splat_bits(key.stream), c3 = v_splat_bits(key.stream >> 32);
#pragma clang loop unroll(full)
        for (int round = 0; round < SWK_PHILOX_ROUNDS; round++) {
            vu product0 = v_multiply_low(c0, multiplier0);
            vu product1 = v_multiply_low(c2, multiplier1);
            c0 = (product1 >> 32) ^ c1 ^ v_splat_bits(key0[round]);
            c1 = product1;
            c2 = (product0 >> 32) ^ c3 ^ v_splat_bits(key1[round]);
            c3 = product0;
        }
        if (count - i >= 2 * WIDTH) {
            s_box_muller(out + i, c0, c1, c2, c3);
        } else {
            double rest[2 * WIDTH];
            s_box_muller(rest, c0, c1, c2, c3);
            memcpy(out + i, rest, (count - i) * sizeof *out);
        }
        block += WIDTH;
    }
}
