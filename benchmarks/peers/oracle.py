"""The reference implementation of tests/golden/oracle, and the problems that Paa.Benchmarks writes for both sides."""
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "golden" / "oracle"))
import paa_oracle as paa  # noqa: E402, F401


def set_threads(settings):
    torch.set_num_threads(settings.int("threads", 2))


class HeadProblem:
    """Head outputs with known objects: HeadProblem.cs."""

    def __init__(self, settings):
        self.height, self.width = settings.int("height", 800), settings.int("width", 1344)
        self.classes, objects = settings.int("classes", 80), settings.int("objects", 50)
        if "data" not in settings:
            sys.exit("data=DIR is needed: run Paa.Benchmarks with the same settings and data=DIR before")
        folder = Path(settings["data"]) / f"head_{self.height}x{self.width}_{self.classes}_{objects}"
        read = lambda name, kind=np.float32: torch.from_numpy(np.fromfile(folder / name, kind))
        self.boxes, self.labels = read("boxes.f32").reshape(-1, 4), read("labels.i32", np.int32).long()
        self.sizes = paa.feature_sizes(self.height, self.width)
        maps = lambda name, channels: [read(f"{name}{i}.f32").reshape(channels, *size) for i, size in enumerate(self.sizes)]
        self.maps = maps("class", self.classes), maps("delta", 4), maps("iou", 1)
        self.meta = dict(img_shape=(self.height, self.width), pad_shape=(self.height, self.width),
                         scale_factor=np.ones(4, np.float32))
