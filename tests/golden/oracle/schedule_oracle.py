#!/usr/bin/env python3
"""Learning rate of every iteration of MMDetection's four PAA schedules, as runs of equal rates.

    schedule_oracle.py GOLDEN_FOLDER

Written from the description of mmcv's hooks: a rate is set at the start of an epoch and held; before each iteration up to the end
of the warm-up it is replaced. The state is carried along as a trainer would, nothing is computed from the iteration alone. The
1x schedule is compared with the rows of schedule/lr_1x.json, which come from paa_oracle.py. Python alone, no packages.
"""
import json
import pathlib
import sys

PER_EPOCH = 7330          # 117,266 COCO images with boxes, in groups by aspect, over 8 GPUs of 2 images
BASE_RATE, GAMMA = 0.01, 0.1
WARMUP_ITERS, WARMUP_RATIO = 500, 0.001
SCHEDULES = {             # file: (epochs, 0-based epochs of decay, configurations)
    "1x": (12, (8, 11), ("paa_r50_fpn_1x_coco", "paa_r101_fpn_1x_coco")),
    "1.5x": (18, (12, 16), ("paa_r50_fpn_1.5x_coco",)),
    "2x": (24, (16, 22), ("paa_r50_fpn_2x_coco", "paa_r101_fpn_2x_coco")),
    "3x": (36, (28, 34), ("paa_r50_fpn_mstrain_3x_coco", "paa_r101_fpn_mstrain_3x_coco")),
}


def train(epochs, decay_epochs):
    """Yields (epoch, iteration, rate) of a whole run."""
    iteration = 0
    for epoch in range(epochs):
        passed = 0
        for start in decay_epochs:
            if epoch >= start:
                passed += 1
        rate = held = BASE_RATE * GAMMA ** passed
        for _ in range(PER_EPOCH):
            if iteration < WARMUP_ITERS:
                missing = (1 - iteration / WARMUP_ITERS) * (1 - WARMUP_RATIO)
                rate = held * (1 - missing)
            elif iteration == WARMUP_ITERS:
                rate = held
            yield epoch, iteration, rate
            iteration += 1


def runs_of(steps):
    """[[count, rate], ...] of neighbours with equal rates."""
    runs = []
    for _, _, rate in steps:
        if runs and runs[-1][1] == rate:
            runs[-1][0] += 1
        else:
            runs.append([1, rate])
    return runs


def main(folder):
    for name, (epochs, decay_epochs, configs) in SCHEDULES.items():
        steps = list(train(epochs, decay_epochs))
        sample = folder / f"lr_{name}.json"
        if sample.exists():
            for row in json.loads(sample.read_text())["rows"]:
                assert abs(steps[row["iteration"]][2] - row["lr"]) <= 1e-15, row
                assert steps[row["iteration"]][0] == row["epoch"], row
        content = dict(configs=configs, epochs=epochs, iterations_per_epoch=PER_EPOCH, runs=runs_of(steps))
        (folder / f"full_{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) / "schedule")
