"""Post-processing of the reference implementation: PyTorch, with NMS in NumPy."""
from oracle import HeadProblem, paa, set_threads


class make:
    name = "PyTorch and NumPy"

    def __init__(self, kind, settings):
        set_threads(settings)
        self.problem, self.boxes = HeadProblem(settings), None

    def run(self):
        problem = self.problem
        self.boxes, _ = paa.detect_single(*problem.maps, problem.meta, problem.classes, rescale=False)

    def answer(self):
        return float(self.boxes[:, :4].double().sum())
