#!/usr/bin/env python3
"""Makes this folder from BCCD in COCO format (640 x 480): halves images and boxes.

usage: make.py BCCD TARGET      BCCD has images/ and train.json, val.json, test.json
"""
import json
import pathlib
import sys

import cv2  # 4.6

SIZE, QUALITY = (320, 240), 85


def half(value):
    """The exact half of a whole number, written as short as it can be."""
    return value // 2 if value % 2 == 0 else value / 2


def halve(split):
    """Ids, names and order stay; what a detector does not read goes."""
    images = [{"id": image["id"], "file_name": image["file_name"], "width": SIZE[0], "height": SIZE[1]}
              for image in split["images"]]
    annotations = []
    for annotation in split["annotations"]:
        x, y, width, height = (half(value) for value in annotation["bbox"])
        annotations.append({
            "id": annotation["id"], "image_id": annotation["image_id"], "category_id": annotation["category_id"],
            "bbox": [x, y, width, height], "area": half(half(annotation["bbox"][2] * annotation["bbox"][3])), "iscrowd": 0,
        })
    return images, annotations, split["categories"]


def lines(items):
    return "[\n" + ",\n".join(json.dumps(item, separators=(",", ":")) for item in items) + "\n]"


source, target = map(pathlib.Path, sys.argv[1:])
(target / "images").mkdir(parents=True, exist_ok=True)
for name in "train", "val", "test":
    images, annotations, categories = halve(json.loads((source / f"{name}.json").read_text()))
    info = {"description": "BCCD blood cells at 320 x 240, official splits", "url": "github.com/Shenggan/BCCD_Dataset",
            "split": name}
    (target / f"{name}.json").write_text(
        f'{{\n"info":{json.dumps(info)},\n"images":{lines(images)},\n"annotations":{lines(annotations)},\n'
        f'"categories":{lines(categories)}\n}}\n')
    for image in images:
        photograph = cv2.imread(str(source / "images" / image["file_name"]))
        cv2.imwrite(str(target / "images" / image["file_name"]), cv2.resize(photograph, SIZE, interpolation=cv2.INTER_LINEAR),
                    [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
