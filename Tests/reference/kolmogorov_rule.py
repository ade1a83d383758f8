"""Gauss rule for the Kolmogorov distribution in the variable log s.

tanh(x) = E_s[erf(x / (sqrt(2) s))] where s has the Kolmogorov distribution
P(s < t) = 1 - 2 sum_k (-1)^(k-1) exp(-2 k^2 t^2)  (Andrews and Mallows 1974: a logistic variable is
a normal one whose standard deviation is 2 s). This prints the nodes s_i and weights w_i that
Sources/SweepPhysics/InfiniteWidth/KolmogorovRule.swift holds, and how well they do.
"""

from mpmath import (
    mp, mpf, exp, log, pi, sqrt, fsum, matrix, eigsy, erf, tanh, atan, nstr)

mp.dps = 80
NODES = 16


def density(s):
    if s < mpf("0.9"):
        return sqrt(2 * pi) * fsum(
            exp(-((2 * k - 1) ** 2) * pi**2 / (8 * s * s))
            * ((2 * k - 1) ** 2 * pi**2 / (4 * s**4) - 1 / s**2)
            for k in range(1, 12))
    return 8 * s * fsum((-1) ** (k - 1) * k * k * exp(-2 * k * k * s * s) for k in range(1, 20))


def discretised(step):
    rule = []
    for i in range(-200, 200):
        s = exp(i * step)
        if mpf("0.06") < s < 11:
            rule.append((s, step * s * density(s)))
    return rule


def gauss(count):
    """Stieltjes' procedure on the discretised measure, then Golub and Welsch."""
    fine = discretised(mpf("0.03"))
    x = [log(s) for s, _ in fine]
    w = [w for _, w in fine]
    before, now = [mpf(0)] * len(x), [mpf(1)] * len(x)
    alpha, beta, last = [], [], None
    for k in range(count):
        norm = fsum(a * p * p for a, p in zip(w, now))
        a = fsum(b * y * p * p for b, y, p in zip(w, x, now)) / norm
        b = norm / last if last else norm
        alpha.append(a)
        beta.append(b)
        last = norm
        before, now = now, [(y - a) * p - (b * q if k else 0) for y, p, q in zip(x, now, before)]
    jacobi = matrix(count)
    for i in range(count):
        jacobi[i, i] = alpha[i]
        if i:
            jacobi[i, i - 1] = jacobi[i - 1, i] = sqrt(beta[i])
    values, vectors = eigsy(jacobi)
    return [(exp(values[i]), beta[0] * vectors[0, i] ** 2) for i in range(count)]


if __name__ == "__main__":
    rule = gauss(NODES)
    for s, w in rule:
        print(f"({nstr(s, 20)}, {nstr(w, 20)}),")
    print("sum of weights - 1:", nstr(fsum(w for _, w in rule) - 1, 3))
    for x in ("1e-6", "0.3", "1", "3", "10"):
        x = mpf(x)
        got = fsum(w * erf(x / (sqrt(2) * s)) for s, w in rule)
        print("tanh", x, "relative error", nstr(got / tanh(x) - 1, 3))
