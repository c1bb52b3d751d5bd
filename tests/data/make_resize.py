#!/usr/bin/env python3
"""Prints resize.txt: sizes, and the SHA-1 of what OpenCV makes of them.

Made with OpenCV 4.6.0 (Debian 12):  python3 make_resize.py > resize.txt
A line is: height and width of the source, height and width of the result, kind, seed, SHA-1 of the result's bytes. Kinds: 1 bilinear,
3 area, 9 bilinear of a float image. The source's bytes are the upper ones of the numbers s = 1664525 s + 1013904223 mod 2^32 from the seed.
"""
import hashlib
import random

import cv2
import numpy as np


def sizes():
    random.seed(1)
    below = lambda limit: (random.randint(1, limit), random.randint(1, limit))
    for i in range(70):
        h, w = random.choice([below(12), below(100), below(60)])
        yield h, w, *random.choice([below(12), below(100), (max(1, h // 2), max(1, w // 2)), (2 * h, 2 * w), (max(1, h // 3), max(1, w // 3)),
                                    (h, below(60)[0]), (below(60)[0], w), (2 * h + 1, 2 * w - 1)])
    for i in range(20):
        (rows, columns), (h, w) = below(7), below(16)
        yield h * rows, w * columns, h, w


def picture(height, width, seed):
    values = bytearray()
    for _ in range(height * width * 3):
        seed = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
        values.append(seed >> 24)
    return np.frombuffer(bytes(values), np.uint8).reshape(height, width, 3)


for seed, (h, w, height, width) in enumerate(sizes()):
    for kind in (1, 3, 9):
        image = picture(h, w, seed)
        image = image.astype(np.float32) if kind == 9 else image
        result = cv2.resize(image, (width, height), interpolation=1 if kind == 9 else kind)
        print(h, w, height, width, kind, seed, hashlib.sha1(result.tobytes()).hexdigest())
