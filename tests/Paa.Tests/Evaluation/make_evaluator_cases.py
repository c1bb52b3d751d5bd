#!/usr/bin/env python3
"""Write evaluator_cases.json: small detection problems full of edge cases, and their COCO figures.

    make_evaluator_cases.py [--cases 150 --seed 0]

Needs numpy (made with 1.24). The figures come from tests/golden/oracle/coco_eval_oracle.py. Rows are compact:
objects [id, image, category, x, y, w, h, area, crowd], results [image, category, x, y, w, h, score].
Coordinates are small integers, scores have one or two digits: equal IoUs, IoUs of exactly 0.5 and 0.75, equal
scores and areas of exactly 1024 and 9216 are common.
"""
import argparse
import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "golden" / "oracle"))
import coco_eval_oracle as coco  # noqa: E402


def make_case(rng):
    images = [int(i) for i in rng.choice(100, rng.randint(1, 5), replace=False)]      # not sorted, 0 may occur
    categories = sorted(int(c) for c in rng.choice(30, rng.randint(1, 4), replace=False))
    if rng.rand() < 0.3:
        categories.reverse()
    crowd, digits = rng.choice([0, 0.1, 0.5]), rng.randint(1, 3)
    flood = rng.rand() < 0.1                       # more than 100 detections of one image and category
    objects, results = [], []
    ids = rng.permutation(60).tolist()             # id 0 occurs
    sides = np.array([1, 4, 8, 16, 32, 32, 64, 96, 96, 150])
    for image in images:
        own = []
        for _ in range(0 if rng.rand() < 0.2 else rng.poisson(3)):
            w, h = (int(v) for v in rng.choice(sides, 2))
            x, y = (int(v) for v in rng.randint(0, 40, 2))
            area = w * h if rng.rand() < 0.6 else int(w * h * rng.rand())
            own.append([int(ids.pop()), image, int(rng.choice(categories)), x, y, w, h, area, int(rng.rand() < crowd)])
        objects += own
        for _ in range(130 if flood else 0 if rng.rand() < 0.1 else rng.poisson(7)):
            category = int(rng.choice(categories)) if rng.rand() < 0.97 else 77      # 77 is not listed
            x, y = (int(v) for v in rng.randint(0, 40, 2))
            w, h = (int(v) for v in rng.choice(sides, 2))
            if own and rng.rand() < 0.8:
                _, _, category, x, y, w, h, _, _ = own[rng.randint(len(own))]
                kind = rng.randint(5)
                if kind == 1:
                    w *= 2                         # IoU exactly 0.5
                elif kind == 2 and w % 4 == 0:
                    w = w * 3 // 4                 # IoU exactly 0.75
                elif kind >= 3:
                    x, y = x + int(rng.randint(-3, 4)), y + int(rng.randint(-3, 4))
            results.append([image, category, x, y, w, h, round(float(rng.rand()), digits)])
    return dict(images=images, categories=categories, objects=objects, results=results)


def figures(case):
    dataset = dict(
        images=[dict(id=i) for i in case["images"]], categories=[dict(id=c) for c in case["categories"]],
        annotations=[dict(id=o[0], image_id=o[1], category_id=o[2], bbox=o[3:7], area=o[7], iscrowd=o[8])
                     for o in case["objects"]])
    out = coco.evaluate(dataset, [dict(image_id=r[0], category_id=r[1], bbox=r[2:6], score=r[6]) for r in case["results"]])
    return dict(stats=[float(v) for v in out["stats"]], ap=out["per_category"], ap50=out["per_category50"],
                precision_sum=float(out["precision"].sum()), recall_sum=float(out["recall"].sum()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = np.random.RandomState(args.seed)
    rows = []
    while len(rows) < args.cases:
        case = make_case(rng)
        if case["results"]:                        # pycocotools fails on an empty list
            rows.append(json.dumps(dict(**case, **figures(case)), separators=(",", ":")))
    (HERE / "evaluator_cases.json").write_text("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    main()
