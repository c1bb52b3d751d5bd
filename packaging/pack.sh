#!/usr/bin/env bash
# Packages of everything in src/, into artifacts/packages. Called by `./build.sh pack`, which has built the solution.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly PACKAGES=artifacts/packages NATIVE=artifacts/native

fail() { printf 'pack: %s\n' "$*" >&2; exit 1; }
note() { printf '%s\n' "== $*" >&2; }

# oneDNN and what it links to, as this system has them, go into the package beside libpaa_dnn.so, which looks there first.
gather_native() {
  local folder=$NATIVE/package name path
  rm -rf "$folder"
  mkdir -p "$folder"
  cp "$NATIVE/libpaa_dnn.so" "$folder/"
  for name in libdnnl.so libgomp.so libOpenCL.so; do
    path=$(ldd "$NATIVE/libpaa_dnn.so" | sed -n "s|^\s*$name[^ ]* => \(/[^ ]*\) .*|\1|p")
    [[ $path ]] || continue
    cp -L "$path" "$folder/$(basename "$path")"
    copyright_of "$path" >"$folder/$name.copyright"
  done
  [[ -e $folder/libdnnl.so.2 ]] || note "oneDNN here is not Debian 12's: look at packaging/THIRD-PARTY-NOTICES.txt"
}

# The copyright file of the Debian package that owns a library.
copyright_of() {
  local package
  package=$(dpkg-query -S "$(readlink -f "$1")" 2>/dev/null || dpkg-query -S "/usr$(readlink -f "$1")" 2>/dev/null) ||
    fail "no Debian package owns $1, so its licence is not known"
  cat "/usr/share/doc/${package%%:*}/copyright"
}

pack() {
  gather_native
  rm -rf "$PACKAGES"
  note "packing the libraries"
  local project
  for project in src/*/*.csproj; do
    [[ $project == *Paa.Cli.csproj ]] ||
      dotnet pack "$project" --no-build -c Release -o "$PACKAGES" -v quiet -nologo >&2 || fail "$project could not be packed"
  done
  note "packing the tool"
  # In folders of its own: with a system's name the files of a build differ, and the lock files would.
  local place=$PWD/artifacts/pack
  dotnet pack src/Paa.Cli -c Release -o "$PACKAGES" -v quiet -nologo -p:PackTool=true -p:RunAnalyzers=false \
    -p:ArtifactsPath="$place/tool" -p:NuGetLockFilePath="$place/locks/\$(MSBuildProjectName).json" >&2 ||
    fail "the tool could not be packed"
}

# What each package holds for each system, in bytes before compression, and that nothing stands in the wrong place.
report() {
  command -v unzip >/dev/null || { note "no contents listed: unzip is missing"; return; }
  local package
  for package in "$PACKAGES"/*.nupkg; do
    unzip -Z "$package" | awk -v name="$(basename "$package")" -v size="$(stat -c %s "$package")" '
      $1 ~ /^-/ { path = $NF; place = "any"
        if (match(path, /(linux|win|osx)-(x64|arm64)/)) place = substr(path, RSTART, RLENGTH)
        bytes[place] += $4
        if (path ~ /\.so([.0-9]*)$/ && place !~ /^linux/) { print name ": " path " is Linux\047s" > "/dev/stderr"; wrong = 1 } }
      END { printf "%-36s %6.1f MB:", name, size / 1e6
        for (place in bytes) printf "  %s %.1f", place, bytes[place] / 1e6
        print ""; exit wrong }' >&2 || fail "a package holds files of another system"
  done
}

pack
report
if [[ ${1:-} == --verify ]]; then packaging/verify.sh; fi
