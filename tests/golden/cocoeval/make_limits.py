"""COCO's figures with other limits on the number of detections (maxDets) -> limits.json.

The figures come from ../oracle/coco_eval_oracle.py. As in pycocotools, limits are sorted, AP is taken at 100 detections, all other
precisions at the largest limit, and AR at each limit in turn."""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "oracle"))
import coco_eval_oracle as coco  # noqa: E402


def load(name):
    with open(os.path.join(HERE, name)) as file:
        return json.load(file)


def main():
    rows = []
    for name in ("many_dets", "crowd"):
        for limits in ([100, 300, 1000], [100, 1, 10], [5, 100, 200]):
            coco.MAX_DETS = tuple(sorted(limits))
            out = coco.evaluate(load(f"{name}_gt.json"), load(f"{name}_dt.json"))
            at_100 = coco.MAX_DETS.index(100)
            stats = [coco._mean(out["precision"][:, :, :, 0, at_100])] + out["stats"][1:]
            rows.append(dict(name=name, limits=limits, stats=[float(value) for value in stats], ap=out["per_category"]))
    with open(os.path.join(HERE, "limits.json"), "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


if __name__ == "__main__":
    main()
