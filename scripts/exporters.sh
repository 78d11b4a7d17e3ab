#!/bin/sh
# Bring the real exporters that the integration tests run, into .cache/: the Node SDK's packages where npm is
# there, telemetrygen where go is there. What is there already is left alone; what cannot be had is said, and
# its tests are then skipped (with CI=true they fail).
# Usage: exporters.sh [collector]. With `collector` an OpenTelemetry Collector is built too: minutes.
set -eu
telemetrygen=v0.161.0
builder=v0.161.0 # its builder.yaml names the versions of the parts
cache=$PWD/.cache
node=tests/integration/node

say() {
    echo "exporters: $1" >&2
}

# Whoever calls a function below with `||` switches `set -e` off in it: each step says itself what a failure means.
# A stamp holds what was installed, so that a new version is brought and an old one is not brought again.
fresh() {
    [ -f "$cache/$1.stamp" ] && [ "$(cat "$cache/$1.stamp")" = "$2" ]
}

stamp() {
    echo "$2" >"$cache/$1.stamp"
}

node_packages() {
    want=$(cat "$node/package.json" "$node/package-lock.json" | cksum)
    ! fresh node "$want" || return 0
    say "installing the Node SDK's packages"
    mkdir -p "$cache/node"
    cp "$node/package.json" "$node/package-lock.json" "$node/.npmrc" "$cache/node/" || return 1
    (cd "$cache/node" && npm ci --ignore-scripts --loglevel=error >/dev/null) || return 1
    stamp node "$want"
}

go_program() {
    ! fresh "$1" "$2@$3" || return 0
    say "building $1 $3"
    GOBIN="$cache/bin" GOTOOLCHAIN=local go install "$2@$3" 2>"$cache/$1.log" || { cat "$cache/$1.log" >&2; return 1; }
    stamp "$1" "$2@$3"
}

collector() {
    want=$(cksum <tests/integration/collector/builder.yaml)
    ! fresh otelcol "$want" || return 0
    go_program builder go.opentelemetry.io/collector/cmd/builder "$builder" || return 1
    say "building a Collector"
    GOTOOLCHAIN=local "$cache/bin/builder" --config tests/integration/collector/builder.yaml >"$cache/otelcol.log" 2>&1 ||
        { cat "$cache/otelcol.log" >&2; return 1; }
    cp "$cache/collector/otelcol" "$cache/bin/otelcol" || return 1
    stamp otelcol "$want"
}

mkdir -p "$cache/bin"
if command -v npm >/dev/null 2>&1; then
    node_packages || say "the Node SDK's packages could not be installed"
else
    say "no npm: the Node SDK is not tested"
fi
if command -v go >/dev/null 2>&1; then
    go_program telemetrygen github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen "$telemetrygen" ||
        say "telemetrygen could not be built"
    [ "${1:-}" != collector ] || collector || say "the Collector could not be built"
else
    say "no go: telemetrygen is not tested"
fi
