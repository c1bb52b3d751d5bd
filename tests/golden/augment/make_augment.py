"""Makes augment.npz: colours, float resizing and mosaics as NumPy and OpenCV compute them.

Made with Python 3.11, NumPy 1.24.2, OpenCV 4.6.0. Run in this folder: python3 make_augment.py
The rules are those of MMDetection 2.x (mmdet/datasets/pipelines/transforms.py), with everything random given as a number.
"""
import cv2
import numpy as np

rng = np.random.default_rng(5)
arrays = {}

# A small picture with black, white, grey and saturated pixels among noise.
image = rng.integers(0, 256, (12, 17, 3), dtype=np.uint8)
image[0, :8] = [[0, 0, 0], [255, 255, 255], [128, 128, 128], [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [1, 0, 0]]
arrays["image"] = image
arrays["hsv"] = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_BGR2HSV)
arrays["bgr"] = cv2.cvtColor(arrays["hsv"], cv2.COLOR_HSV2BGR)


def distort(picture, brightness, early, saturation, hue, late, order):
    out = picture.astype(np.float32)
    out += brightness
    out *= early
    out = cv2.cvtColor(out, cv2.COLOR_BGR2HSV)
    out[..., 1] *= saturation
    turned = out[..., 0] + np.float32(hue)
    turned[turned > 360] -= 360
    turned[turned < 0] += 360
    out[..., 0] = turned
    out = cv2.cvtColor(out, cv2.COLOR_HSV2BGR)
    out *= late
    return out[..., order]


cases = [
    (0, 1, 1, 0, 1, (0, 1, 2)),
    (31.5, 1, 1, 0, 1, (0, 1, 2)),            # beyond 255
    (-30.25, 1, 1, 0, 1, (0, 1, 2)),          # below 0
    (0, 1.4, 1, 0, 1, (2, 0, 1)),
    (0, 1, 1.5, 0, 1, (0, 1, 2)),             # saturation above 1
    (0, 1, 1, -17.9, 1, (0, 1, 2)),           # hue below 0
    (0, 1, 1, 17.9, 1, (1, 0, 2)),            # hue above 360
    (12.5, 1, 0.6, 9.5, 0.7, (2, 1, 0)),
    (-8.75, 0.55, 1.3, -4.5, 1, (1, 2, 0)),
]
arrays["distort_numbers"] = np.array([case[:5] for case in cases], np.float64)
arrays["distort_channels"] = np.array([case[5] for case in cases], np.int64)
for i, case in enumerate(cases):
    arrays[f"distorted_{i}"] = distort(image, *case)
arrays["resized"] = cv2.resize(arrays["distorted_7"], (23, 19), interpolation=cv2.INTER_LINEAR)


def mosaic(parts, scale, centre):
    height, width = scale
    canvas = np.full((2 * height, 2 * width, 3), 114, np.uint8)
    boxes, labels = [], []
    for i, (picture, own_boxes, own_labels) in enumerate(parts):
        ratio = min(height / picture.shape[0], width / picture.shape[1])
        picture = cv2.resize(
            picture, (int(picture.shape[1] * ratio), int(picture.shape[0] * ratio)), interpolation=cv2.INTER_LINEAR)
        h, w = picture.shape[:2]
        left = centre[0] - w if i % 2 == 0 else centre[0]
        top = centre[1] - h if i < 2 else centre[1]
        for y in range(h):
            for x in range(w):
                if 0 <= top + y < 2 * height and 0 <= left + x < 2 * width:
                    canvas[top + y, left + x] = picture[y, x]
        boxes.append(np.float32(ratio) * own_boxes + np.float32([left, top, left, top]))
        labels.append(own_labels)
    boxes, labels = np.concatenate(boxes), np.concatenate(labels)
    boxes[:, 0::2] = boxes[:, 0::2].clip(0, 2 * width)
    boxes[:, 1::2] = boxes[:, 1::2].clip(0, 2 * height)
    inside = (boxes[:, 0] < 2 * width) & (boxes[:, 2] > 0) & (boxes[:, 1] < 2 * height) & (boxes[:, 3] > 0)
    return canvas, boxes[inside], labels[inside]


sizes = [(20, 30), (30, 20), (15, 15), (9, 31)]
parts = []
for i, (h, w) in enumerate(sizes):
    picture = rng.integers(0, 256, (h, w, 3), dtype=np.uint8)
    corners = np.sort(rng.random((3, 2, 2)), axis=1) * [w, h]
    own_boxes = np.concatenate([corners[:, 0], corners[:, 1]], 1).astype(np.float32)
    own_labels = np.arange(3) + 3 * i
    parts.append((picture, own_boxes, own_labels))
    arrays[f"part_{i}"], arrays[f"part_boxes_{i}"], arrays[f"part_labels_{i}"] = picture, own_boxes, own_labels
arrays["mosaic_scale"] = np.array([24, 28])
arrays["mosaic_centres"] = np.array([(28, 24), (14, 12), (42, 36), (15, 35)])
for i, centre in enumerate(arrays["mosaic_centres"]):
    arrays[f"mosaic_{i}"], arrays[f"mosaic_boxes_{i}"], arrays[f"mosaic_labels_{i}"] = mosaic(parts, (24, 28), centre)

np.savez_compressed("augment.npz", **arrays)
