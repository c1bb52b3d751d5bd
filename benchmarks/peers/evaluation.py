"""COCO's box metrics by pycocotools, files included."""
import contextlib
import io

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


class make:
    name, warms_up = "pycocotools", False           # one run takes two minutes

    def __init__(self, kind, settings):
        self.annotations, self.results = (f"{settings['data']}/{name}.json" for name in ("instances", "detections"))
        self.precision = None

    def run(self):
        with contextlib.redirect_stdout(io.StringIO()):
            truth = COCO(self.annotations)
            evaluation = COCOeval(truth, truth.loadRes(self.results), "bbox")
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        self.precision = float(evaluation.stats[0])

    def answer(self):
        return self.precision
