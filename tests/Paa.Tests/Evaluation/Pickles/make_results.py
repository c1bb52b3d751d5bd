"""Writes the files of PickledResultsTests.cs. Written with NumPy 1.24, PyTorch 1.13 (Debian 12), Python 3.11.

Three images (ids not in order, one without boxes), two classes, boxes of random numbers: as COCO's JSON, and as MMDetection's
tools/test.py --out pickles them: 2.x with mmcv.dump, which is protocol 2, and 3.x with mmengine.dump, the same.
"""
import json
import pickle
from pathlib import Path

import numpy as np
import torch

here = Path(__file__).parent
ids, categories = [30, 10, 20], [7, 3]
random = np.random.default_rng(5)


def boxes(count):
    corners = random.uniform(0, 300, (count, 2, 2))
    corners.sort(axis=1)
    return np.concatenate([corners.reshape(count, 4), random.uniform(0, 1, (count, 1))], 1).astype(np.float32)


results = [[boxes(3), boxes(1)], [boxes(0), boxes(0)], [boxes(0), boxes(4)]]

coco, samples = [], []
for image, classes in zip(ids, results):
    for category, rows in zip(categories, classes):
        for x1, y1, x2, y2, score in rows.tolist():
            coco.append(dict(image_id=image, bbox=[x1, y1, x2 - x1, y2 - y1], score=score, category_id=category))
    rows = torch.from_numpy(np.concatenate(classes))
    labels = torch.cat([torch.full((len(part),), label) for label, part in enumerate(classes)])
    samples.append(dict(
        img_id=image, img_path=f"{image}.jpg", ori_shape=(300, 300), scale_factor=(1.0, 1.0), pad_shape=torch.Size([300, 300]),
        pred_instances=dict(bboxes=rows[:, :4], scores=rows[:, 4], labels=labels)))

(here / "instances.json").write_text(json.dumps(dict(
    images=[dict(id=image, file_name=f"{image}.jpg", width=300, height=300) for image in ids],
    categories=[dict(id=category, name=f"c{category}") for category in categories],
    annotations=[dict(id=i + 1, image_id=row["image_id"], category_id=row["category_id"], bbox=row["bbox"], iscrowd=0,
                      area=row["bbox"][2] * row["bbox"][3]) for i, row in enumerate(coco[:5])])))
(here / "results.bbox.json").write_text(json.dumps(coco))


def dump(name, value, protocol):
    with open(here / name, "wb") as file:
        pickle.dump(value, file, protocol=protocol)


dump("results2.pkl", results, 2)
dump("results2-masks.pkl", [(classes, [[] for _ in classes]) for classes in results], 3)
dump("results2-protocol5.pkl", results, 5)
dump("results2-doubles.pkl", [[np.asfortranarray(rows.astype(">f8")) for rows in classes] for classes in results], 4)
dump("results3.pkl", samples, 2)
dump("results3-protocol4.pkl", samples, 4)
