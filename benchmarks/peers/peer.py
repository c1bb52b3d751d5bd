#!/usr/bin/env python3
"""The Python side of the benchmarks: the same work, done by what people use today.

    peer.py KIND [name=value ...]     infer, step, assign, post, coco, image; names as in Paa.Benchmarks
    peer.py versions                  of all modules that are at hand, as JSON

With paced=1 it prints a line when it is ready, one for every round that a line on its input asks for, and a last one; without, it
runs `rounds` of them and prints one line. A module that is missing makes it print {"missing": ...}, which is no failure.
"""
import importlib
import json
import resource
import statistics
import sys
import time

KINDS = dict(infer="network", step="network", assign="assignment", post="postprocessing", coco="evaluation", image="images")
MODULES = dict(torch="torch", numpy="numpy", opencv="cv2", scikit_learn="sklearn", pycocotools="pycocotools")
WARM_UP, LEAST_ROUND = 1.0, 0.02          # seconds


class Settings(dict):
    def int(self, name, otherwise):
        return int(self.get(name, otherwise))


def versions():
    found = dict(python=sys.version.split()[0])
    for name, module in MODULES.items():
        try:
            found[name] = getattr(importlib.import_module(module), "__version__", "unknown")
        except ImportError:
            pass
    return found


def one_round(work):
    start, count = time.perf_counter(), 0
    while True:
        work.run()
        count += 1
        elapsed = time.perf_counter() - start
        if elapsed >= LEAST_ROUND:
            return elapsed * 1000 / count


def say(**line):
    print(json.dumps(line), flush=True)


def main():
    if sys.argv[1:] == ["versions"]:
        say(**versions())
        return
    if len(sys.argv) < 2 or sys.argv[1] not in KINDS:
        sys.exit(__doc__)
    settings = Settings(pair.split("=", 1) for pair in sys.argv[2:])
    try:
        work = importlib.import_module(KINDS[sys.argv[1]]).make(sys.argv[1], settings)
    except ImportError as error:
        say(missing="this Python has no module " + str(error.name))
        return
    start = time.perf_counter()
    while getattr(work, "warms_up", True):
        work.run()
        if time.perf_counter() - start >= WARM_UP:
            break
    peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if settings.int("paced", 0):
        say(name=work.name)
        for _ in sys.stdin:
            say(milliseconds=one_round(work))
        say(answer=work.answer(), peak_mb=peak())
    else:
        times = [one_round(work) for _ in range(settings.int("rounds", 5))]
        say(name=work.name, median_ms=round(statistics.median(times), 3), min_ms=round(min(times), 3),
            max_ms=round(max(times), 3), rounds=len(times), answer=work.answer(), peak_rss_mb=peak())


if __name__ == "__main__":
    main()
