"""Critical gains by quadrature of the definitions and a bracketing root finder in 30 digits.

Writes critical_gains.csv: activation, g_b, g_crit, K*, chi_par at the critical point. K* solves
K = <phi^2>_K / <phi'^2>_K + g_b, and g_crit = 1 / <phi'^2>_K*. The starts of the iterations are
found by a coarse scan, every root of it is kept.
"""

import csv
from mpmath import mp, mpf, findroot, nstr
from gaussian_averages import moments

mp.dps = 30


def main():
    with open("critical_gains.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        for name in ("erf", "tanh", "silu", "gelu", "elu"):
            mp.dps = 15
            scan = []
            for i in range(-20, 30):
                k = mpf(10) ** (mpf(i) / 8)
                square, slope, _ = moments(name, k)
                scan.append((k, square / slope - k))
            for bias in ("0.001", "0.01", "0.05", "0.1", "0.2", "1"):
                for (k0, r0), (k1, r1) in zip(scan, scan[1:]):
                    if (r0 + mpf(bias)) * (r1 + mpf(bias)) > 0:
                        continue
                    mp.dps = 30

                    def rest(k):
                        square, slope, _ = moments(name, k)
                        return square / slope + mpf(bias) - k

                    root = findroot(rest, (k0, k1), solver="anderson", tol=mpf(10) ** -44)
                    _, slope, derivative = moments(name, root)
                    out.writerow([name, bias, nstr(1 / slope, 22), nstr(root, 22),
                                  nstr(derivative / slope, 22)])
                    file.flush()
                    mp.dps = 15


if __name__ == "__main__":
    main()
