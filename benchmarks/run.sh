#!/usr/bin/env bash
# Times Paa and eager PyTorch side by side, one after the other in each round, and prints the ratio of the medians.
# usage: benchmarks/run.sh [--quick]     (PyTorch rows need python3 with torch; without it only ours are printed)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=artifacts/bin/Paa.Benchmarks/release/Paa.Benchmarks
python=$(for p in /usr/bin/python3 python3; do "$p" -c 'import torch, numpy' 2>/dev/null && echo "$p" && break; done || true)
rounds=5
[[ ${1:-} == --quick ]] && rounds=2

field() { sed -n "s/.*\"$1\": \([0-9.]*\).*/\1/p" <<<"$2"; }

row() {
  local name=$1 kind=$2; shift 2
  local ours peer='' ratio=-
  ours=$("$program" "$kind" rounds=$rounds "$@")
  [[ $python ]] && peer=$("$python" benchmarks/peer_torch.py "$kind" rounds=$rounds "$@")
  [[ $peer ]] && ratio=$(awk "BEGIN { printf \"%.2f\", $(field median_ms "$peer") / $(field median_ms "$ours") }")
  printf '| %s | %s (%s-%s) | %s | %s | %s | %s |\n' "$name" "$(field median_ms "$ours")" "$(field min_ms "$ours")" \
    "$(field max_ms "$ours")" "${peer:+$(field median_ms "$peer") ($(field min_ms "$peer")-$(field max_ms "$peer"))}" "$ratio" \
    "$(field peak_rss_mb "$ours")" "${peer:+$(field peak_rss_mb "$peer")}"
}

printf '| work | ours, ms (min-max) | eager PyTorch, ms | peer / ours | our peak, MB | its peak, MB |\n|---|---|---|---|---|---|\n'
row 'inference R-50, 800x1344, 1 image' infer
row 'inference R-50, 800x1344, 1 image, int8' infer int8=1
row 'training step R-50, 800x1344, 1 image, 8 boxes' step
row 'training step R-50, 800x1344, 2 images, 8 boxes' step batch=2
row 'inference R-18, 320x320, 1 image, 3 classes' infer depth=18 height=320 width=320 classes=3
row 'inference R-18, 320x320, 1 image, 3 classes, int8' infer depth=18 height=320 width=320 classes=3 int8=1
row 'training step R-18, 320x320, 8 images, 4 boxes, 3 classes' step depth=18 height=320 width=320 batch=8 boxes=4 classes=3
