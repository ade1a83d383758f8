"""Potential and gradient of tiny networks in function space at given variables, and posterior means.

Independent of the code under test: plain numpy, the gradient by central differences. The variables are those of a
formula, xi_k = sin(1 + 1.7 k + 0.3 k^2 mod 7) with k = (l P + a) N + i for layer l, point a, neuron i, so that a test needs
no file. Prints Swift literals.

`mean` lines: posterior means of CKA(C_l, y y^T) and U, from draws of xi ~ N(0, 1) weighted with exp(-U), with standard
errors: a third way to the numbers of posterior_importance.py, which draws weights.

Run: python3 function_space.py   (numpy, scipy; about two minutes on one core)
"""
import numpy as np

from posterior_importance import BIAS, GAIN, KAPPA, PHI, X, Y

P, D = X.shape
H = np.eye(P) - 1.0 / P


def input_factor():
    """Lower triangular A with A A^T = C_0, from the features; C_0 itself is singular here (4 points, 3 features)."""
    features = np.hstack([X * np.sqrt(GAIN / D), np.full((P, 1), np.sqrt(BIAS))])
    r = np.linalg.qr(features.T)[1]
    r *= np.sign(np.diag(r))[:, None]
    factor = np.zeros((P, P))
    factor[:, : r.shape[0]] = r.T
    return factor


def kernels(xi, name):
    """C_1 ... C_L for xi of shape (..., L, P, N)."""
    factor, result = input_factor(), []
    depth, width = xi.shape[-3], xi.shape[-1]
    for layer in range(depth):
        f = PHI[name](factor @ xi[..., layer, :, :])
        result.append(GAIN / width * f @ f.swapaxes(-1, -2) + BIAS)
        if layer + 1 < depth:
            factor = np.linalg.cholesky(result[-1])
    return result


def potential(kernel):
    k = kernel + KAPPA * np.eye(P)
    y = np.broadcast_to(Y, (*k.shape[:-2], P))[..., None]
    return 0.5 * (np.linalg.solve(k, y)[..., 0] @ Y) + 0.5 * np.linalg.slogdet(k)[1]


def density(name, width, depth):
    k = np.arange(depth * P * width)
    xi = np.sin(1 + 1.7 * k + (0.3 * k * k) % 7)

    def u(flat):
        return potential(kernels(flat.reshape(depth, P, width), name)[-1])

    step = 1e-6
    gradient = np.array([(u(xi + step * e) - u(xi - step * e)) / (2 * step) for e in np.eye(len(k))])
    last = kernels(xi.reshape(depth, P, width), name)[-1]
    print(
        f'        .init("{name}", width: {width}, depth: {depth}, potential: {u(xi):.12f}, entry: {last[0, 1]:.12f}, '
        f"gradient: ({np.sqrt(gradient @ gradient):.7f}, {gradient @ np.cos(k):.7f})),"
    )


def mean(name, width, depth, batches=40, count=20_000):
    rng = np.random.default_rng([sum(map(ord, name)), depth, 2])
    weights, values = [], []
    yc = H @ Y
    for _ in range(batches):
        layers = kernels(rng.normal(size=(count, depth, P, width)), name)
        u = potential(layers[-1])
        columns = []
        for c in layers:
            centred = H @ c @ H
            columns.append(np.einsum("a,cab,b->c", yc, centred, yc) / (np.sqrt((centred**2).sum((1, 2))) * (yc @ yc)))
        weights.append(np.exp(-u))
        values.append(np.stack(columns + [u], 1))
    w, v = np.concatenate(weights), np.concatenate(values)
    w /= w.sum()
    m = w @ v
    e = np.sqrt((w[:, None] ** 2 * (v - m) ** 2).sum(0))
    print(f'        // mean {name} {width} {depth}: ' + " ".join(f"({a:.5f}, {b:.5f})" for a, b in zip(m, e)), flush=True)


if __name__ == "__main__":
    # Kernels of a deep linear network have no Cholesky factor here; the code under test works in their range.
    for name in PHI:
        for depth in (1, 3):
            if name != "linear":
                density(name, 11, depth)
    for name, width, depth in [("erf", 6, 1), ("erf", 6, 2), ("tanh", 6, 2), ("silu", 6, 2)]:
        mean(name, width, depth)
