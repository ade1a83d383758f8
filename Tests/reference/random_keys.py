"""Random keys and the first numbers of their streams, by a second implementation.

Prints the known answers of Tests/SweepPhysicsTests/Random: Philox4x32-10 (Salmon et al. 2011), the
hash of the fields into a key, and normals by the Box-Muller transform.
"""

import math
import struct

MASK = 0xFFFFFFFF


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & MASK, (a >> 32) ^ c[3] ^ k[1], a & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def random_key(random_key, purpose, seed, point=None):
    message = b"critsweep random key 1\0" + struct.pack("<Qq", random_key, seed)
    message += struct.pack("<Q", len(purpose.encode())) + purpose.encode()
    if point is None:
        message += b"\0"
    else:
        message += b"\1" + struct.pack("<Q", len(point.encode())) + point.encode()
    message += b"\x80"
    message += b"\0" * (-len(message) % 8)
    state = [0, 0, 0, 0]
    for start in range(0, len(message), 8):
        block = philox(state, struct.unpack("<2I", message[start:start + 8]))
        state = [s ^ b for s, b in zip(state, block)]
    return state


def block(state, number, neighbour=0):
    stream = (state[2] | state[3] << 32) + neighbour & (1 << 64) - 1
    return philox([number & MASK, number >> 32, stream & MASK, stream >> 32], state[:2])


def normals(state, count):
    out = []
    for b in range((count + 1) // 2):
        w = block(state, b)
        u1 = (((w[1] << 32 | w[0]) >> 11) + 1) * 2.0**-53
        u2 = ((w[3] << 32 | w[2]) >> 11) * 2.0**-53
        r = math.sqrt(-2 * math.log(u1))
        out += [r * math.cos(2 * math.pi * u2), r * math.sin(2 * math.pi * u2)]
    return out[:count]


if __name__ == "__main__":
    print("zero", " ".join(f"{w:08x}" for w in philox([0] * 4, [0] * 2)))
    for case in [
        (0, "data", 0, None), (0, "data", 0, ""), (0, "data", 1, None), (1, "data", 0, None),
        (0, "chain", 3, "depth=3;gain=1.2;width=500"), (2**64 - 1, "test_points", -1, "µ"),
    ]:
        print(case, [f"0x{w:08x}" for w in random_key(*case)])
    state = random_key(0, "chain", 3, "depth=3;gain=1.2;width=500")
    print("normals", normals(state, 6))
    print("bits", [hex(block(state, n, 1)[0] | block(state, n, 1)[1] << 32) for n in (0, 1, 2**40)])
