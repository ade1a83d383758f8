//  Functions that are a node of a table and a short series: the nearest point c of a grid of step
//  1/128 is looked up together with the slope there, and a series in d = x - c does the rest. Arguments
//  beyond the end of the grid, NaN among them, are rare and take a second path. Included once by each
//  vector family, before the activations.

typedef struct {
    vd value, slope;
} s_jet;

//  Adding this to |x| <= SWK_TABLE_END rounds x to the grid; the low half of the sum's bits is then the
//  number of the grid point, signed.
#define GRID_ROUND (SWK_ROUND / SWK_TABLE_STEPS)

//  The nearest grid point c to |x| <= SWK_TABLE_END, where its pair of table entries is (in the low
//  half of each lane), and d = x - c.
typedef struct {
    vd c, d;
    vu place;
} s_node;

INLINE s_node s_nearest(vd x, vd round)
{
    const vd shifted = x + round;
    const vd c = shifted - round;
    return (s_node){c, x - c, (vu)shifted + (vu)shifted};
}

//  The step from the nearest grid point c to x: d = x - c, sum = x + c.
typedef struct {
    vd d, sum;
} s_step;

//  What a function of nodes finds in registers: GRID_ROUND and the constants of its series.
typedef struct {
    vd round, of[10];
} s_constants;

INLINE s_step s_step_to(vd x, const s_constants *constant, vu *place)
{
    const s_node node = s_nearest(x, constant->round);
    *place = node.place;
    return (s_step){node.d, x + node.c};
}

//  What replaces the entries beyond the end of a table; slope may not be NULL.
typedef void (*s_far)(double *value, double *slope, vd x, vu far);

//  Vectors that are looked through for arguments beyond the table before the first is replaced; and
//  those whose slopes are thrown away where they are not wanted.
#define LOOKED_THROUGH 64

//  A positive double is below SWK_TABLE_END, and no NaN, if the upper half of its bits is below these.
#define TABLE_END_BITS 0x40180000

//  The greatest words of the absolute values so far.
INLINE vw s_greatest(vw greatest, vd x)
{
    return v_greater_words(greatest, (vw)s_absolute(x));
}

//  Whether any of those is not in the table.
INLINE int s_is_far(vw greatest)
{
    return v_any((vu)((vs)greatest >= TABLE_END_BITS));
}

INLINE int s_any_far(const double *x, size_t vectors)
{
    vw greatest = f_splat_bits(0);
#pragma clang loop unroll_count(4)
    for (size_t n = 0; n < vectors; n++) {
        greatest = s_greatest(greatest, v_load(x + n * WIDTH));
    }
    return s_is_far(greatest);
}

//  A function of nodes: its value and slope one step from a node, what it is beyond the table, and its
//  constants.
typedef struct {
    s_jet (*near)(s_step, const vu *, const s_constants *);
    s_far far;
    s_constants (*constants)(void);
} s_function;

//  Any arguments. value may be x.
INLINE void s_map_anywhere(
    double *value, double *slope, const double *x, size_t vectors, const s_function function)
{
    const s_constants constant = function.constants();
    for (size_t n = 0; n < vectors; n++) {
        const vd at = v_load(x + n * WIDTH), a = s_absolute(at);
        vu place;
        const vd held = s_signed_like(v_min(a, v_splat(SWK_TABLE_END)), at);
        const s_step step = s_step_to(held, &constant, &place);
        const s_jet jet = function.near(step, &place, &constant);
        v_store(value + n * WIDTH, jet.value);
        v_store(slope + n * WIDTH, jet.slope);
        function.far(value + n * WIDTH, slope + n * WIDTH, at, ~(vu)(a <= SWK_TABLE_END));
    }
}

//  Arguments within the table, at least one vector. The places of a vector go through memory, from
//  where four addresses are had cheaper than from a register; they are on their way while the vector
//  before is finished. It is the number of instructions, not of multiplications, that counts.
INLINE void s_map_within(
    double *value, double *slope, const double *x, size_t vectors, const s_function function)
{
    const s_constants constant = function.constants();
    vu places[2];
    s_step step = s_step_to(v_load(x), &constant, &places[0]);
    size_t n = 0;
#pragma clang loop unroll_count(2)
    for (; n + 1 < vectors; n++) {
        const s_step next
            = s_step_to(v_load(x + (n + 1) * WIDTH), &constant, &places[(n + 1) % 2]);
        const s_jet jet = function.near(step, &places[n % 2], &constant);
        v_store(value + n * WIDTH, jet.value);
        v_store(slope + n * WIDTH, jet.slope);
        step = next;
    }
    const s_jet jet = function.near(step, &places[n % 2], &constant);
    v_store(value + n * WIDTH, jet.value);
    v_store(slope + n * WIDTH, jet.slope);
}

//  `is_within` says that all arguments are known to be in the table. `function` is a constant where it
//  is inlined.
INLINE void s_map_nodes(
    double *value, double *slope, const double *x, size_t count, const int is_within,
    const s_function function)
{
    double unwanted[LOOKED_THROUGH * WIDTH];
    while (count >= WIDTH) {
        size_t vectors = count / WIDTH;
        if ((!is_within || !slope) && vectors > LOOKED_THROUGH) {
            vectors = LOOKED_THROUGH;
        }
        double *to = slope ? slope : unwanted;
        if (__builtin_expect(!is_within && s_any_far(x, vectors), 0)) {
            s_map_anywhere(value, to, x, vectors, function);
        } else {
            s_map_within(value, to, x, vectors, function);
        }
        value += vectors * WIDTH;
        slope = slope ? slope + vectors * WIDTH : slope;
        x += vectors * WIDTH;
        count -= vectors * WIDTH;
    }
    if (count > 0) {
        double copy[WIDTH] = {0}, values[WIDTH], slopes[WIDTH];
        memcpy(copy, x, count * sizeof *copy);
        s_map_anywhere(values, slopes, copy, 1, function);
        memcpy(value, values, count * sizeof *values);
        if (slope) {
            memcpy(slope, slopes, count * sizeof *slopes);
        }
    }
}
