"""Points drawn from a small pool of digits, by a second implementation.

Prints Tests/reference/digit_points.csv: 200 images of 3 x 4 pixels, made by a formula that
Tests/SweepPhysicsTests/Data/DigitFixtures.swift has too, digits 0 and 3, for two seeds 7 training
and 5 held-out points. Columns: random key, seed, set, number of the point, target, pixels 0, 5, 11.
"""

import math

from random_keys import block, random_key

COUNT, PIXELS = 200, 12
pixels = [[(37 * i + 11 * j * j + i * j * j) % 256 for j in range(PIXELS)] for i in range(COUNT)]
labels = [(7 * i + i // 9) % 10 for i in range(COUNT)]
FIRST, SECOND = 0, 3

pool = [pixels[i] for i in range(COUNT) if labels[i] in (FIRST, SECOND)]
counts = [sum(image.count(value) for image in pool) for value in range(256)]
total = float(len(pool) * PIXELS)
mean = float(sum(value * count for value, count in enumerate(counts))) / total
square = 0.0
for value, count in enumerate(counts):
    square += count * ((value - mean) * (value - mean))
deviation = math.sqrt(square / total)


def bits(state, number):
    words = block(state, number, neighbour=1)
    return words[1] << 32 | words[0]


def draw(key, seed):
    text = f"first_digit={FIRST};second_digit={SECOND};task=mnist"
    training, held_out = random_key(key, "data", seed, text), random_key(
        key, "test_points", seed, text)
    order = {
        digit: sorted((i for i in range(COUNT) if labels[i] == digit),
                      key=lambda i: (bits(training, i), i))
        for digit in (FIRST, SECOND)
    }
    for name, state, count, step in [("train", training, 7, 1), ("test", held_out, 5, -1)]:
        for point in range(count):
            pair = point // 2
            is_first = point % 2 == bits(state, (1 << 32) + pair) & 1
            digit = FIRST if is_first else SECOND
            image = pixels[order[digit][::step][pair]]
            x = [repr((image[j] - mean) / deviation) for j in (0, 5, 11)]
            print(",".join(map(str, [key, seed, name, point, 1 if is_first else -1] + x)))


if __name__ == "__main__":
    print("random_key,seed,set,point,target,x0,x5,x11")
    draw(0, 0)
    draw(5, 3)
