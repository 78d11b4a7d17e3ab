#!/bin/sh
# Make .venv from a hashed lock and install Sagascope into it, editable.
# Usage: set-up.sh runtime|dev. Needs Python 3.11 or newer (PYTHON names one) and the package index
# that pip on this machine is set up for; nothing is downloaded but what the lock's hashes name.
set -eu

lock=$1
venv=.venv

give_up() {
    echo "set-up: $1" >&2
    exit 1
}

new_enough() {
    # A version manager's stand-in may be on the PATH without a Python behind it: run it.
    "$1" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        new_enough "$PYTHON" || give_up "PYTHON=$PYTHON is not a Python 3.11 or newer; name one that is, or unset PYTHON"
        echo "$PYTHON"
        return
    fi
    for candidate in python3.13 python3.12 python3.11 python3.14 python3; do
        if new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    give_up "no Python 3.11 or newer on the PATH; install one, or name it: make PYTHON=/path/to/python3"
}

make_venv() {
    python=$(find_python)
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    # Debian splits these two out of its Python.
    "$python" -c 'import venv, ensurepip' >/dev/null 2>&1 ||
        give_up "Python $version comes without venv; on Debian or Ubuntu: apt-get install python$version-venv"
    echo "set-up: making $venv with Python $version" >&2
    "$python" -m venv --clear "$venv"
}

[ -f "requirements/$lock.txt" ] || give_up "no lock requirements/$lock.txt; usage: set-up.sh runtime|dev"
if ! new_enough "$venv/bin/python" || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    make_venv
fi

echo "set-up: installing requirements/$lock.txt" >&2
PIP_DISABLE_PIP_VERSION_CHECK=1
PIP_NO_INPUT=1
export PIP_DISABLE_PIP_VERSION_CHECK PIP_NO_INPUT
"$venv/bin/python" -m pip install --quiet --require-hashes --requirement "requirements/$lock.txt"
"$venv/bin/python" -m pip install --quiet --no-deps --no-build-isolation --editable .

# The dev lock holds the runtime lock, so having it means having both.
touch "$venv/.runtime-installed"
[ "$lock" = runtime ] || touch "$venv/.$lock-installed"
