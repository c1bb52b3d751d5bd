#!/usr/bin/env bash
# Installs the packages in a bare Debian 12 without network and compares what they find with what this machine finds.
# Called by `./build.sh pack --verify`; needs root and debootstrap. The bare root stays under artifacts/pack for the next time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly PACKAGES=artifacts/packages ROOT=$PWD/artifacts/pack/root
readonly CHECKPOINT=tests/golden/model_r18/init.zip.pth PHOTO=tests/golden/preprocess/photo.jpg SCORE=0.18
readonly PAA=artifacts/bin/Paa.Cli/release/Paa.Cli

fail() { printf 'pack --verify: %s\n' "$*" >&2; exit 1; }
note() { printf '%s\n' "== $*" >&2; }

# Debian's smallest system, with the one library that .NET needs beyond it, and this machine's .NET.
make_root() {
  local dotnet stamp=$ROOT/dotnet.stamp
  if [[ ! -d $ROOT ]]; then
    note "making a bare Debian 12 in $ROOT"
    rm -rf "$ROOT.part"
    debootstrap --variant=minbase --include=libssl3 bookworm "$ROOT.part" >"$ROOT.log" 2>&1 ||
      { tail -5 "$ROOT.log" >&2; fail "debootstrap failed"; }
    mv "$ROOT.part" "$ROOT"
  fi
  dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
  if [[ $(cat "$stamp" 2>/dev/null) != "$(dotnet --version)" ]]; then
    note "copying .NET into it"
    rm -rf "$ROOT/usr/share/dotnet"
    cp -a --reflink=auto "$dotnet" "$ROOT/usr/share/dotnet"
    dotnet --version >"$stamp"
  fi
}

# Our packages, and those of others that Paa needs, as the lock file of the smallest sample lists them.
make_feed() {
  local feed=$ROOT/verify/feed cache=${NUGET_PACKAGES:-$HOME/.nuget/packages} name version
  rm -rf "$ROOT/verify"
  mkdir -p "$feed" "$ROOT/verify/program" "$ROOT/verify/home"
  cp "$PACKAGES"/*.nupkg "$feed/"
  while read -r name version; do
    cp "$cache/$name/$version/$name.$version.nupkg" "$feed/"
  done < <(third_party)
  printf '%s\n' '<configuration><packageSources><clear /><add key="feed" value="/verify/feed" /></packageSources></configuration>' \
    >"$ROOT/verify/nuget.config"
  cp packaging/verify/* "$ROOT/verify/program/"
  cp "$CHECKPOINT" "$ROOT/verify/model.pth"
  cp "$PHOTO" "$ROOT/verify/photo.jpg"
  "$PAA" predict "$CHECKPOINT" "$PHOTO" --score $SCORE --json >"$ROOT/verify/expected.json"
}

# Name and version, in lower case, of every package of others.
third_party() {
  awk -F'"' '/^      "/ { name = tolower($2) } /"resolved"/ { print name, $4 }' samples/Detect/packages.lock.json | sort -u
}

# In namespaces of its own: what is mounted there goes with the last process, and there is no network.
inside() {
  unshare --mount --net --pid --fork --kill-child bash -c '
    set -e
    mount -t proc proc "$0/proc"
    mount --bind /dev "$0/dev"
    exec chroot "$0" /usr/bin/env -i HOME=/verify/home DOTNET_ROOT=/usr/share/dotnet \
      PATH=/usr/share/dotnet:/verify/home/.dotnet/tools:/usr/bin:/bin \
      DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 \
      bash -ec "cd /verify; $1"' "$ROOT" "$1"
}

((EUID == 0)) || fail "run it as root: it makes a bare system and enters it"
command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install -y debootstrap"
make_root
make_feed
note "installing the command there"
inside "dotnet tool install --global Paa.Tool --configfile nuget.config
  paa predict model.pth photo.jpg --score $SCORE --json > tool.json
  paa doctor || true"
note "building a program there that refers to the package Paa"
inside "cd program && dotnet build -c Release -o /verify/built -v quiet -nologo --configfile ../nuget.config
  cd .. && built/Verify model.pth photo.jpg $SCORE expected.json tool.json" ||
  fail "the packages do not find what this machine finds"
note "the packages work on a bare Debian 12"
