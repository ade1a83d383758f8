//  Standard normals from Philox blocks, one block a lane. Included once by each vector family.
//
//  Operation by operation the same as the reference, without fused multiply-add, so that every
//  family gives the same bits.

INLINE vd s_plain_polynomial(const double *coefficient, const int count, vd x)
{
    vd square = x * x;
    const int top = (count - 1) / 2 * 2;
    vd sum = v_splat(coefficient[top]);
    if (top + 1 < count) {
        sum = sum + coefficient[top + 1] * x;
    }
#pragma clang loop unroll(full)
    for (int i = top - 2; i >= 0; i -= 2) {
        sum = (coefficient[i] + coefficient[i + 1] * x) + square * sum;
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

//  A batch is made in three loops, each short enough for the CPU to work on several turns of it at
//  a time; in one loop everything would wait for the chain of rounds, logarithm and root.
#define BATCH 16

typedef struct {
    vu word0, word1, word2, word3;
} s_block;

typedef struct {
    uint64_t key0[SWK_PHILOX_ROUNDS], key1[SWK_PHILOX_ROUNDS];
    vu stream_low, stream_high;
} s_schedule;

//  Two vectors of blocks at once. Only the low half of a lane counts; what is left in the high half
//  does no harm.
INLINE void s_philox(s_block out[2], const s_schedule *schedule, vu first, vu second)
{
    const vu multiplier0 = v_splat_bits(SWK_PHILOX_MULTIPLIER_0);
    const vu multiplier1 = v_splat_bits(SWK_PHILOX_MULTIPLIER_1);
    s_block a = {first, first >> 32, schedule->stream_low, schedule->stream_high};
    s_block b = {second, second >> 32, schedule->stream_low, schedule->stream_high};
#pragma clang loop unroll(full)
    for (int round = 0; round < SWK_PHILOX_ROUNDS; round++) {
        const vu key0 = v_splat_bits(schedule->key0[round]);
        const vu key1 = v_splat_bits(schedule->key1[round]);
        vu a0 = v_multiply_low(a.word0, multiplier0), a1 = v_multiply_low(a.word2, multiplier1);
        vu b0 = v_multiply_low(b.word0, multiplier0), b1 = v_multiply_low(b.word2, multiplier1);
        a = (s_block){(a1 >> 32) ^ (a.word1 ^ key0), a1, (a0 >> 32) ^ (a.word3 ^ key1), a0};
        b = (s_block){(b1 >> 32) ^ (b.word1 ^ key0), b1, (b0 >> 32) ^ (b.word3 ^ key1), b0};
    }
    out[0] = a;
    out[1] = b;
}

//  The top 53 bits of the two words in the low halves of the lanes.
INLINE vu s_top_bits(vu low, vu high)
{
    return ((high << 32) | (low & 0xFFFFFFFF)) >> 11;
}

INLINE vd s_radius(vu k1)
{
    return v_sqrt(-2 * s_log(s_exact(k1 + 1) * SWK_UNIFORM_UNIT));
}

//  Writes 2 WIDTH normals.
INLINE void s_store_turned(double *out, vd radius, vu k2)
{
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

//  2 WIDTH `vectors` normals, at most a batch.
static void s_batch(double *out, size_t vectors, const s_schedule *schedule, vu block)
{
    vu k1[BATCH], k2[BATCH];
    vd radius[BATCH];
    for (size_t n = 0; n < vectors; n += 2) {
        s_block blocks[2];
        s_philox(blocks, schedule, block, block + WIDTH);
        k1[n] = s_top_bits(blocks[0].word0, blocks[0].word1);
        k2[n] = s_top_bits(blocks[0].word2, blocks[0].word3);
        k1[n + 1] = s_top_bits(blocks[1].word0, blocks[1].word1);
        k2[n + 1] = s_top_bits(blocks[1].word2, blocks[1].word3);
        block += 2 * WIDTH;
    }
    for (size_t n = 0; n < vectors; n++) {
        radius[n] = s_radius(k1[n]);
    }
    for (size_t n = 0; n < vectors; n++) {
        s_store_turned(out + n * 2 * WIDTH, radius[n], k2[n]);
    }
}

INLINE s_schedule s_schedule_of(swk_random_key key)
{
    s_schedule schedule = {
        .stream_low = v_splat_bits(key.stream), .stream_high = v_splat_bits(key.stream >> 32)};
    for (uint32_t round = 0; round < SWK_PHILOX_ROUNDS; round++) {
        schedule.key0[round] = key.key0 + round * SWK_PHILOX_WEYL_0;
        schedule.key1[round] = key.key1 + round * SWK_PHILOX_WEYL_1;
    }
    return schedule;
}

static void s_normals(double *out, size_t count, swk_random_key key, uint64_t first_block)
{
    const s_schedule schedule = s_schedule_of(key);
    vu block = first_block + v_lane_numbers();
    size_t vectors = count / (2 * WIDTH);
    while (vectors > 0) {
        const size_t now = vectors < BATCH ? vectors : BATCH;
        s_batch(out, now, &schedule, block);
        out += now * 2 * WIDTH;
        block += now * WIDTH;
        vectors -= now;
    }
    const size_t left = count % (2 * WIDTH);
    if (left > 0) {
        double rest[2 * WIDTH];
        s_batch(rest, 1, &schedule, block);
        memcpy(out, rest, left * sizeof *out);
    }
}
