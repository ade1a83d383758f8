"""Most probable kernels of tiny networks, by other means than the program's.

Independent of the solver under test: three data points, so that every average is a product of
Gauss-Hermite rules in three dimensions instead of an average over draws; a damped fixed-point
iteration with the width lowered in steps instead of Newton's method; and for smooth activations the
backward equation with phi' and phi'' instead of the identity with <h h^T>.

Forward, on h ~ N(0, C_{l-1}) with the weight exp((g/N) phi^T T_l phi):

    C_l = g <phi phi^T>_l + g_b
    T_L = 1/2 [ (C_L + kappa)^-1 y y^T (C_L + kappa)^-1 - (C_L + kappa)^-1 ]
    T_l[a,b] = g <phi'_a T_{l+1}[a,b] phi'_b> + delta_ab g <phi''_a (T_{l+1} phi)_a>
               + (2 g^2/N) <phi'_a (T_{l+1} phi)_a phi'_b (T_{l+1} phi)_b>

To first order in 1/N the weight is expanded once and the last term dropped. relu, whose second
derivative is a delta function, has T_l = (N/2) (C_l^-1 <h h^T> C_l^-1 - C_l^-1).

Prints CSV without a head: activation, order in 1/N (1 or, in full, 2), width, depth, layer, then the
lower triangles of C_l and of T_l by rows.
Run: python3 theory_tiny.py > theory_tiny.csv   (numpy, scipy; some minutes on one core)
"""
import numpy as np
from scipy.special import erf, expit

X = np.array([[0.9, -0.4], [-0.3, 1.1], [0.7, 0.8]])
Y = np.array([1.0, -1.0, 0.5])
GAIN, BIAS, KAPPA = 1.3, 0.1, 0.05
P, D = X.shape
C0 = GAIN / D * X @ X.T + BIAS
ROOT_PI = np.sqrt(np.pi)

PHI = {
    "erf": (
        erf,
        lambda x: 2 / ROOT_PI * np.exp(-x * x),
        lambda x: -4 / ROOT_PI * x * np.exp(-x * x),
    ),
    "tanh": (
        np.tanh,
        lambda x: 1 / np.cosh(x) ** 2,
        lambda x: -2 * np.tanh(x) / np.cosh(x) ** 2,
    ),
    "silu": (
        lambda x: x * expit(x),
        lambda x: expit(x) * (1 + x * expit(-x)),
        lambda x: expit(x) * expit(-x) * (2 + x * (expit(-x) - expit(x))),
    ),
    "relu": (lambda x: np.maximum(x, 0), None, None),
}


def nodes(count):
    x, w = np.polynomial.hermite_e.hermegauss(count)
    grid = np.stack([a.ravel() for a in np.meshgrid(x, x, x, indexing="ij")], axis=1)
    weight = np.einsum("i,j,k->ijk", w, w, w).ravel()
    keep = weight > 1e-18 * weight.max()
    return grid[keep], weight[keep] / weight.sum()


Z, WEIGHT = nodes(48)


def layer(phi, kernel, conjugate, width, order):
    """C_l, T_{l-1} and <h h^T> from C_{l-1} and T_l."""
    value, slope, curvature = phi
    h = Z @ np.linalg.cholesky(kernel).T
    f = value(h)
    u = f @ conjugate
    tilt = GAIN / width * np.einsum("ia,ia->i", f, u)
    if order == "full":
        w = WEIGHT * np.exp(tilt)
        w /= w.sum()
        forward = GAIN * (f * w[:, None]).T @ f + BIAS
    else:
        w = WEIGHT
        centred = 1 + tilt - (WEIGHT * tilt).sum()
        forward = GAIN * (f * (WEIGHT * centred)[:, None]).T @ f + BIAS
    if slope is None:
        second = (h * w[:, None]).T @ h
        inverse = np.linalg.inv(kernel)
        return forward, width / 2 * (inverse @ second @ inverse - inverse)
    s = slope(h)
    back = GAIN * conjugate * ((s * w[:, None]).T @ s)
    back += np.diag(GAIN * (w[:, None] * curvature(h) * u).sum(axis=0))
    if order == "full":
        v = s * u
        back += 2 * GAIN**2 / width * (v * w[:, None]).T @ v
    return forward, back


def output(kernel):
    inverse = np.linalg.inv(kernel + KAPPA * np.eye(P))
    a = inverse @ Y
    return 0.5 * (np.outer(a, a) - inverse)


def solve(phi, width, depth, order):
    kernels, conjugates = [], [np.zeros((P, P))] * depth
    c = C0
    for _ in range(depth):
        c = layer(phi, c, np.zeros((P, P)), 1.0, "linear")[0]
        kernels.append(c)
    for n in (1000.0 * width, 100.0 * width, 10.0 * width, 4.0 * width, 2.0 * width, width):
        for _ in range(4000):
            made = [layer(phi, ([C0] + kernels)[l], conjugates[l], n, order) for l in range(depth)]
            tilted = [made[l + 1][1] for l in range(depth - 1)] + [output(kernels[-1])]
            change = max(
                max(np.abs(made[l][0] - kernels[l]).max() for l in range(depth)),
                max(np.abs(tilted[l] - conjugates[l]).max() for l in range(depth)),
            )
            kernels = [0.5 * k + 0.5 * m[0] for k, m in zip(kernels, made)]
            conjugates = [0.5 * t + 0.5 * m for t, m in zip(conjugates, tilted)]
            if change < 1e-11:
                break
        else:
            raise SystemExit(f"no solution at width {n}: change {change}")
    return kernels, conjugates


LOWER = np.tril_indices(P)
for name, order, width, depth in [
    ("erf", "full", 30, 3),
    ("erf", "linear", 100, 3),
    ("tanh", "full", 20, 2),
    ("silu", "full", 40, 2),
    ("silu", "linear", 100, 2),
    ("relu", "full", 40, 2),
]:
    found = solve(PHI[name], float(width), depth, order)
    for l in range(depth):
        numbers = list(found[0][l][LOWER]) + list(found[1][l][LOWER])
        print(f"{name},{1 if order == 'linear' else 2},{width},{depth},{l + 1}," + ",".join(f"{x:.10g}" for x in numbers))
