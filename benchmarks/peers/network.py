"""Inference and training step of the reference implementation in eager PyTorch."""
import math

import numpy as np
import torch

from oracle import paa, set_threads


class make:
    name = "eager PyTorch"
    answer = staticmethod(lambda: None)

    def __init__(self, kind, settings):
        set_threads(settings)
        torch.manual_seed(0)
        height, width, batch = settings.int("height", 800), settings.int("width", 1344), settings.int("batch", 1)
        channels, classes = settings.int("channels", 256), settings.int("classes", 80)
        model = paa.init_weights(paa.PAA(settings.int("depth", 50), classes, settings.int("base", 64), channels, channels,
                                         settings.int("frozen", 1)))
        images = torch.rand(batch, 3, height, width) * 4 - 2
        metas = [dict(img_shape=(height, width), pad_shape=(height, width), scale_factor=np.ones(4, np.float32))] * batch
        if kind == "infer":
            # as in Paa.Benchmarks: untrained scores lie just above the threshold, and 400,000 pairs would hide the network
            model.bbox_head.atss_cls.bias.data.fill_(-10)
            model.eval()
            self.run = lambda: model.detect(images, metas)
            return
        rng = np.random.RandomState(0)
        boxes, labels = [], []
        for _ in range(batch):
            side = np.exp(math.log(16) + rng.rand(settings.int("boxes", 8), 2) * math.log(0.6 * height / 16))
            corner = rng.rand(len(side), 2) * ([width, height] - side)
            boxes.append(torch.from_numpy(np.c_[corner, corner + side].astype(np.float32)))
            labels.append(torch.from_numpy(rng.randint(0, classes, len(side))))
        optimizer = paa.make_optimizer(model, 1e-4)
        model.train()
        self.run = lambda: paa.train_step(model, optimizer, 1e-4, images, boxes, labels, metas)
