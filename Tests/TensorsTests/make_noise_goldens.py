"""Prints the tables of TorchNoiseGeneratorTests.swift and PhiloxNoiseGeneratorTests.swift.

Needs PyTorch (run with 2.15.0) and NumPy. Each line: seed, sizes drawn one after another, FNV-1a hash (64 bits) of all bytes.
"""

import numpy as np
import torch


def fnv(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def torch_draws(seed, sizes):
    generator = torch.Generator("cpu").manual_seed(seed)
    return b"".join(torch.randn(size, generator=generator).numpy().tobytes() for size in sizes)


def philox(counter, key):
    mask, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    counter = [word.astype(np.uint64) for word in counter]
    key = [np.uint64(word) for word in key]
    for turn in range(10):
        if turn:
            key = [(key[0] + np.uint64(0x9E3779B9)) & mask, (key[1] + np.uint64(0xBB67AE85)) & mask]
        first, second = counter[0] * np.uint64(0xD2511F53), counter[2] * np.uint64(0xCD9E8D57)
        counter = [(second >> shift) ^ counter[1] ^ key[0], second & mask,
                   (first >> shift) ^ counter[3] ^ key[1], first & mask]
    return [word.astype(np.uint32) for word in counter]


def philox_draw(seed, call, count):
    zeros = np.zeros(count, dtype=np.uint32)
    words = philox([zeros + np.uint32(call), zeros, np.arange(count, dtype=np.uint32), zeros],
                   (seed & 0xFFFFFFFF, seed >> 32))
    unit = np.array([2.3283064e-10], dtype=np.float32)
    turn = np.array([2.3283064e-10 * 6.2831855], dtype=np.float32)
    u, v = words[0] * unit + unit / 2, words[1] * turn + turn / 2
    return (np.sqrt(-2.0 * np.log(u)) * np.sin(v)).astype(np.float32)


TORCH = [
    (0, [4 * 64 * 64]), (42, [4 * 64 * 64]), (42, [16 * 128 * 128]), (1234, [4 * 96 * 104]), (42, [4 * 65 * 97]),
    (7, [3, 5, 1, 16, 2, 40, 7, 15, 17, 1, 1, 64, 1000, 9]), (2**63 + 12345678901, [1, 33, 2, 100]),
    (2**32 + 5, [20, 3]), (0, [15]), (0, [16]), (0, [1, 1, 1, 1]), (3, [0, 17, 0, 2]),
]
for seed, sizes in TORCH:
    print(f"torch ({seed}, {sizes}, 0x{fnv(torch_draws(seed, sizes)):016X})")
for seed, sizes in [(0, [4, 4]), (0x123456789ABCDEF0, [1, 2, 5]), (42, [16384])]:
    values = np.concatenate([philox_draw(seed, call, size) for call, size in enumerate(sizes)])
    print(f"philox ({seed}, {sizes}, first {values[:4].tolist()}, 0x{fnv(values.tobytes()):016X})")
