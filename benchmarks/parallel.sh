#!/usr/bin/env bash
# Training steps on several processes of one thread each, in turns; prints one JSON line a run.
# usage: benchmarks/parallel.sh [TURNS] [NAME=VALUE ...]     (settings of Paa.Benchmarks; R-18 at 320x320 without any)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=artifacts/bin/Paa.Benchmarks/release/Paa.Benchmarks
turns=${1:-3}
shift || true
settings=(depth=18 height=320 width=320 batch=2 boxes=4 classes=3 threads=1 "$@")

export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
for ((turn = 0; turn < turns; turn++)); do
  for run in "processes=1" "processes=2 connected=0" "processes=2" "processes=4"; do
    # shellcheck disable=SC2086
    printf '%s: ' "$run"
    "$program" parallel "${settings[@]}" $run
  done
done
