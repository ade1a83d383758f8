"""Posterior kernels of tiny networks by importance sampling in weight space.

Independent of the sampler under test: draws V, W, b from the prior, makes the layer kernels of each
network, and weights them with the marginal likelihood of the targets given C_L,

    w = exp(-1/2 y^T (C_L + kappa)^-1 y - 1/2 ln det(C_L + kappa)).

Prints one Swift literal a case: activation, width, depth, then for every layer l the posterior mean of CKA(C_l, y y^T)
and its standard error, then the posterior mean of C_L[0][1] and its standard error.
Run: python3 posterior_importance.py   (numpy, scipy; about 10 minutes on one core)
"""
import numpy as np
from scipy.special import erf, expit, ndtr

X = np.array([[0.9, -0.4], [-0.3, 1.1], [0.7, 0.8], [-1.2, -0.5]])
Y = np.array([1.0, -1.0, 0.5, -0.2])
GAIN, BIAS, KAPPA = 1.3, 0.1, 0.05
PHI = {
    "erf": erf,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "linear": lambda x: x,
    "silu": lambda x: x * expit(x),
    "gelu": lambda x: x * ndtr(x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
}
P, D = X.shape
H = np.eye(P) - 1.0 / P


def batch(rng, phi, width, depth, count):
    h = np.einsum("cij,aj->cai", rng.normal(size=(count, width, D)) * np.sqrt(GAIN / D), X)
    h += rng.normal(size=(count, 1, width)) * np.sqrt(BIAS)
    kernels = []
    for layer in range(1, depth + 1):
        f = phi(h)
        kernels.append(GAIN / width * f @ f.transpose(0, 2, 1) + BIAS)
        if layer < depth:
            w = rng.normal(size=(count, width, width)) * np.sqrt(GAIN / width)
            h = f @ w + rng.normal(size=(count, 1, width)) * np.sqrt(BIAS)
    k = kernels[-1] + KAPPA * np.eye(P)
    u = 0.5 * np.einsum("a,ca->c", Y, np.linalg.solve(k, np.broadcast_to(Y, (count, P))[..., None])[..., 0])
    u += 0.5 * np.linalg.slogdet(k)[1]
    yc = H @ Y
    columns = []
    for c in kernels:
        centred = H @ c @ H
        columns.append(np.einsum("a,cab,b->c", yc, centred, yc) / (np.sqrt((centred**2).sum((1, 2))) * (yc @ yc)))
    columns.append(kernels[-1][:, 0, 1])
    columns.append(u)
    return -u, np.stack(columns, 1)


def case(name, width, depth, batches=100, count=20_000):
    rng = np.random.default_rng([sum(map(ord, name)), depth])
    weights, values = [], []
    for _ in range(batches):
        lw, v = batch(rng, PHI[name], width, depth, count)
        weights.append(lw)
        values.append(v)
    lw = np.concatenate(weights)
    v = np.concatenate(values)
    w = np.exp(lw - lw.max())
    w /= w.sum()
    mean = w @ v
    error = np.sqrt((w[:, None] ** 2 * (v - mean) ** 2).sum(0))
    fraction = 1 / (w**2).sum() / len(w)
    cka = ", ".join(f"({m:.5f}, {e:.5f})" for m, e in zip(mean[:depth], error[:depth]))
    print(
        f'    .init("{name}", width: {width}, depth: {depth}, cka: [{cka}], '
        f"entry: ({mean[depth]:.5f}, {error[depth]:.5f}), potential: ({mean[depth + 1]:.5f}, {error[depth + 1]:.5f})),"
        f"  // weights {fraction:.3f}",
        flush=True,
    )


if __name__ == "__main__":
    # A relu network of few neurons has prior mass where two points activate none: kernels without Cholesky factor.
    for name, width, depth in [
        ("erf", 6, 1), ("erf", 6, 2), ("erf", 6, 4), ("tanh", 6, 2), ("tanh", 6, 3), ("relu", 6, 1), ("relu", 24, 2),
        ("leaky_relu", 6, 2), ("leaky_relu", 6, 3), ("linear", 6, 1), ("linear", 6, 2), ("silu", 6, 2), ("gelu", 6, 2),
        ("elu", 6, 2),
    ]:
        case(name, width, depth)
