#!/bin/sh
# See that a Chromium is there for the test of the terminal in a browser: where root may install and Debian's packages
# are to be had, it is installed. What cannot be had is said, and the test is skipped (with CI=true it fails).
set -eu

say() {
    echo "chromium: $1" >&2
}

! command -v chromium >/dev/null 2>&1 || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    say "there is none; on Debian: apt-get install chromium"
    exit 1
fi
say "installing it"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } >"$log" 2>&1; then
    tail -n 3 "$log" >&2
    exit 1
fi
