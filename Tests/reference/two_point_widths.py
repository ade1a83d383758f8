"""The two-point task of the paper's default setting by PyTorch's automatic differentiation.

    .bench/venv/bin/python Tests/reference/two_point_widths.py WIDTH FIRST_SEED SEEDS

Single precision, ½ MSE, full batch, learning rate 0.005, leaky_relu, 20 hidden layers, Xavier-normal
weights of gain 1, biases 0; ends at a loss of 1e-9. Prints one line for each seed: the first epoch with
y >= dy2/4, where h began and ended in hidden layer 10, and the epochs trained.
"""

import math
import sys

import torch

torch.set_num_threads(1)
DEPTH, OBSERVED, RATE, EPOCHS = 20, 10, 0.005, 6000


def run(width, seed):
    torch.manual_seed(seed)
    sizes = [1] + [width] * DEPTH + [1]
    layers = [torch.nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]
    for layer in layers:
        torch.nn.init.xavier_normal_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    parameters = [p for layer in layers for p in layer.parameters()]
    x = torch.tensor([[-1.0], [0.0]])
    t = torch.tensor([[0.6], [0.6 + math.sqrt(0.5)]])
    half = first = None
    for epoch in range(EPOCHS):
        a = x
        for index, layer in enumerate(layers):
            a = layer(a)
            if index < DEPTH:
                a = torch.nn.functional.leaky_relu(a, 0.01)
            if index == OBSERVED:
                h = float(((a[1] - a[0]) ** 2).sum())
        first = h if first is None else first
        y = float(((a[1] - a[0]) ** 2).sum())
        if half is None and y >= 0.125:
            half = epoch
        loss = 0.5 * ((a - t) ** 2).mean()
        if float(loss) < 1e-9:
            break
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for p, g in zip(parameters, gradients):
                p -= RATE * g
    print(f"{width},{seed},{half},{first:.6g},{h:.6g},{epoch}", flush=True)


if __name__ == "__main__":
    width, start, count = map(int, sys.argv[1:4])
    print("width,seed,epoch_output_half,h_initial,h_final,epochs", flush=True)
    for number in range(start, start + count):
        run(width, number)
