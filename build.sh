#!/usr/bin/env bash
# One command for everything: installs what is missing, builds, and runs what is asked for. See usage below.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  cat <<'TXT'
usage: ./build.sh [COMMAND] [--libtorch DIR] [ARGUMENTS]

  build             install what is missing, build everything (the default)
  demo [ARGS]       train, evaluate and draw a detector of blood cells on photographs, in under five minutes
  test [ARGS]       run the tests; ARGS go to the test runner, e.g. --filter Category=Golden
  install           make the command `paa` available (~/.local/bin, or /usr/local/bin for root)
  format            format the sources; `format --check` only verifies
  bench [ARGS]      time everything beside its peers; --quick: in ten minutes, without the studies of scaling
  pack [--verify]   make NuGet packages of everything in artifacts/packages; --verify: install them in a bare Debian 12 and detect
  clean             remove everything that was built

  --libtorch DIR    build against this libtorch (or a Python environment's torch folder) instead of Debian's
TXT
}

readonly CONFIGURATION=Release
readonly ARTIFACTS=artifacts
libtorch=
command=build
arguments=()

parse_arguments() {
  local first=1
  while (($#)); do
    case $1 in
      -h | --help) usage; exit 0 ;;
      --libtorch)
        [[ ${2:-} ]] || fail "--libtorch needs a folder"
        [[ -d $2 ]] || fail "--libtorch: $2 is not a folder"
        libtorch=$(realpath "$2"); shift ;;
      *) if ((first)) && [[ $1 != -* ]]; then command=$1; else arguments+=("$1"); fi; first=0 ;;
    esac
    shift
  done
}

fail() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }
note() { printf '%s\n' "== $*" >&2; }

# ---------------------------------------------------------------- what the machine needs
install_missing_packages() {
  command -v dotnet >/dev/null || fail "the .NET 10 SDK is missing: install the package dotnet-sdk-10.0 as Microsoft's documentation for your system says"
  local wanted=(cmake g++ make libopenblas0-pthread libdnnl-dev) missing=() package
  if is_installed libtorch-cuda-dev; then  # these exclude those for the CPU
    wanted+=(libgloo-cuda-dev libnccl-dev nvidia-cuda-toolkit)
  else
    wanted+=(libgloo-dev)
    [[ $libtorch ]] || wanted+=(libtorch-dev)
  fi
  command -v dpkg-query >/dev/null || { note "not a Debian system: ${wanted[*]} must be installed already"; return; }
  for package in "${wanted[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  ((${#missing[@]})) || { use_openblas; return 0; }
  local sudo=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null && sudo=(sudo) ||
      fail "these packages are missing: run as root: apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  fi
  note "installing ${missing[*]}"
  "${sudo[@]}" apt-get update -q >&2
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
  use_openblas
}

is_installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

# Debian's libtorch runs on whatever the alternative libblas.so.3 is; with the reference BLAS it is ten times slower.
use_openblas() {
  local link=/etc/alternatives/libblas.so.3-x86_64-linux-gnu target=/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3
  [[ -e $link && $(readlink -f "$link") != *openblas* && -e $target ]] || return 0
  if ((EUID == 0)); then
    update-alternatives --set libblas.so.3-x86_64-linux-gnu "$target" >&2
  else
    note "slow BLAS in use; run as root: update-alternatives --set libblas.so.3-x86_64-linux-gnu $target"
  fi
}

# ---------------------------------------------------------------- building
build() {
  install_missing_packages
  build_native
  build_managed
}

build_native() {
  local folder=$ARTIFACTS/native-build stamp=$ARTIFACTS/native-build/options
  mkdir -p "$folder"
  if [[ ! -f $folder/Makefile || $(cat "$stamp" 2>/dev/null) != "$libtorch" ]]; then
    note "configuring native/"
    rm -f "$folder/CMakeCache.txt"
    local prefix=() nested
    if [[ $libtorch ]]; then
      for nested in "$libtorch" "$libtorch"/lib/python3*/site-packages/torch "$libtorch"/torch; do
        [[ -d $nested/share/cmake/Torch ]] && prefix=(-DCMAKE_PREFIX_PATH="$nested") && break
      done
      ((${#prefix[@]})) || fail "--libtorch: no share/cmake/Torch below $libtorch"
    fi
    cmake -S native -B "$folder" -DCMAKE_BUILD_TYPE=Release "${prefix[@]}" >"$folder/configure.log" 2>&1 ||
      { cat "$folder/configure.log" >&2; fail "cmake could not configure native/"; }
    printf '%s' "$libtorch" >"$stamp"
  fi
  cmake --build "$folder" --parallel "$(nproc)" >"$folder/build.log" 2>&1 ||
    { cat "$folder/build.log" >&2; fail "native/ did not build"; }
}

build_managed() {
  local stamp=$ARTIFACTS/managed.stamp
  if [[ -f $stamp && -z $(find src tests benchmarks samples native configs "$ARTIFACTS/native" Directory.*.props global.json Paa.slnx .editorconfig \
    -newer "$stamp" -print -quit) ]]; then
    return
  fi
  note "building the solution"
  local started
  started=$(mktemp)
  dotnet restore Paa.slnx --locked-mode -v quiet -nologo >&2 || fail "restore failed"
  dotnet build Paa.slnx --no-restore -c $CONFIGURATION -v quiet -nologo -clp:NoSummary >&2 || fail "the solution did not build"
  mv "$started" "$stamp"
}

# ---------------------------------------------------------------- commands
# Threads that wait for others sleep. Spinning ones take the cores of whatever runs beside them: with one other busy process a
# training was seven times slower; alone it is 4 % faster.
yield_cores() { export OMP_WAIT_POLICY=passive; }

paa() { "$ARTIFACTS/bin/Paa.Cli/release/Paa.Cli" "$@"; }

# What only tests need: ONNX's checker, and clients in JavaScript of docs/deploy.md. Tests that miss one are skipped and say so.
install_test_clients() {
  local folder=$ARTIFACTS/clients lock=tests/clients/package-lock.json
  local package missing=()
  if command -v dpkg-query >/dev/null; then
    for package in python3-onnx chromium; do is_installed "$package" || missing+=("$package"); done
  fi
  if ((${#missing[@]})); then
    if ((EUID == 0)); then
      note "installing ${missing[*]}"
      { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } >&2 ||
        note "could not install ${missing[*]}; the tests that use them are skipped"
    else
      note "not installed: ${missing[*]}; the tests that use them are skipped"
    fi
  fi
  command -v npm >/dev/null || { note "npm is not installed: the tests of ONNX files in Node are skipped"; return 0; }
  cmp -s "$lock" "$folder/installed.json" && return 0
  note "installing the packages of tests/clients"
  mkdir -p "$folder"
  cp tests/clients/package.json "$lock" "$folder"
  if npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund >&2; then
    cp "$lock" "$folder/installed.json"
  else
    note "npm could not install them: the tests of ONNX files in Node are skipped"
  fi
}

run_tests() {
  build
  install_test_clients
  local results=$ARTIFACTS/test-results status=0
  rm -rf "$results"
  yield_cores
  dotnet test tests/Paa.Tests --no-build -c $CONFIGURATION -nologo --results-directory "$results" \
    --logger "trx;LogFileName=tests.trx" --logger "console;verbosity=minimal" "$@" || status=$?
  report_counts "$results/tests.trx" || status=1
  return $status
}

# The last line: N passed, N failed, N skipped, from the runner's own result file.
report_counts() {
  local counters total executed passed failed
  counters=$(grep -o '<Counters [^>]*>' "$1" 2>/dev/null) || { printf '0 passed, 1 failed, 0 skipped\n'; return 1; }
  value() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
  total=$(value total) executed=$(value executed) passed=$(value passed) failed=$((executed - passed))
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$((total - executed))"
  ((failed == 0 && total > 0))
}

install_command() {
  build
  local folder=$HOME/.local/bin
  ((EUID == 0)) && folder=/usr/local/bin
  mkdir -p "$folder"
  ln -sf "$PWD/$ARTIFACTS/bin/Paa.Cli/release/Paa.Cli" "$folder/paa"
  note "installed $folder/paa"
  case ":$PATH:" in *":$folder:"*) ;; *) note "add $folder to your PATH" ;; esac
}

format() {
  local check=() native_check=()
  [[ ${1:-} == --check ]] && check=(--verify-no-changes) native_check=(--dry-run -Werror)
  if command -v clang-format >/dev/null; then
    find native -name '*.cpp' -o -name '*.h' | xargs clang-format -i "${native_check[@]}"
  else
    note "native/ is left as it is: clang-format is missing (apt-get install clang-format)"
  fi
  dotnet format Paa.slnx "${check[@]}"
}

parse_arguments "$@"
case $command in
  build) build ;;
  demo) build; yield_cores; paa demo "${arguments[@]}" ;;
  test) run_tests "${arguments[@]}" ;;
  install) install_command ;;
  format) format "${arguments[@]}" ;;
  bench) build; yield_cores; "$ARTIFACTS/bin/Paa.Benchmarks/release/Paa.Benchmarks" run "${arguments[@]}" ;;
  pack) build; packaging/pack.sh "${arguments[@]}" ;;
  clean) rm -rf "$ARTIFACTS" ;;
  *) usage >&2; fail "unknown command: $command" ;;
esac
