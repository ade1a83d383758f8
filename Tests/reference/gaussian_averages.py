"""Reference values of Gaussian averages of activations, by plain quadrature of the definitions.

Writes gaussian_moments.csv (activation, K, <phi^2>, <phi'^2>, <phi'^2 + phi phi''>) and
gaussian_products.csv (activation, C11, C12, C22, <phi(h1) phi(h2)>), with 60-digit arithmetic. The
trapezoidal rule in h = c sinh u (smooth activations) or in h = +-exp u (kinked ones) converges
exponentially; step and range put its error below 1e-28, and below 1e-20 for kinked activations at
correlations near 1. No closed form is used anywhere.
"""

import csv
import sys
from mpmath import mp, mpf, exp, expm1, erf, erfc, tanh, sinh, cosh, asinh, sqrt, pi, nstr, quad, log

mp.dps = 60
LEAK = mpf("0.01")
# At correlations near 1 each inner integral of a kinked activation is adaptive, and slow: left out.
SKIPPED = {
    ("elu", ("1e4", "9999.5", "1e4")), ("elu", ("50", "-49.99", "50")),
    ("leaky_relu", ("2", "1.9999", "2")), ("leaky_relu", ("1e4", "9999.5", "1e4")),
    ("leaky_relu", ("50", "-49.99", "50")),
}


def density(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


def cumulative(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def logistic(x):
    return 1 / (1 + exp(-x))


def silu1(x):
    s = logistic(x)
    return s + x * s * (1 - s)


def silu2(x):
    s = logistic(x)
    return s * (1 - s) * (2 + x * (1 - 2 * s))


# value, slope, curvature (without the delta functions at kinks, which meet phi(0) = 0)
ACTIVATIONS = {
    "erf": (erf, lambda x: 2 / sqrt(pi) * exp(-x * x), lambda x: -4 / sqrt(pi) * x * exp(-x * x)),
    "tanh": (tanh, lambda x: 1 / cosh(x) ** 2, lambda x: -2 * tanh(x) / cosh(x) ** 2),
    "silu": (lambda x: x * logistic(x), silu1, silu2),
    "gelu": (lambda x: x * cumulative(x), lambda x: cumulative(x) + x * density(x),
             lambda x: density(x) * (2 - x * x)),
    "elu": (lambda x: x if x > 0 else expm1(x), lambda x: mpf(1) if x > 0 else exp(x),
            lambda x: mpf(0) if x > 0 else exp(x)),
    "relu": (lambda x: max(x, mpf(0)), lambda x: mpf(x > 0), lambda x: mpf(0)),
    "leaky_relu": (lambda x: x if x > 0 else LEAK * x, lambda x: mpf(1) if x > 0 else LEAK,
                   lambda x: mpf(0)),
}
SMOOTH = ("erf", "tanh", "silu", "gelu")
VARIANCES = ["1e-8", "1e-3", "0.1", "0.5", "1", "3", "10", "200", "1e4", "1e6"]
PRODUCTS = [
    ("1", "0.5", "1"), ("0.3", "-0.2", "2"), ("1e-4", "5e-5", "1e-4"), ("100", "-60", "50"),
    ("1e4", "3e3", "4e3"), ("1e-6", "5e-4", "1"), ("1e6", "5e5", "1e6"),
    ("2", "1.9999", "2"), ("1e4", "9999.5", "1e4"), ("50", "-49.99", "50"),
    ("3", "3", "3"), ("3", "-3", "3"), ("4", "2", "1"),
]


def nodes(smooth, variance, step, floor):
    """(h, dh/du step) of the rule; `floor` is the smallest |h| of the kinked rule, as a log."""
    deviation = sqrt(variance)
    top = deviation * 12
    if smooth:
        scale = min(mpf(1), deviation)
        count = int(asinh(top / scale) / step) + 1
        return [(scale * sinh(i * step), scale * cosh(i * step) * step)
                for i in range(-count, count + 1)]
    first, last = int(floor / step), int(log(top) / step) + 1
    positive = [(exp(i * step), exp(i * step) * step) for i in range(first, last + 1)]
    return [(-h, w) for h, w in positive] + positive


def moments(name, variance):
    phi, slope, curvature = ACTIVATIONS[name]
    deviation = sqrt(variance)
    step = mpf("0.06")
    rule = nodes(name in SMOOTH, variance, step, log(deviation) - 72)
    totals = [mpf(0)] * 3
    for h, w in rule:
        w = w * density(h / deviation) / deviation
        p, d = phi(h), slope(h)
        totals[0] += w * p * p
        totals[1] += w * d * d
        totals[2] += w * (d * d + p * curvature(h))
    return totals


def product(name, c11, c12, c22):
    phi = ACTIVATIONS[name][0]
    determinant = c11 * c22 - c12 * c12
    smooth = name in SMOOTH
    step = mpf("0.075")
    outer = nodes(smooth, c11, step, log(sqrt(c11)) - 36)
    if determinant == 0:
        ratio = c12 / c11
        return sum(w * density(h / sqrt(c11)) / sqrt(c11) * phi(h) * phi(ratio * h)
                   for h, w in outer)
    if determinant > c11 * c22 / 20 and not smooth:
        return kinked_product(phi, c11, c12, c22, step)
    if determinant > c11 * c22 / 20:
        inner = nodes(smooth, c22, step, log(sqrt(c22)) - 36)
        first = [(h, w * phi(h)) for h, w in outer]
        second = [(h, w * phi(h)) for h, w in inner]
        a, b, c = c22 / determinant / 2, -c12 / determinant, c11 / determinant / 2
        total = mpf(0)
        for h1, w1 in first:
            if w1 == 0:
                continue
            row = mpf(0)
            for h2, w2 in second:
                exponent = h1 * (a * h1 + b * h2) + c * h2 * h2
                if w2 != 0 and exponent < 90:
                    row += w2 * exp(-exponent)
            total += w1 * row
        return total / (2 * pi * sqrt(determinant))
    ratio = c12 / c11
    spread = sqrt(determinant / c11)
    total = mpf(0)
    if not smooth:
        # The kink moves with h1, so each inner integral is adaptive; 22 digits are enough there.
        outer = nodes(smooth, c11, mpf("0.1"), log(sqrt(c11)) - 25)
    fine = [(mpf(i) / 14, mpf(1) / 14) for i in range(-168, 169)]
    for h, w in outer:
        weight = w * phi(h) * density(h / sqrt(c11)) / sqrt(c11)
        if abs(weight) < (mpf("1e-34") if smooth else mpf("1e-25")):
            continue
        mean = ratio * h
        if smooth:
            row = sum(v * density(y) * phi(mean + spread * y) for y, v in fine)
        else:
            kink = -mean / spread
            points = [-11, kink, 11] if -11 < kink < 11 else [-11, 11]
            mp.dps = 22
            row = quad(lambda y: density(y) * phi(mean + spread * y), points)
            mp.dps = 60
        total += weight * row
    return total


def kinked_product(phi, c11, c12, c22, step):
    """The rule in h = +-exp u for both variables: h1 h2 needs the sum of two indices only."""
    determinant = c11 * c22 - c12 * c12
    a, b, c = c22 / determinant / 2, -c12 / determinant, c11 / determinant / 2

    def indices(variance):
        top = log(12 * sqrt(variance))
        return range(int((log(sqrt(variance)) - 36) / step), int(top / step) + 1)

    def weighted(index, sign, factor):
        h = exp(index * step)
        return h * step * phi(sign * h) * exp(-factor * h * h)

    rows, columns = indices(c11), indices(c22)
    mixed = range(rows[0] + columns[0], rows[-1] + columns[-1] + 1)
    total = mpf(0)
    for product_sign in (1, -1):
        cross = [exp(-product_sign * b * exp(k * step)) for k in mixed]
        for sign in (1, -1):
            first = [weighted(i, sign, a) for i in rows]
            second = [weighted(j, sign * product_sign, c) for j in columns]
            for i, x in enumerate(first):
                if x != 0:
                    total += x * sum(y * z for y, z in zip(second, cross[i:]) if y != 0)
    return total / (2 * pi * sqrt(determinant))


def main():
    names = sys.argv[1:] or list(ACTIVATIONS)
    if sys.argv[1:]:
        print("names given: only products, to standard output", file=sys.stderr)
        for name in names:
            for case in PRODUCTS:
                if (name, case) in SKIPPED:
                    continue
                print(",".join([name, *case, nstr(product(name, *map(mpf, case)), 25)]),
                      flush=True)
        return
    with open("gaussian_moments.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        for name in ACTIVATIONS:
            for k in VARIANCES:
                out.writerow([name, k] + [nstr(x, 25) for x in moments(name, mpf(k))])
    with open("gaussian_products.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        for name in ACTIVATIONS:
            for case in PRODUCTS:
                if (name, case) in SKIPPED:
                    continue
                value = product(name, *map(mpf, case))
                out.writerow([name, *case, nstr(value, 25)])
                file.flush()
                print(name, *case, nstr(value, 20), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
