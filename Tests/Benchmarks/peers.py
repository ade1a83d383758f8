"""The peers of `make bench`: PyTorch, JAX, numpy and BLAS calls, one thread each.

    peers.py torch|jax|numpy|blas

reads lines "CASE REPETITIONS" and answers each with "SECONDS CHECK": CPU seconds of one repetition.
"version" answers the version; "check PATH" compares with a file that SweepBenchmarks wrote, and answers
relative differences: of U and its gradient, in numpy of the tilted moments and the fraction of weights.
"""

import os
import sys
import time

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
# Settings that some machines carry for old libraries; they would slow a current numpy.
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import numpy as np

GAIN, BIAS, KAPPA = 1.2, 0.05, 1e-3

# Points, inputs, width, hidden layers, outputs, batches to choose from.
TRAININGS = {
    "train-500": (2, 1, 500, 20, 1, 1),
    "train-50": (2, 1, 50, 20, 1, 1),
    "train-784": (64, 784, 200, 4, 10, 10),
    "train-27": (64, 27, 100, 4, 1, 10),
}


def problem(points, width, depth):
    """Input factor A, targets y, whitened variables xi (L, P, N)."""
    random = np.random.default_rng(1)
    u = np.ones(100)
    v = np.concatenate([np.ones(50), -np.ones(50)])
    means = [(u, v, -u, -v)[p % 4] for p in range(points)]
    x = np.array(means) + np.sqrt(0.4) * random.standard_normal((points, 100))
    factor = np.linalg.cholesky(GAIN / 100 * x @ x.T + BIAS)
    y = np.where(np.arange(points) % 2 == 0, 1.0, -1.0)
    return factor, y, random.standard_normal((depth, points, width))


def read_check(path):
    numbers = np.fromfile(path)
    points, width, depth = (int(n) for n in numbers[:3])
    sizes = [points * points, points, depth * points * width, 1, depth * points * width]
    factor, y, xi, potential, gradient = np.split(numbers[3:], np.cumsum(sizes)[:-1])
    shape = (depth, points, width)
    return (factor.reshape(points, points), y, xi.reshape(shape), potential[0],
            gradient.reshape(shape))


class Torch:
    def __init__(self):
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        self.version = f"PyTorch {torch.__version__}"

    def potential(self, factor, y, xi):
        torch = self.torch
        depth, points, width = xi.shape
        for layer in range(depth):
            phi = torch.erf(factor @ xi[layer])
            kernel = (GAIN / width) * (phi @ phi.T) + BIAS
            if layer + 1 < depth:
                factor = torch.linalg.cholesky(kernel)
        factor = torch.linalg.cholesky(kernel + KAPPA * torch.eye(points, dtype=xi.dtype))
        white = torch.linalg.solve_triangular(factor, y[:, None], upper=False)
        return 0.5 * (white * white).sum() + factor.diagonal().log().sum()

    def gradient(self, factor, y, xi):
        xi = xi.detach().requires_grad_(True)
        potential = self.potential(factor, y, xi)
        return potential, self.torch.autograd.grad(potential, xi)[0]

    def check(self, path):
        factor, y, xi, potential, gradient = read_check(path)
        tensors = [self.torch.from_numpy(a.copy()) for a in (factor, y, xi)]
        found, slope = self.gradient(*tensors)
        return (abs(found.item() / potential - 1),
                np.abs(slope.numpy() - gradient).max() / np.abs(gradient).max())

    def gradient_case(self, points, width, depth):
        tensors = [self.torch.from_numpy(a) for a in problem(points, width, depth)]
        return lambda: self.gradient(*tensors)[0]

    def iteration_case(self):
        torch = self.torch
        factor, y, xi = (torch.from_numpy(a) for a in problem(12, 500, 3))
        delta, steps = 0.3, 5
        cosine, sine = np.cos(delta), np.sin(delta)
        state = {"xi": xi, "at": self.gradient(factor, y, xi)}

        def iteration():
            x, (potential, slope) = state["xi"], state["at"]
            v = torch.randn_like(x)
            before = potential.detach() + 0.5 * ((x * x).sum() + (v * v).sum())
            v = v - 0.5 * delta * slope
            for step in range(steps):
                x, v = cosine * x + sine * v, cosine * v - sine * x
                potential, slope = self.gradient(factor, y, x)
                v = v - (0.5 if step == steps - 1 else 1) * delta * slope
            after = potential.detach() + 0.5 * ((x * x).sum() + (v * v).sum())
            if torch.rand(()) < torch.exp(before - after):
                state["xi"], state["at"] = x, (potential, slope)
            return state["at"][0]

        return iteration

    def dense_case(self, points, depth, inputs, noise):
        """A network of `depth` layers of 500 and a readout; Langevin step, in place."""
        torch = self.torch
        generator = torch.Generator().manual_seed(1)
        sizes = [inputs] + [500] * depth + [1]
        x = torch.randn(points, inputs, generator=generator)
        y = torch.where(torch.arange(points) % 2 == 0, 1.0, -1.0)[:, None]
        weights = [
            (torch.randn(b, a, generator=generator) * (GAIN / a) ** 0.5).requires_grad_(True)
            for a, b in zip(sizes, sizes[1:])]
        rate = 1e-4

        def step():
            h = x
            for weight in weights[:-1]:
                h = torch.erf(h @ weight.T)
            loss = 0.5 * ((h @ weights[-1].T - y) ** 2).sum()
            slopes = torch.autograd.grad(loss, weights)
            with torch.no_grad():
                # theta <- (1 - rate gamma) theta - rate gradient + sqrt(2 kappa rate) z
                for weight, slope in zip(weights, slopes):
                    weight.mul_(0.99999).add_(slope, alpha=-rate)
                    weight.add_(torch.randn_like(weight), alpha=noise)
            return loss

        return step

    def train_case(self, points, inputs, width, depth, outputs, batches):
        """A step of gradient descent of an mlp with biases and leaky_relu; half the mean square. Where
        there are batches the points are taken from among so many times as many."""
        torch = self.torch
        linear, leaky_relu = torch.nn.functional.linear, torch.nn.functional.leaky_relu
        mse_loss = torch.nn.functional.mse_loss
        generator = torch.Generator().manual_seed(1)
        sizes = [inputs] + [width] * depth + [outputs]
        x = torch.randn(points * batches, inputs, generator=generator)
        y = torch.randn(points * batches, outputs, generator=generator)
        order = torch.randperm(points * batches, generator=generator)[:points]
        parameters = []
        for a, b in zip(sizes, sizes[1:]):
            weight = torch.randn(b, a, generator=generator) * (2 / (a + b)) ** 0.5
            parameters += [weight.requires_grad_(True), torch.zeros(b).requires_grad_(True)]

        def step():
            h, target = (x[order], y[order]) if batches > 1 else (x, y)
            for layer in range(depth):
                h = leaky_relu(linear(h, *parameters[2 * layer:2 * layer + 2]))
            loss = 0.5 * mse_loss(linear(h, *parameters[-2:]), target)
            slopes = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                torch._foreach_add_(parameters, slopes, alpha=-1e-4)
            return loss

        return step

    def make(self, case):
        if case in TRAININGS:
            return self.train_case(*TRAININGS[case])
        if case == "iteration-double":
            return self.iteration_case()
        if case == "langevin-single":
            return self.dense_case(12, 3, 100, 1e-4)
        return make_gradient(self, case)


class Jax:
    def __init__(self):
        import jax

        jax.config.update("jax_enable_x64", True)
        self.jax = jax
        self.version = f"JAX {jax.__version__}"

    def potential(self, xi, factor, y):
        jax, np_ = self.jax, self.jax.numpy
        depth, points, width = xi.shape
        for layer in range(depth):
            phi = jax.lax.erf(factor @ xi[layer])
            kernel = (GAIN / width) * (phi @ phi.T) + BIAS
            if layer + 1 < depth:
                factor = np_.linalg.cholesky(kernel)
        factor = np_.linalg.cholesky(kernel + KAPPA * np_.eye(points))
        white = jax.scipy.linalg.solve_triangular(factor, y, lower=True)
        return 0.5 * (white * white).sum() + np_.log(np_.diagonal(factor)).sum()

    def check(self, path):
        factor, y, xi, potential, gradient = read_check(path)
        found, slope = self.jax.value_and_grad(self.potential)(xi, factor, y)
        return (abs(float(found) / potential - 1),
                np.abs(np.asarray(slope) - gradient).max() / np.abs(gradient).max())

    def gradient_case(self, points, width, depth):
        factor, y, xi = (self.jax.numpy.asarray(a) for a in problem(points, width, depth))
        function = self.jax.jit(self.jax.value_and_grad(self.potential))

        def gradient():
            potential, slope = function(xi, factor, y)
            slope.block_until_ready()
            return potential

        return gradient

    def make(self, case):
        return make_gradient(self, case)


class Numpy:
    def __init__(self):
        import scipy
        from scipy.special import erf

        self.erf = erf
        self.version = f"numpy {np.__version__} with scipy {scipy.__version__}"

    def expectation(self, z, factor, tilt):
        """Weights exp(phi^T T phi), their sums, and the weighted second moments of phi and z."""
        phi = self.erf(factor @ z)
        exponent = np.einsum("ai,ai->i", phi, tilt @ phi)
        weights = np.exp(exponent - exponent.max())
        return weights.sum(), weights @ weights, (weights * phi) @ phi.T, (weights * z) @ z.T

    def check(self, path):
        """Of all draws, where the file has what was computed from one of each pair."""
        numbers = np.fromfile(path)
        points, pairs = (int(n) for n in numbers[:2])
        square = points * points
        z, factor, tilt, features, second, fraction = np.split(
            numbers[2:], np.cumsum([points * pairs, square, square, square, square]))
        z = z.reshape(points, pairs)
        total, squares, *moments = self.expectation(
            np.hstack([z, -z]), factor.reshape(points, points), tilt.reshape(points, points))
        lower = np.tril_indices(points)
        worst = 0.0
        for found, given in zip(moments, (features, second)):
            given = given.reshape(points, points)[lower]
            worst = max(worst, np.abs(found[lower] / total - given).max() / np.abs(given).max())
        return worst, abs(total * total / (2 * pairs * squares) / fraction[0] - 1)

    def make(self, case):
        """16,384 draws of 12 points."""
        points, draws = 12, 16384
        z = np.random.default_rng(1).standard_normal((points, draws // 2))
        z = np.hstack([z, -z])
        factor = 0.1 * np.tri(points, k=-1) + 0.9 * np.eye(points)
        tilt = np.full((points, points), -0.01) + 0.03 * np.eye(points)

        def tilted():
            total, squares, features, second = self.expectation(z, factor, tilt)
            return (features[0, 0] + second[0, 0]) / total + squares / total ** 2

        return tilted


class Blas:
    """Our own gradient with whole matrices: reverse mode by hand, one BLAS call (scipy's OpenBLAS) for each
    product, of triangles and symmetric matrices where BLAS has them; erf is scipy's."""

    def __init__(self):
        import scipy
        from scipy.linalg import blas, lapack
        from scipy.special import erf

        self.blas, self.lapack, self.erf = blas, lapack, erf
        self.version = f"BLAS calls from scipy {scipy.__version__}"

    def gradient(self, factor, y, xi, memory=None):
        """U and dU/dxi (L, P, N). Panels are (N, P) in Fortran's order, which is the same memory; with
        `memory` from a call before, nothing large is allocated."""
        blas, lapack = self.blas, self.lapack
        depth, points, width = xi.shape
        diagonal = np.diag_indices(points)
        phis, slopes, gradient = memory or [np.empty_like(xi) for _ in range(3)]
        factors = [np.asfortranarray(factor)]
        for layer in range(depth):
            phi, slope = phis[layer].T, slopes[layer].T
            slope[:] = xi[layer].T
            blas.dtrmm(1, factors[-1], slope, side=1, lower=1, trans_a=1, overwrite_b=1)
            self.erf(slope, out=phi)
            np.multiply(slope, slope, out=slope)
            np.negative(slope, out=slope)
            np.exp(slope, out=slope)
            slope *= 2 / np.sqrt(np.pi)
            kernel = blas.dsyrk(GAIN / width, phi, trans=1, lower=1) + BIAS
            if layer + 1 == depth:
                kernel[diagonal] += KAPPA
            factors.append(lapack.dpotrf(kernel, lower=1, clean=1)[0])
        top = factors.pop()
        white = blas.dtrsv(top, y, lower=1)
        potential = 0.5 * white @ white + np.log(top[diagonal]).sum()
        dual = blas.dtrsv(top, white, lower=1, trans=1)
        weight = GAIN / width * (lapack.dpotri(top, lower=1)[0] - np.outer(dual, dual))
        for layer in reversed(range(depth)):
            bar = gradient[layer].T
            blas.dsymm(1, weight, phis[layer].T, side=1, lower=1, c=bar, overwrite_c=1)
            bar *= slopes[layer].T
            blas.dtrmm(1, factors[layer], bar, side=1, lower=1, overwrite_b=1)
            if layer > 0:
                half = np.tril(blas.dgemm(1, bar, xi[layer].T, trans_a=1))
                half[diagonal] *= 0.5
                half = blas.dtrsm(1, factors[layer], half, lower=1, trans_a=1)
                half = blas.dtrsm(1, factors[layer], half, side=1, lower=1)
                weight = GAIN / width * (half + half.T)
        return potential, gradient

    def check(self, path):
        factor, y, xi, potential, gradient = read_check(path)
        found, slope = self.gradient(factor, y, xi)
        return abs(found / potential - 1), np.abs(slope - gradient).max() / np.abs(gradient).max()

    def gradient_case(self, points, width, depth):
        factor, y, xi = problem(points, width, depth)
        memory = [np.empty_like(xi) for _ in range(3)]
        return lambda: self.gradient(factor, y, xi, memory)[0]

    def make(self, case):
        return make_gradient(self, case)


def make_gradient(peer, case):
    sizes = {"gradient-double": (12, 500, 3), "large-double": (100, 2000, 2)}
    return peer.gradient_case(*sizes[case])


def main():
    peer = {"torch": Torch, "jax": Jax, "numpy": Numpy, "blas": Blas}[sys.argv[1]]()
    cases = {}
    for line in sys.stdin:
        words = line.split()
        if words[0] == "version":
            print(peer.version, flush=True)
        elif words[0] == "check":
            print(*("%.1e" % d for d in peer.check(words[1])), flush=True)
        else:
            case, repetitions = words[0], int(words[1])
            if case not in cases:
                cases[case] = peer.make(case)
                for _ in range(3):
                    cases[case]()
            body = cases[case]
            start = time.process_time()
            for _ in range(repetitions):
                check = body()
            seconds = (time.process_time() - start) / repetitions
            print(seconds, float(getattr(check, "detach", lambda: check)()), flush=True)


main()
