#!/usr/bin/env python3
"""The same work in eager PyTorch, with the reference implementation of tests/golden/oracle. Prints one JSON line.

    peer_torch.py step|infer [name=value ...]     names as in Paa.Benchmarks
"""
import json
import math
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "golden" / "oracle"))
import numpy as np
import torch
import paa_oracle as paa

kind = sys.argv[1]
given = dict(pair.split("=") for pair in sys.argv[2:])
setting = lambda name, otherwise: int(given.get(name, otherwise))
torch.set_num_threads(setting("threads", 2))
torch.manual_seed(0)
height, width, batch = setting("height", 800), setting("width", 1344), setting("batch", 1)
channels, classes = setting("channels", 256), setting("classes", 80)
model = paa.init_weights(paa.PAA(setting("depth", 50), classes, setting("base", 64), channels, channels, setting("frozen", 1)))
images = torch.rand(batch, 3, height, width) * 4 - 2
rng = np.random.RandomState(0)
boxes, labels = [], []
for _ in range(batch):
    side = np.exp(math.log(16) + rng.rand(setting("boxes", 8), 2) * math.log(0.6 * height / 16))
    corner = rng.rand(len(side), 2) * ([width, height] - side)
    boxes.append(torch.from_numpy(np.c_[corner, corner + side].astype(np.float32)))
    labels.append(torch.from_numpy(rng.randint(0, classes, len(side))))
metas = [dict(img_shape=(height, width), pad_shape=(height, width), scale_factor=np.ones(4, np.float32))] * batch
if kind == "infer":      # as in Paa.Benchmarks: untrained scores lie just above the threshold, and 400,000 pairs would hide the network
    model.bbox_head.atss_cls.bias.data.fill_(-10)
optimizer = paa.make_optimizer(model, 1e-4)


def run():
    if kind == "step":
        model.train()
        paa.train_step(model, optimizer, 1e-4, images, boxes, labels, metas)
    else:
        model.eval()
        model.detect(images, metas)


run()
times = []
for _ in range(setting("rounds", 5)):
    start = time.perf_counter()
    run()
    times.append((time.perf_counter() - start) * 1000)
times.sort()
print(json.dumps(dict(median_ms=round(times[len(times) // 2], 1), min_ms=round(times[0], 1), max_ms=round(times[-1], 1),
                      peak_rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)))
