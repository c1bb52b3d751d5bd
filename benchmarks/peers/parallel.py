#!/usr/bin/env python3
"""Training steps of the reference implementation under DistributedDataParallel with Gloo, beside `Paa.Benchmarks parallel`.

    parallel.py data=DIR [processes=2] [rounds=5] [threads=1] [name=value ...]

DIR holds what `Paa.Benchmarks parallel data=DIR` wrote with the same settings: weights, the batch of each process, and the weights
after its steps. As many steps are made here. `difference` is how far the weights then are from those, and `moved` how far from those
before: the largest of a tensor's differences over its largest value.
"""
import json
import os
import socket
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from oracle import paa
from peer import Settings

RATE, MEGABYTE, WARM_UP = 1e-4, 1 << 20, 2


class Loss(torch.nn.Module):
    """The sum of the losses as a forward pass, which is what DistributedDataParallel wraps."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, *batch):
        return sum(self.model.loss(*batch)[0].values())


def read_batch(folder, rank, settings):
    count, height, width = settings.int("batch", 1), settings.int("height", 800), settings.int("width", 1344)
    read = lambda name, kind: torch.from_numpy(np.fromfile(folder / f"rank{rank}.{name}", kind))
    images = read("images.f32", np.float32).reshape(count, 3, height, width)
    boxes = read("boxes.f32", np.float32).reshape(count, -1, 4)
    labels = read("labels.i32", np.int32).long().reshape(count, -1)
    return images, list(boxes), list(labels), [dict(img_shape=(height, width), pad_shape=(height, width))] * count


def difference(model, file):
    other = torch.load(file, map_location="cpu")
    return max(float((value - other[key]).abs().max() / max(1e-3, float(value.abs().max())))
               for key, value in model.state_dict().items() if value.is_floating_point())


def train(rank, processes, port, settings):
    torch.set_num_threads(settings.int("threads", 1))
    folder, rounds = Path(settings["data"]), settings.int("rounds", 5)
    channels = settings.int("channels", 256)
    model = paa.PAA(settings.int("depth", 50), settings.int("classes", 80), settings.int("base", 64), channels, channels,
                    settings.int("frozen", 1))
    model.load_state_dict(torch.load(folder / "initial.pth", map_location="cpu"))
    model.train()
    optimizer, loss = paa.make_optimizer(model, RATE), Loss(model)
    if processes > 1:
        dist.init_process_group("gloo", f"tcp://127.0.0.1:{port}", rank=rank, world_size=processes)
        loss = torch.nn.parallel.DistributedDataParallel(loss, gradient_as_bucket_view=True)
    batch = read_batch(folder, rank, settings)
    times, cpu_times = [], []
    for _ in range(WARM_UP + rounds):
        if processes > 1:
            dist.barrier()
        start, cpu_start = time.perf_counter(), time.process_time()
        value = loss(*batch)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        value.item()
        times.append((time.perf_counter() - start) * 1000)
        cpu_times.append((time.process_time() - cpu_start) * 1000)
    if rank == 0:
        times, cpu_times = times[WARM_UP:], cpu_times[WARM_UP:]
        gradients = sum(p.numel() * 4 for p in model.parameters() if p.requires_grad)
        median = statistics.median(times)
        print(json.dumps(dict(
            peer="DistributedDataParallel", torch=torch.__version__, processes=processes, median_ms=median, min_ms=min(times),
            max_ms=max(times), cpu_ms=statistics.median(cpu_times),
            images_per_s=processes * settings.int("batch", 1) / median * 1000, gradient_mb=gradients / MEGABYTE,
            difference=difference(model, folder / "trained.pth"), moved=difference(model, folder / "initial.pth"))))
    if processes > 1:
        dist.destroy_process_group()


def main():
    settings = Settings(pair.split("=", 1) for pair in sys.argv[1:])
    if "data" not in settings:
        sys.exit(__doc__)
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    processes = settings.int("processes", 2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    if processes == 1:
        train(0, 1, port, settings)
    else:
        mp.spawn(train, (processes, port, settings), processes)


if __name__ == "__main__":
    main()
