#!/bin/sh
# Installs a wheel into an empty environment and runs it in an empty folder with the network off.
# Usage: sh benchmarks/try_wheel.sh dist/thoughtmark-*.whl
set -eu
wheel=$(realpath "$1")
lock=$(realpath requirements.lock)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$lock"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps "$wheel"
mkdir "$folder/empty"
cd "$folder/empty"
offline="unshare --map-root-user --net"
$offline true 2>/dev/null || { echo "this system does not allow unshare; trying with the network on"; offline=; }
echo "Day 9. Just one drink on Saturday, then I am done for good." |
  $offline "$folder/venv/bin/thoughtmark" tag --format jsonl - | grep '"status": "tagged"'
echo "The wheel works in an empty folder."
