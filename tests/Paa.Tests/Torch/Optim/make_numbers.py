"""Prints the expected numbers of OptimizerTests.cs. Written with PyTorch 1.13.0 (Debian 12), Python 3.11.

Parameters a [2, 2], b [2] and c [] (the last has no gradient in the first step); gradients sin(3 * step + position);
the learning rate halves before the third of four steps. "Grouped" gives b twice the rate and no decay, and c half the rate.
"""
import math

import torch


def run(make):
    parameters = [torch.nn.Parameter(torch.tensor(v)) for v in ([[1.0, -2.0], [0.5, 3.0]], [0.1, -0.2], 0.7)]
    optimizer = make(parameters)
    for step in range(4):
        if step == 2:
            for group in optimizer.param_groups:
                group["lr"] *= 0.5
        for number, p in enumerate(parameters):
            values = [math.sin(3 * step + 10 * number + i) for i in range(p.numel())]
            p.grad = None if number == 2 and step == 0 else torch.tensor(values).reshape(p.shape)
        optimizer.step()
    return torch.cat([p.detach().flatten() for p in parameters])


def show(name, tensor):
    print(name, "[" + ", ".join(f"{v:.9g}f" for v in tensor.flatten().tolist()) + "]")


show("Sgd", run(lambda p: torch.optim.SGD(p, lr=0.1)))
show("Momentum", run(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01, foreach=True)))
show("Nesterov", run(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True, foreach=True)))
show("AdamW", run(lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.05, foreach=True)))


def grouped(parameters):
    a, b, c = parameters
    return [{"params": [a]}, {"params": [b], "lr": 0.2, "weight_decay": 0}, {"params": [c], "lr": 0.05}]


show("Grouped SGD", run(lambda p: torch.optim.SGD(grouped(p), lr=0.1, momentum=0.9, weight_decay=0.01, foreach=True)))
show("Grouped AdamW", run(lambda p: torch.optim.AdamW(grouped(p), lr=0.1, weight_decay=0.05, foreach=True)))

a, b = torch.zeros(3, requires_grad=True), torch.zeros(2, 2, requires_grad=True)
a.grad, b.grad = torch.tensor([3.0, -4.0, 0.5]), torch.tensor([[1.0, 2.0], [2.0, -1.0]])
show("norm", torch.nn.utils.clip_grad_norm_([a, b], 2.0))
show("clipped", torch.cat([a.grad, b.grad.flatten()]))
