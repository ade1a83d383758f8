"""<elu(h1) elu(h2)> at correlations near 1 in double precision (numpy), accurate to about 1e-13.

Outer integral: trapezoidal rule in log |h1|. Inner integral over h2 given h1: Gauss-Legendre on each
side of the kink. Prints the two values in GaussianAveragesTests that are too slow for
gaussian_averages.py, and one that it has (2, 1.9999, 2).
"""

import numpy as np

X, W = np.polynomial.legendre.leggauss(300)


def elu(h):
    return np.where(h > 0, h, np.expm1(np.minimum(h, 0)))


def product(c11, c12, c22, step=0.02):
    z = np.exp(np.arange(int(-40 / step), int(np.log(12) / step) + 1) * step)
    ratio, spread = c12 / c11, np.sqrt(c22 - c12 * c12 / c11)
    total = 0.0
    for sign in (1, -1):
        h = sign * np.sqrt(c11) * z
        weight = step * z * np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * elu(h)
        kink = np.clip(-ratio * h / spread, -9, 9)[:, None]
        inner = 0
        for a, b in ((-9 + 0 * kink, kink), (kink, 9 + 0 * kink)):
            y = (a + b) / 2 + (b - a) / 2 * X
            density = np.exp(-y * y / 2) / np.sqrt(2 * np.pi)
            inner = inner + ((b - a) / 2 * W * density * elu(ratio * h[:, None] + spread * y)).sum(1)
        total += (weight * inner).sum()
    return total


if __name__ == "__main__":
    for case in [(1e4, 9999.5, 1e4), (50, -49.99, 50), (2, 1.9999, 2)]:
        print(case, repr(float(product(*case))))
