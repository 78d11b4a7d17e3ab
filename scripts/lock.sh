#!/bin/sh
# Compile pyproject.toml into hashed locks that hold for Python 3.11 to 3.14 and every platform.
# Usage: lock.sh UV [--upgrade]. The locks name no index: each machine uses the one it is set up for.
set -eu
uv=$1
shift
compile() {
    out=requirements/$1.txt
    shift
    "$uv" pip compile pyproject.toml "$@" --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet --output-file "$out"
}
compile runtime --group build "$@"
compile dev --group build --group dev --constraint requirements/runtime.txt "$@"
