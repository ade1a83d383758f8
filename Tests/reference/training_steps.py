"""Training steps of small networks by PyTorch's automatic differentiation, in double precision.

Writes training_steps.csv, which Tests/SweepTrainingTests compares hand-written backward passes with:

    .bench/venv/bin/python Tests/reference/training_steps.py > Tests/reference/training_steps.csv

Parameters, inputs and targets are sines of their number, so that no file of weights is needed.
"""

import math

import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

INPUTS, OUTPUTS, POINTS, STEPS = 2, 2, 3, 20
CHANNELS, FILTER = 3, 3

ACTIVATIONS = {
    "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, 0.01),
    "relu": torch.relu,
    "tanh": torch.tanh,
    "elu": torch.nn.functional.elu,
    "silu": torch.nn.functional.silu,
    "linear": lambda z: z,
    "erf": torch.erf,
}


def sines(shape, scale, offset):
    count = math.prod(shape)
    numbers = [scale * math.sin(1.7 * n + offset) for n in range(count)]
    return torch.tensor(numbers).reshape(shape)


class Network:
    def __init__(self, architecture, activation, width, depth):
        self.architecture, self.f = architecture, ACTIVATIONS[activation]
        if architecture == "cnn":
            left = width - (FILTER - 1) * (depth + 1)
            shapes = [(width, INPUTS), (CHANNELS, 1, FILTER)]
            shapes += [(CHANNELS, CHANNELS, FILTER)] * (depth - 1)
            shapes += [(1, CHANNELS, FILTER), (OUTPUTS, left)]
        else:
            shapes = [(width, INPUTS)] + [(width, width)] * (depth - 1) + [(OUTPUTS, width)]
        self.parameters = []
        for index, shape in enumerate(shapes):
            scale = 1.2 / math.sqrt(math.prod(shape[1:]))
            self.parameters.append(sines(shape, scale, 0.3 + index))
            self.parameters.append(sines(shape[:1], 0.1, 0.8 + index))
        for parameter in self.parameters:
            parameter.requires_grad_(True)

    def hidden(self, x):
        """All activities after the nonlinearity, and the outputs last."""
        layers = len(self.parameters) // 2
        values = []
        a = x
        for k in range(layers):
            w, b = self.parameters[2 * k : 2 * k + 2]
            if w.dim() == 3:
                a = a.unsqueeze(1) if a.dim() == 2 else a
                z = torch.nn.functional.conv1d(a, w, b)
            else:
                z = a.flatten(1) @ w.T + b
            a = self.f(z) if k < layers - 1 else z
            if self.architecture == "resnet" and 2 <= k < layers - 1:
                a = a + values[k - 2]
            values.append(a)
        return values


def optimizer(name, parameters):
    if name == "momentum":
        return torch.optim.SGD(parameters, lr=0.02, momentum=0.9)
    if name == "adam":
        return torch.optim.Adam(parameters, lr=0.005)
    return torch.optim.SGD(parameters, lr=0.05)


def case(architecture, activation, optimizer_name="sgd", loss="half-mse"):
    depth = 2 if architecture == "cnn" else 4
    width = 12 if architecture == "cnn" else 5
    network = Network(architecture, activation, width, depth)
    x = sines((POINTS, INPUTS), 1.0, 2.1)
    t = sines((POINTS, OUTPUTS), 0.7, 4.3)
    steps = optimizer(optimizer_name, network.parameters)
    losses, norm = [], 0.0
    for step in range(STEPS):
        steps.zero_grad()
        value = ((network.hidden(x)[-1] - t) ** 2).mean() * (0.5 if loss == "half-mse" else 1)
        value.backward()
        if step == 0:
            norm = math.sqrt(sum((p.grad**2).sum().item() for p in network.parameters))
        steps.step()
        losses.append(value.item())
    with torch.no_grad():
        values = network.hidden(x)
        flat = torch.cat([p.flatten() for p in network.parameters])
        # One number that a wrong parameter anywhere changes.
        mixed = float((flat * torch.cos(0.7 * torch.arange(len(flat)))).sum())
        distances = [float(((v[1] - v[0]) ** 2).sum()) for v in values]
        outputs = [float(v) for v in values[-1].flatten()]
    numbers = [norm, losses[0], losses[1], losses[-1], mixed] + outputs
    numbers += [distances[0], distances[1], distances[-2]]
    print(",".join([architecture, activation, optimizer_name, loss] + [f"{n:.17g}" for n in numbers]))


if __name__ == "__main__":
    for name in ACTIVATIONS:
        case("mlp", name)
    for name in ["leaky_relu", "tanh", "silu"]:
        case("resnet", name)
        case("cnn", name)
    for architecture in ["mlp", "resnet", "cnn"]:
        case(architecture, "tanh", "momentum")
        case(architecture, "tanh", "adam")
    case("mlp", "tanh", "sgd", "mse")
