#!/usr/bin/env python3
"""Does Adam settle at the learning rate of configs/mnist-training/structure.yaml? The same network, data and
batches in PyTorch: prints epoch, share of held-out images that are right, and loss.

    configs/get-mnist
    python3 Tests/reference/digits_adam.py [SEED [EPOCHS]]
"""
import os
import sys

import numpy as np
import torch

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../configs/mnist")


def images():
    pixels = np.fromfile(os.path.join(FOLDER, "train-images-idx3-ubyte"), dtype=np.uint8)[16:]
    labels = np.fromfile(os.path.join(FOLDER, "train-labels-idx1-ubyte"), dtype=np.uint8)[8:]
    return ((pixels.reshape(-1, 784) / 255 - 0.1307) / 0.3081).astype(np.float32), labels.astype(np.int64)


def main(seed, epochs):
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    inputs, labels = images()
    of = [np.where(labels == digit)[0] for digit in range(10)]
    train, held = (np.concatenate([part(places) for places in of])
                   for part in (lambda places: places[:450], lambda places: places[-50:]))
    x, y = torch.tensor(inputs[train]), torch.nn.functional.one_hot(torch.tensor(labels[train]), 10).float()
    held_x, held_y = torch.tensor(inputs[held]), torch.tensor(labels[held])
    layers = []
    for before, after in zip((784, 200, 200, 200, 200), (200, 200, 200, 200, 10)):
        layer = torch.nn.Linear(before, after)
        torch.nn.init.xavier_normal_(layer.weight, gain=0.5)
        torch.nn.init.zeros_(layer.bias)
        layers += [layer] + ([torch.nn.LeakyReLU()] if after != 10 else [])
    network = torch.nn.Sequential(*layers)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.005)
    for epoch in range(epochs):
        if epoch % 13 == 0:
            with torch.no_grad():
                right = (network(held_x).argmax(1) == held_y).float().mean().item()
                loss = 0.5 * ((network(x) - y) ** 2).mean().item()
            print(epoch, f"{right:.3f} {loss:.2g}", flush=True)
        order = torch.randperm(len(x))
        for start in range(0, len(x), 64):
            batch = order[start:start + 64]
            loss = 0.5 * torch.nn.functional.mse_loss(network(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0, int(sys.argv[2]) if len(sys.argv) > 2 else 660)
