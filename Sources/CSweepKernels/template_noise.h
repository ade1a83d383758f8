//  Noise by vectors, with s_named(encrypted) for two blocks of the generator. Included once for each
//  kind of AES instruction. See noise.h; operation by operation as the reference.

//  Groups of which the words are made before the first normal.
#define NOISE_BATCH 16

INLINE vf s_named(radius)(const swk_noise_constants *constants, vw word)
{
    const swk_noise_spread *p = constants->logarithm;
    const vf u = f_fma(
        f_from_integers((vs)(word >> 1)), f_load(constants->unit),
        f_load(constants->half_unit));
    const vs exponent = ((vs)u - SWK_NOISE_BITS_SQRT_HALF) >> 23;
    const vf f = (vf)((vs)u - (exponent << 23)) + f_load(constants->minus_one);
    const vf q = f * f;
    vf sum = f_fma(f_load(p[7]), f, f_load(p[6]));
#pragma clang loop unroll(full)
    for (int i = 4; i >= 0; i -= 2) {
        sum = f_fma(sum, q, f_fma(f_load(p[i + 1]), f, f_load(p[i])));
    }
    sum = f_fma(f, f_load(constants->minus_two), q * sum);
    return f_sqrt(
        f_fma(f_from_integers(exponent), f_load(constants->minus_two_ln2), sum));
}

INLINE vf s_named(series)(const swk_noise_spread *coefficient, vf z)
{
    vf sum = f_load(coefficient[4]);
#pragma clang loop unroll(full)
    for (int i = 3; i >= 0; i--) {
        sum = f_fma(sum, z, f_load(coefficient[i]));
    }
    return sum;
}

//  One group.
INLINE void s_named(store_group)(
    float *out, const swk_noise_constants *constants, vw first, vw second)
{
    const vf radius = s_named(radius)(constants, first);
    const vf t = f_from_integers((vs)second) * f_load(constants->half_unit), z = t * t;
    const vf x = s_named(series)(constants->cosine, z);
    f_store(out, radius * (vf)((vw)x ^ (first << 31)));
    f_store(out + F_WIDTH, radius * (t * s_named(series)(constants->sine, z)));
}

//  out[r][i], r < rows, i < count: normals number 16 * (first_group + r * row_groups) + i.
static void s_named(noise)(
    float *out, size_t rows, size_t count, swk_random_key key, uint64_t first_group,
    uint64_t row_groups)
{
    __m256i keys[SWK_ARS_ROUNDS + 1];
    uint64_t low = (uint64_t)key.key1 << 32 | key.key0, high = 0;
    for (int round = 0; round <= SWK_ARS_ROUNDS; round++) {
        keys[round] = (__m256i)(vu){low, high, low, high};
        low += SWK_ARS_WEYL_LOW;
        high += SWK_ARS_WEYL_HIGH;
    }
    const vu next = {2, 0, 2, 0};
    const swk_noise_constants *constants = &swk_noise_spread_constants;
    for (size_t row = 0; row < rows; row++) {
        const uint64_t block = SWK_NOISE_BLOCKS * (first_group + row * row_groups);
        vu counter = {block, key.stream, block + 1, key.stream};
        for (size_t left = count; left > 0;) {
            const size_t now
                = left < NOISE_BATCH * SWK_NOISE_GROUP ? left : NOISE_BATCH * SWK_NOISE_GROUP;
            const size_t groups = (now + SWK_NOISE_GROUP - 1) / SWK_NOISE_GROUP;
            vw words[2 * NOISE_BATCH + 2];
            for (size_t n = 0; n < 2 * groups; n += 4) {
#pragma clang loop unroll(full)
                for (size_t k = 0; k < 4; k++) {
                    words[n + k] = (vw)s_named(encrypted)(keys, (__m256i)counter);
                    counter += next;
                }
            }
            const size_t whole = now / SWK_NOISE_GROUP;
            for (size_t n = 0; n < whole; n++) {
                //  So that the compiler does not know that they are always the same, and leaves them
                //  in memory, from where instructions take them: it would load more than there are
                //  registers, and move them about.
                __asm__("" : "+r"(constants));
                s_named(store_group)(
                    out + n * SWK_NOISE_GROUP, constants, words[2 * n], words[2 * n + 1]);
            }
            if (whole < groups) {
                float rest[SWK_NOISE_GROUP];
                s_named(store_group)(rest, constants, words[2 * whole], words[2 * whole + 1]);
                memcpy(out + whole * SWK_NOISE_GROUP, rest, now % SWK_NOISE_GROUP * sizeof *out);
            }
            out += now;
            left -= now;
        }
    }
}

#undef NOISE_BATCH
