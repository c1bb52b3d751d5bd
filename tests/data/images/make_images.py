#!/usr/bin/env python3
"""Small files of many kinds, and beside each, as NAME.expected.png, what OpenCV decodes (IMREAD_COLOR).

Made with OpenCV 4.6.0, numpy 1.24 (Debian 12), seed 7:  python3 make_images.py FOLDER
The tests of Paa.Imaging compare their own decoding with the expected pixels, which must be equal.
"""
import pathlib
import struct
import sys
import zlib

import cv2
import numpy as np

RNG = np.random.RandomState(7)
H, W = 21, 34
PICTURE = cv2.resize(RNG.randint(0, 256, (5, 7, 3), np.uint8), (W, H), interpolation=cv2.INTER_CUBIC)


def encode(extension, image, *options):
    return cv2.imencode(extension, image, list(options))[1].tobytes()


def exif_block(orientation, order=">"):
    head = b"MM\0*" if order == ">" else b"II*\0"
    return head + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def with_segments(jpeg, *bodies):
    return jpeg[:2] + b"".join(segment(0xE1, b) for b in bodies) + jpeg[2:]


def exif(orientation, order=">"):
    return b"Exif\0\0" + exif_block(orientation, order)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def palette_png():
    """Four colours, one of them transparent."""
    rows = RNG.randint(0, 4, (H, W)).astype(np.uint8)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", W, H, 8, 3, 0, 0, 0))
            + chunk(b"PLTE", bytes(RNG.randint(0, 256, 12).tolist())) + chunk(b"tRNS", b"\xff\x00\x80\xff")
            + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def four_component_jpeg(adobe_transform):
    """A baseline JPEG of 24x16 in four inks, each block of one colour (only DC coefficients)."""
    bits, count = "", 0
    last = [0] * 4
    for _ in range(6):                                             # blocks of 8x8, four components each
        for c in range(4):
            value = int(RNG.randint(-60, 61))
            delta, last[c] = value - last[c], value
            size = abs(delta).bit_length()
            bits += format(size, "04b")                            # all DC codes have 4 bits
            if size:
                bits += format(delta if delta > 0 else delta + (1 << size) - 1, f"0{size}b")
            bits += "0"                                            # end of block
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8)).replace(b"\xff", b"\xff\0")
    return (b"\xff\xd8" + segment(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, adobe_transform))
            + segment(0xDB, b"\0" + bytes([16] * 64))
            + segment(0xC0, struct.pack(">BHHB", 8, 16, 24, 4) + b"".join(bytes([c + 1, 0x11, 0]) for c in range(4)))
            + segment(0xC4, b"\x00" + bytes([0, 0, 0, 12] + [0] * 12) + bytes(range(12)))
            + segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\0")
            + segment(0xDA, b"\4" + b"".join(bytes([c + 1, 0]) for c in range(4)) + b"\0\x3f\0") + data + b"\xff\xd9")


def with_tiff_tag(tiff, tag, value):
    """Appends a new directory that has one more tag of type SHORT."""
    at = struct.unpack("<I", tiff[4:8])[0]
    count = struct.unpack("<H", tiff[at:at + 2])[0]
    entries = [tiff[at + 2 + 12 * i:at + 14 + 12 * i] for i in range(count)] + [struct.pack("<HHIHH", tag, 3, 1, value, 0)]
    entries.sort(key=lambda e: struct.unpack("<H", e[:2])[0])
    return (tiff[:4] + struct.pack("<I", len(tiff)) + tiff[8:]
            + struct.pack("<H", count + 1) + b"".join(entries) + b"\0\0\0\0")


def big_tiff(tiff):
    """The same picture with 64-bit offsets (values that fit in four bytes only)."""
    at = struct.unpack("<I", tiff[4:8])[0]
    count = struct.unpack("<H", tiff[at:at + 2])[0]
    size = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8}
    body, entries = bytearray(b"II+\0" + struct.pack("<HHQ", 8, 0, 0)), []
    strip = {}
    for i in range(count):
        tag, kind, n, value = struct.unpack("<HHII", tiff[at + 2 + 12 * i:at + 14 + 12 * i])
        length = size[kind] * n
        raw = tiff[value:value + length] if length > 4 else struct.pack("<I", value)[:length]
        entries.append([tag, kind, n, raw])
        strip[tag] = raw
    offset, length = struct.unpack("<I", strip[273].ljust(4, b"\0"))[0], struct.unpack("<I", strip[279].ljust(4, b"\0"))[0]
    pixels_at = len(body)
    body += tiff[offset:offset + length]
    for e in entries:
        if e[0] == 273:
            e[1], e[3] = 4, struct.pack("<I", pixels_at)
    directory = len(body)
    body[8:16] = struct.pack("<Q", directory)
    body += struct.pack("<Q", count)
    for tag, kind, n, raw in entries:
        body += struct.pack("<HHQ", tag, kind, n) + raw[:8].ljust(8, b"\0")
    return bytes(body + struct.pack("<Q", 0))


def files():
    jpeg = encode(".jpg", PICTURE)
    yield "baseline.jpg", jpeg
    yield "progressive.jpg", encode(".jpg", PICTURE, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    yield "restart.jpg", encode(".jpg", PICTURE, cv2.IMWRITE_JPEG_RST_INTERVAL, 2)
    yield "gray.jpg", encode(".jpg", PICTURE[..., 1])
    yield "cmyk.jpg", four_component_jpeg(0)
    yield "ycck.jpg", four_component_jpeg(2)
    for orientation in range(1, 9):
        yield f"exif{orientation}.jpg", with_segments(jpeg, exif(orientation))
    yield "exif_little_endian.jpg", with_segments(jpeg, exif(6, "<"))
    yield "exif_invalid.jpg", with_segments(jpeg, exif(9))
    yield "xmp_before_exif.jpg", with_segments(jpeg, b"http://ns.adobe.com/xap/1.0/\0<x/>", exif(6))
    yield "two_exif.jpg", with_segments(jpeg, exif(3), exif(6))
    png = encode(".png", PICTURE)
    yield "rgb.png", png
    yield "gray.png", encode(".png", PICTURE[..., 0])
    yield "rgba.png", encode(".png", np.dstack([PICTURE, PICTURE[..., 0]]))
    yield "gray16.png", encode(".png", RNG.randint(0, 65536, (H, W), np.uint16))
    yield "rgba16.png", encode(".png", RNG.randint(0, 65536, (H, W, 4), np.uint16))
    yield "bilevel.png", encode(".png", PICTURE[..., 0], cv2.IMWRITE_PNG_BILEVEL, 1)
    yield "palette.png", palette_png()
    yield "exif6.png", png[:33] + chunk(b"eXIf", exif_block(6)) + png[33:]
    yield "rgb.bmp", encode(".bmp", PICTURE)
    yield "gray.bmp", encode(".bmp", PICTURE[..., 2])
    yield "rgba.bmp", encode(".bmp", np.dstack([PICTURE, PICTURE[..., 0]]))
    yield "lossy.webp", encode(".webp", PICTURE, cv2.IMWRITE_WEBP_QUALITY, 80)
    yield "lossless.webp", encode(".webp", PICTURE, cv2.IMWRITE_WEBP_QUALITY, 101)
    yield "rgba.webp", encode(".webp", np.dstack([PICTURE, PICTURE[..., 0]]), cv2.IMWRITE_WEBP_QUALITY, 80)
    tiff = encode(".tiff", PICTURE, cv2.IMWRITE_TIFF_COMPRESSION, 1)
    yield "plain.tiff", tiff
    yield "lzw.tiff", encode(".tiff", PICTURE)
    yield "gray.tiff", encode(".tiff", PICTURE[..., 0])
    yield "rgb16.tiff", encode(".tiff", RNG.randint(0, 65536, (H, W, 3), np.uint16))
    yield "rotated6.tiff", with_tiff_tag(tiff, 274, 6)
    yield "big.tiff", big_tiff(encode(".tiff", PICTURE[..., 1], cv2.IMWRITE_TIFF_COMPRESSION, 1))


def main():
    folder = pathlib.Path(sys.argv[1])
    for name, data in files():
        (folder / name).write_bytes(data)
        decoded = cv2.imread(str(folder / name), cv2.IMREAD_COLOR)
        again = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None and np.array_equal(decoded, again), name
        cv2.imwrite(str(folder / (name + ".expected.png")), decoded)
        print(f"{name:24} {len(data):6} bytes, {decoded.shape[0]}x{decoded.shape[1]}")


if __name__ == "__main__":
    main()
