"""Losses of the candidates and re-assignment as MMDetection computes them: PyTorch, and a mixture of scikit-learn for every box."""
import warnings

import numpy as np
import torch

from oracle import HeadProblem, paa, set_threads

try:
    from sklearn.mixture import GaussianMixture
except ImportError:
    GaussianMixture = None


def fit_with_sklearn(losses, **_):
    values = np.asarray(losses, np.float32).reshape(-1, 1)
    mixture = GaussianMixture(2, weights_init=np.array([0.5, 0.5]), means_init=np.array([values.min(), values.max()]).reshape(2, 1),
                              precisions_init=np.ones((2, 1)), covariance_type="diag")
    mixture.fit(values)
    return dict(component=mixture.predict(values), score=mixture.score_samples(values))


class make:
    def __init__(self, kind, settings):
        set_threads(settings)
        warnings.simplefilter("ignore")                 # fits that stop at 100 steps
        self.name = "PyTorch with the mixture in NumPy (no scikit-learn here)"
        if GaussianMixture:
            paa.fit_gmm = fit_with_sklearn
            self.name = "PyTorch with the mixture of scikit-learn"
        self.problem = problem = HeadProblem(settings)
        self.batch = settings.int("batch", 1)
        self.cls, self.box, _ = (torch.cat([m.permute(1, 2, 0).reshape(-1, m.shape[0]) for m in maps]) for maps in problem.maps)
        levels = paa.grid_anchors(problem.sizes)
        self.anchors, self.level_sizes = torch.cat(levels), [len(level) for level in levels]
        flags = torch.cat(paa.valid_flags(problem.sizes, problem.meta["pad_shape"]))
        # ours finds them in the threads of the loader, so they are not timed here, either
        self.first = paa.first_targets(self.anchors, flags, problem.boxes, problem.labels, problem.classes)
        self.positives = 0

    def run(self):
        first, pos = self.first, self.first["pos"]
        self.positives = 0
        for _ in range(self.batch):
            with torch.no_grad():
                losses = (paa.giou_terms(paa.decode_boxes(self.anchors[pos], self.box[pos]), first["box"][pos])
                          + paa.focal_terms(self.cls[pos], first["label"][pos]).sum(-1))
            *_, keep = paa.paa_reassign(losses, first, self.level_sizes, self.problem.classes)
            self.positives += len(keep)

    def answer(self):
        return self.positives
