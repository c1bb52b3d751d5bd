#!/usr/bin/env python3
"""Draws the packages' icon: a box found around an object, with its two mixture components below. python3 icon.py > icon.png"""
import math
import struct
import sys
import zlib

SIZE, SAMPLES = 128, 4
INK, ORANGE, BLUE, PAPER = (23, 37, 63), (230, 159, 0), (86, 180, 233), (255, 255, 255)


def inside_rounded(x, y, left, top, right, bottom, radius):
    """Whether a point lies in a rectangle with round corners."""
    dx = max(left + radius - x, 0, x - (right - radius))
    dy = max(top + radius - y, 0, y - (bottom - radius))
    return left <= x <= right and top <= y <= bottom and dx * dx + dy * dy <= radius * radius


def color_at(x, y):
    """The colour of a point, or None outside the icon."""
    if not inside_rounded(x, y, 2, 2, 126, 126, 22):
        return None
    if inside_rounded(x, y, 24, 20, 104, 76, 8) and not inside_rounded(x, y, 31, 27, 97, 69, 3):
        return ORANGE                                                       # the box
    if (x - 64) ** 2 / 22 ** 2 + (y - 48) ** 2 / 13 ** 2 <= 1:
        return PAPER                                                        # the object
    positive = 108 - 24 * math.exp(-((x - 46) / 11) ** 2 / 2)
    negative = 108 - 18 * math.exp(-((x - 84) / 14) ** 2 / 2)
    if 18 <= x <= 110 and min(positive, negative) <= y <= 110:
        return ORANGE if positive < negative else BLUE                      # the mixture of its anchors' losses
    return INK


def pixel(column, row):
    """Red, green, blue, alpha: the mean of samples in the pixel."""
    steps = [(i + 0.5) / SAMPLES for i in range(SAMPLES)]
    found = [c for dx in steps for dy in steps if (c := color_at(column + dx, row + dy))]
    if not found:
        return bytes(4)
    return bytes(round(sum(c[i] for c in found) / len(found)) for i in range(3)) + bytes([round(255 * len(found) / SAMPLES ** 2)])


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


rows = b"".join(b"\0" + b"".join(pixel(x, y) for x in range(SIZE)) for y in range(SIZE))
sys.stdout.buffer.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0))
                        + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))
