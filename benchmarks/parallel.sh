#!/usr/bin/env bash
# Training steps on several processes of one thread each, in turns, also under PyTorch's DistributedDataParallel on the same weights
# and batches; prints one JSON line a run.
# usage: benchmarks/parallel.sh [TURNS] [NAME=VALUE ...]     (settings of Paa.Benchmarks; R-18 at 320x320 without any)
# PARALLEL_RUNS chooses the runs, separated by semicolons; PAA_BENCH_PYTHON the Python with PyTorch.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=artifacts/bin/Paa.Benchmarks/release/Paa.Benchmarks
python=${PAA_BENCH_PYTHON:-/usr/bin/python3}
turns=${1:-3}
shift || true
settings=(depth=18 height=320 width=320 batch=2 boxes=4 classes=3 threads=1 "$@")
IFS=';' read -ra runs <<<"${PARALLEL_RUNS:-processes=1;processes=2 connected=0;processes=2;peer processes=2;processes=4}"
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT

export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
for ((turn = 0; turn < turns; turn++)); do
  for run in "${runs[@]}"; do
    printf '%s: ' "$run"
    read -ra own <<<"${run#peer }"
    folder="data=$data/${own[*]}"
    if [[ $run == "peer "* ]]; then  # after the run of the same name, whose weights it starts from and is compared with
      "$python" benchmarks/peers/parallel.py "${settings[@]}" "${own[@]}" "$folder"
    else
      "$program" parallel "${settings[@]}" "${own[@]}" "$folder"
    fi
  done
done
