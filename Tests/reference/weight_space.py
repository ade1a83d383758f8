"""Energy, gradient, kernels and tangent kernel of tiny networks at given weights, and log evidences.

Independent of the code under test: plain numpy, the Jacobian by central differences. The weights are those of a formula,
theta_k = scale * sin(1 + 1.7 k + 0.3 k^2 mod 7), so that a test needs no file. Prints Swift literals.

`evidence` lines: ln p(y) = ln <exp(-U)>_prior - (P/2) ln 2 pi over networks drawn from the prior.

Run: python3 weight_space.py   (numpy, scipy; about two minutes on one core)
"""
import numpy as np

from posterior_importance import BIAS, GAIN, KAPPA, PHI, X, Y, batch

P, D = X.shape


def parameters(count):
    k = np.arange(count)
    return 0.8 * np.sin(1 + 1.7 * k + (0.3 * k * k) % 7)


def unpack(theta, width, depth):
    """V, b0, W1, b1, ..., w, b: of each layer the weights, one row a neuron, then the biases."""
    layers, at = [], 0
    for layer in range(depth + 1):
        rows = 1 if layer == depth else width
        columns = D if layer == 0 else width
        layers.append((theta[at : at + rows * columns].reshape(rows, columns), theta[at + rows * columns : at + rows * (columns + 1)]))
        at += rows * (columns + 1)
    return layers, at


def output(theta, name, width, depth):
    layers, _ = unpack(theta, width, depth)
    h, hidden = X, []
    for weights, biases in layers[:-1]:
        h = PHI[name](h @ weights.T + biases)
        hidden.append(h)
    return (h @ layers[-1][0].T + layers[-1][1])[:, 0], hidden


def precision(width, depth):
    parts = []
    for layer in range(depth + 1):
        rows = 1 if layer == depth else width
        columns = D if layer == 0 else width
        parts += [np.full(rows * columns, columns / GAIN), np.full(rows, 1 / BIAS)]
    return np.concatenate(parts)


def energy(theta, name, width, depth):
    f, _ = output(theta, name, width, depth)
    return 0.5 * ((f - Y) ** 2).sum() + 0.5 * KAPPA * (precision(width, depth) * theta**2).sum()


def network(name, width, depth):
    count = unpack(np.zeros(10**6), width, depth)[1]
    theta = parameters(count)
    step = 1e-6
    jacobian = np.stack(
        [(output(theta + step * e, name, width, depth)[0] - output(theta - step * e, name, width, depth)[0]) / (2 * step) for e in np.eye(count)], 1
    )
    f, hidden = output(theta, name, width, depth)
    gradient = jacobian.T @ (f - Y) + KAPPA * precision(width, depth) * theta
    kernels = [GAIN / width * h @ h.T + BIAS for h in hidden]
    last = kernels[-1] + KAPPA * np.eye(P)
    u = 0.5 * Y @ np.linalg.solve(last, Y) + 0.5 * np.linalg.slogdet(last)[1]
    top = np.linalg.eigvalsh(jacobian @ jacobian.T)[-1]
    probe = gradient @ np.cos(np.arange(count))
    print(
        f'        .init("{name}", width: {width}, depth: {depth}, energy: {energy(theta, name, width, depth):.12f}, '
        f"gradient: ({np.sqrt(gradient @ gradient):.8f}, {probe:.8f}), entry: {kernels[-1][0, 1]:.12f}, "
        f"potential: {u:.12f}, eigenvalue: {top:.7f}),"
    )


def evidence(name, width, depth, batches=60, count=20_000):
    rng = np.random.default_rng([sum(map(ord, name)), depth, 1])
    w = np.exp(np.concatenate([batch(rng, PHI[name], width, depth, count)[0] for _ in range(batches)]))
    print(
        f'        .init("{name}", width: {width}, depth: {depth}, value: {np.log(w.mean()) - P / 2 * np.log(2 * np.pi):.5f}, '
        f"error: {w.std() / np.sqrt(len(w)) / w.mean():.5f}),",
        flush=True,
    )


if __name__ == "__main__":
    for name in PHI:
        for depth in (1, 3):
            network(name, 5, depth)
    for name, width, depth in [("erf", 6, 1), ("erf", 6, 2), ("tanh", 12, 3), ("relu", 24, 2), ("linear", 6, 2)]:
        evidence(name, width, depth)
