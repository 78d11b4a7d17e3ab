#!/bin/sh
# Bring Prometheus and Alertmanager into .cache/prometheus, and run them for tests.
#
#   prometheus.sh fetch   bring prometheus, promtool, alertmanager and amtool; nothing is installed
#   prometheus.sh start prometheus|alertmanager FOLDER PORT [OPTION...]
#                         start one whose data and log are in FOLDER, with FOLDER/prometheus.yml or
#                         FOLDER/alertmanager.yml as its configuration, on 127.0.0.1, and wait until it is ready
#   prometheus.sh stop FOLDER    stop what was started there and wait until it is gone
#   prometheus.sh status FOLDER  say whether it runs; 0 when it does, 1 when not
#
# They are the packages of the Debian or Ubuntu that this runs on, taken apart; apt checks them against the signatures of
# the distribution. Needs apt and dpkg, not root: where there is no list of packages yet, one is brought into the cache.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${SAGASCOPE_PROMETHEUS_CACHE:-$here/../.cache/prometheus}"
cache=$(cd "${SAGASCOPE_PROMETHEUS_CACHE:-$here/../.cache/prometheus}" && pwd)
packages="prometheus prometheus-alertmanager"
up_within_s=30
down_within_s=30

say() {
    echo "prometheus: $1" >&2
}

give_up() {
    say "$1"
    exit 1
}

fetched() {
    for each in prometheus promtool alertmanager amtool; do
        [ -x "$cache/$each" ] || return 1
    done
}

# Whoever calls a function with `||` switches `set -e` off in it: each step says itself what a failure means.
download() {
    (cd "$cache/new" && apt-get "$@" -o APT::Sandbox::User=root download $packages) >>"$cache/fetch.log" 2>&1
}

# A list of packages in the cache: no root is needed, and the machine's own is left alone.
with_own_list() {
    mkdir -p "$cache/apt/lists/partial" "$cache/apt/archives/partial"
    set -- -o "Dir::State::Lists=$cache/apt/lists" -o "Dir::Cache=$cache/apt"
    apt-get "$@" -o APT::Sandbox::User=root update >>"$cache/fetch.log" 2>&1 && download "$@"
}

fetch() {
    ! fetched || return 0
    command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 ||
        give_up "no apt-get and dpkg-deb here: put prometheus, promtool, alertmanager and amtool into $cache yourself"
    rm -rf "$cache/new"
    mkdir -p "$cache/new/apart"
    : >"$cache/fetch.log"
    say "bringing Prometheus and Alertmanager (30 MB)"
    download || with_own_list || { cat "$cache/fetch.log" >&2; give_up "apt could not bring $packages"; }
    for package in "$cache"/new/*.deb; do
        dpkg-deb -x "$package" "$cache/new/apart" || give_up "$package could not be taken apart"
    done
    mv "$cache/new/apart/usr/bin/prometheus" "$cache/new/apart/usr/bin/promtool" "$cache/" ||
        give_up "the package has no prometheus and promtool"
    mkdir -p "$cache/usr/share/prometheus"
    rm -rf "$cache/usr/share/prometheus/alertmanager"
    mv "$cache/new/apart/usr/share/prometheus/alertmanager" "$cache/usr/share/prometheus/" ||
        give_up "the package has no templates for alertmanager"
    # Debian's reads its templates below /usr/share; the same path without its first character finds them in the cache.
    LC_ALL=C sed 's#/usr/share/prometheus/alertmanager#usr/share/prometheus/alertmanager/#g' \
        <"$cache/new/apart/usr/bin/prometheus-alertmanager" >"$cache/new/alertmanager" &&
        chmod +x "$cache/new/alertmanager" && mv "$cache/new/alertmanager" "$cache/" ||
        give_up "the package has no alertmanager"
    mv "$cache/new/apart/usr/bin/amtool" "$cache/" || give_up "the package has no amtool"
    rm -rf "$cache/new" "$cache/apt"
}

running() {
    [ -f "$folder/pid" ] && kill -0 "$(cat "$folder/pid")" 2>/dev/null
}

ready() {
    curl --fail --silent --noproxy '*' --max-time 1 "http://127.0.0.1:$1/-/ready" >/dev/null 2>&1
}

start() {
    [ $# -gt 1 ] || give_up "start takes prometheus or alertmanager, a folder, a port and further options"
    program=$1 port=$2
    shift 2
    fetched || fetch
    ! running || give_up "one runs in $folder already (process $(cat "$folder/pid"))"
    # A session of its own: what ends the shell or the test does not end it before `stop` does.
    setsid "$0" run "$program" "$folder" "$port" "$@" >"$folder/log" 2>&1 </dev/null &
    echo $! >"$folder/pid"
    waited=0
    until ready "$port"; do
        running || { tail -n 20 "$folder/log" >&2; give_up "it ended before it was up; its log is $folder/log"; }
        [ $waited -lt $((up_within_s * 10)) ] || { end KILL; give_up "it was not up within $up_within_s s; its log is $folder/log"; }
        sleep 0.1
        waited=$((waited + 1))
    done
}

run() {
    program=$1 port=$2
    shift 2
    case $program in
        prometheus) set -- --storage.tsdb.path="$folder/data" "$@" ;;
        alertmanager) set -- --storage.path="$folder/data" --cluster.listen-address= "$@" ;;
        *) give_up "no such program: $program; there are prometheus and alertmanager" ;;
    esac
    cd "$cache"
    exec "$cache/$program" --config.file="$folder/$program.yml" --web.listen-address="127.0.0.1:$port" "$@"
}

# Signal it and wait until its process is gone.
end() {
    running || { rm -f "$folder/pid"; return 0; }
    kill -"$1" "$(cat "$folder/pid")"
    waited=0
    while running; do
        [ $waited -lt $((down_within_s * 10)) ] || { say "it does not stop: ending it"; kill -KILL "$(cat "$folder/pid")"; }
        sleep 0.1
        waited=$((waited + 1))
    done
    rm -f "$folder/pid"
}

# Take the folder out of what was given: it is where everything of one lies.
at() {
    mkdir -p "$1"
    folder=$(cd "$1" && pwd)
}

usage() {
    sed -n '2,/^set -eu/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
    exit 2
}

command=${1:-}
[ $# -eq 0 ] || shift
case $command in
    fetch) fetch ;;
    start | run)
        [ $# -gt 2 ] || usage
        at "$2"
        program=$1
        shift 2
        "$command" "$program" "$@"
        ;;
    stop) [ $# -gt 0 ] || usage; at "$1"; end TERM ;;
    status)
        [ $# -gt 0 ] || usage
        at "$1"
        if running; then echo "running, process $(cat "$folder/pid")"; else echo "not running"; exit 1; fi
        ;;
    *) usage ;;
esac
