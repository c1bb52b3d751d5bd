#!/usr/bin/env python3
"""Fifty training iterations from files on disk, in the reference: the whole chain of pixels, assignment, losses and SGD.

    trajectory.py --out DIR        writes DIR/trajectory (images as PNG, trajectories.json)

Six runs: frozen, trained batch norm and group norm, each in both profiles. Every iteration draws two images, their scale
and their flip; the draws are stored, so that a port can feed itself the same samples. `drift` is how far 2e-7 relative
noise on the initial weights moved the total loss of that iteration. An assignment is a decision: where two candidates are
nearly equal, rounding alone turns it, and the losses part. So weights are drawn anew until the noise turns no decision,
and the rate is low.
"""
import argparse
import itertools
import json
import math
import re
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

import paa_oracle as paa

CLASSES = ("box", "disc", "bar")
ITERATIONS, BATCH, WARMUP = 50, 2, 10
STEADY = 5e-4                    # largest drift of a stored run
SIZES = ((120, 160), (160, 120), (128, 176), (112, 112), (150, 200), (176, 128))      # height, width
LONG_SIDE, SHORT_SIDES = 192, (96, 128)
NORMS = dict(frozen=dict(base=8, frozen=1, lr=1e-4), batch=dict(base=8, frozen=-1, lr=3e-5),
             group=dict(base=32, frozen=-1, lr=3e-5))
PROFILES = dict(mmdet="mmdet", original="kkhoot")


def draw_image(rng, height, width):
    """A textured background with two to five shapes; returns BGR pixels, xyxy boxes and labels."""
    coarse = rng.randint(60, 196, (height // 24 + 1, width // 24 + 1, 3)).astype(np.uint8)
    image = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    boxes, labels = [], []
    for _ in range(rng.randint(2, 6)):
        label = int(rng.randint(len(CLASSES)))
        w, h = (int(v) for v in np.exp(rng.uniform(math.log(14), math.log(0.6 * min(height, width)), 2)))
        h = max(6, w // 4) if label == 2 else h
        x, y = int(rng.randint(0, width - w)), int(rng.randint(0, height - h))
        colour = tuple(int(v) for v in rng.randint(0, 256, 3))
        if label == 1:
            cv2.ellipse(image, (x + w // 2, y + h // 2), (w // 2, h // 2), 0, 0, 360, colour, -1)
        else:
            cv2.rectangle(image, (x, y), (x + w - 1, y + h - 1), colour, -1)
        boxes.append([x, y, x + w, y + h])
        labels.append(label)
    return image, boxes, labels


def build(norm, salt):
    """The network with weights that are hashes of their names, in the names of the norm."""
    kind = NORMS[norm]
    model = paa.PAA(18, len(CLASSES), kind["base"], 64, 64, kind["frozen"])
    if norm == "group":
        for module in list(model.backbone.modules()):
            for name, child in list(module.named_children()):
                if isinstance(child, nn.BatchNorm2d):
                    setattr(module, name, nn.GroupNorm(32, child.num_features))
    rename = lambda key: re.sub(r"\.bn(\d)\.", r".gn\1.", key) if norm == "group" else key
    own = paa.hash_uniform
    paa.hash_uniform = lambda name, count: own(salt + rename(name), count)
    paa.hash_fill(model)
    paa.hash_uniform = own
    model.train()
    if norm == "batch":
        for module in model.backbone.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.train()
    return model


def one_more_pixel(a, b, kind="iou", eps=1e-6):
    """The IoU targets of the authors' code count pixels: sides are one longer."""
    if kind != "iou":
        return plain_overlap(a, b, kind, eps)
    longer = lambda box: torch.cat([box[:, :2], box[:, 2:] + 1], 1)
    return plain_overlap(longer(a), longer(b), kind, eps)


plain_overlap = paa.pair_overlap


def train(norm, profile, salt, plan, images, noise=0.0):
    """Yields losses, rate and number of positives of each iteration."""
    model = build(norm, salt)
    if noise:
        generator = torch.Generator().manual_seed(1)
        with torch.no_grad():
            for value in model.parameters():
                value.mul_(1 + noise * torch.randn(value.shape, generator=generator))
    base_lr = NORMS[norm]["lr"]
    optimizer = paa.make_optimizer(model, base_lr)
    for iteration, draw in enumerate(plan):
        samples, gts, labels = [], [], []
        for index, short, flip in zip(draw["images"], draw["short_sides"], draw["flips"]):
            bgr, boxes, names = images[index]
            sample = paa.prepare_image(bgr, (LONG_SIDE, short), flip=bool(flip))
            samples.append(sample)
            gts.append(torch.from_numpy(paa.prepare_boxes(boxes, sample["scale_factor"], sample["img_shape"], bool(flip))))
            labels.append(torch.tensor(names))
        lr = paa.learning_rate(iteration, 0, base_lr, WARMUP, steps=())
        for group in optimizer.param_groups:
            group["lr"] = lr
        paa.pair_overlap = one_more_pixel if profile == "original" else plain_overlap
        losses, info = model.loss(torch.from_numpy(paa.collate([s["tensor"] for s in samples])), gts, labels, samples,
                                  scheme=PROFILES[profile])
        paa.pair_overlap = plain_overlap
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
        yield dict({k: round(float(v.detach()), 7) for k, v in losses.items()}, lr=lr, num_pos=info["num_pos"])


def steady_run(norm, profile, salt, plan, images):
    """The iterations with their drift; None if the noise turned a decision."""
    total = lambda step: step["loss_cls"] + step["loss_bbox"] + step["loss_iou"]
    steps = []
    for step, moved in zip(train(norm, profile, salt, plan, images), train(norm, profile, salt, plan, images, noise=2e-7)):
        step["drift"] = float(f"{abs(total(step) - total(moved)):.2g}")
        if step["num_pos"] != moved["num_pos"] or step["drift"] > STEADY:
            return None
        steps.append(step)
    print(norm, profile, salt, [round(total(s), 3) for s in steps[::7]], "drift", max(s["drift"] for s in steps), flush=True)
    return steps


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", required=True, type=Path)
    folder = parser.parse_args().out / "trajectory"
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    rng = np.random.RandomState(20)
    images = []
    for i, size in enumerate(SIZES):
        bgr, boxes, labels = draw_image(rng, *size)
        cv2.imwrite(str(folder / f"image_{i}.png"), bgr)
        images.append((bgr, boxes, labels))
    plan = [dict(images=[int(v) for v in rng.choice(len(images), BATCH, replace=False)],
                 short_sides=[int(v) for v in rng.randint(SHORT_SIDES[0], SHORT_SIDES[1] + 1, BATCH)],
                 flips=[int(v) for v in rng.randint(0, 2, BATCH)]) for _ in range(ITERATIONS)]
    runs = []
    for norm, kind in NORMS.items():
        for profile in PROFILES:
            salts = (f"trajectory-{norm}-{attempt}-" for attempt in itertools.count())
            salt, steps = next((salt, steps) for salt in salts if (steps := steady_run(norm, profile, salt, plan, images)))
            runs.append(dict(name=f"{norm}_{profile}", norm=norm, profile=profile, salt=salt, depth=18,
                             base_channels=kind["base"], frozen_stages=kind["frozen"], channels=64, steps=steps))
    data = dict(classes=CLASSES, long_side=LONG_SIDE, images=[dict(file=f"image_{i}.png", boxes=b, labels=c) for i, (_, b, c) in enumerate(images)],
                plan=plan, runs=runs)
    text = json.dumps(data, indent=None, separators=(",", ":"))
    (folder / "trajectories.json").write_text(re.sub(r'(\{"images":\[\d|\{"name"|\{"loss_cls"|\{"file")', r"\n\1", text) + "\n")


if __name__ == "__main__":
    main()
