#!/bin/sh
# Bring Apicurio Registry into .cache/registry, and run it in memory for tests: a schema registry with the REST API of
# Confluent's, below the path /apis/ccompat/v7.
#
#   registry.sh fetch                    bring it; checked against scripts/registry/archive.sha256
#   registry.sh start FOLDER [--port N]  start one whose log is in FOLDER, and wait until it is up; default 8081
#   registry.sh stop FOLDER              stop it and wait until it is gone; what it was given is gone too
#   registry.sh status FOLDER            say whether it runs; 0 when it does, 1 when not
#
# Needs Java 17 or newer. It comes by Maven as this machine has it set up; without Maven by curl from the Maven
# repository that MAVEN_REPOSITORY names.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
list=$here/registry/archive.sha256
cache=${SAGASCOPE_REGISTRY_CACHE:-$here/../.cache/registry}
memory=${REGISTRY_MEMORY:-384m}
version=2.6.13.Final
archive=apicurio-registry-app-$version-all.tar.gz
java_oldest=17
up_within_s=90
down_within_s=30

say() {
    echo "registry: $1" >&2
}

give_up() {
    say "$1"
    exit 1
}

need_java() {
    command -v java >/dev/null 2>&1 ||
        give_up "no java on the PATH; install Java $java_oldest or newer (Debian, Ubuntu: apt-get install openjdk-17-jre-headless)"
    found=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
    [ "${found:-0}" -ge "$java_oldest" ] || give_up "java is version ${found:-unknown}; this needs $java_oldest or newer"
}

fetched() {
    [ -f "$cache/stamp" ] && [ "$(cat "$cache/stamp")" = "$(cksum <"$list")" ]
}

by_maven() {
    mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
        -Dartifact="io.apicurio:apicurio-registry-app:$version:tar.gz:all" -DoutputDirectory="$1" >"$cache/fetch.log" 2>&1 ||
        { cat "$cache/fetch.log" >&2; return 1; }
}

by_curl() {
    curl --fail --silent --show-error --location --output "$1/$archive" \
        "${MAVEN_REPOSITORY%/}/io/apicurio/apicurio-registry-app/$version/$archive"
}

fetch() {
    ! fetched || return 0
    rm -rf "$cache/new" "$cache/app"
    mkdir -p "$cache/new" "$cache/app"
    say "bringing Apicurio Registry (140 MB)"
    if [ -n "${MAVEN_REPOSITORY:-}" ]; then
        by_curl "$cache/new" || give_up "it could not be fetched from MAVEN_REPOSITORY"
    elif command -v mvn >/dev/null 2>&1; then
        by_maven "$cache/new" || give_up "Maven could not bring it"
    else
        give_up "no mvn on the PATH: install Maven, or set MAVEN_REPOSITORY to the URL of a Maven repository"
    fi
    (cd "$cache/new" && sha256sum --check --quiet --strict "$list" >&2) ||
        give_up "the archive is not the one that $list names; nothing was installed"
    tar -xzf "$cache/new/$archive" -C "$cache/app"
    rm -rf "$cache/new"
    cksum <"$list" >"$cache/stamp"
}

running() {
    [ -f "$folder/pid" ] && kill -0 "$(cat "$folder/pid")" 2>/dev/null
}

start() {
    [ $# -eq 0 ] || [ "$1" = --port ] && [ $# -ne 1 ] || give_up "start takes a folder and --port N"
    need_java
    fetch
    ! running || give_up "one runs in $folder already (process $(cat "$folder/pid"))"
    # A session of its own: what ends the shell or the test does not end it before `stop` does.
    setsid "$0" run "$folder" "${2:-8081}" >"$folder/log" 2>&1 </dev/null &
    echo $! >"$folder/pid"
    waited=0
    until grep -q 'Listening on: http' "$folder/log"; do
        running || { tail -n 20 "$folder/log" >&2; give_up "it ended before it was up; its log is $folder/log"; }
        [ $waited -lt $((up_within_s * 10)) ] || { end KILL; give_up "it was not up within $up_within_s s; its log is $folder/log"; }
        sleep 0.1
        waited=$((waited + 1))
    done
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

command=${1:-}
[ $# -eq 0 ] || shift
if [ "$command" != fetch ]; then
    [ $# -gt 0 ] || { sed -n '2,/^set -eu/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2; exit 2; }
    mkdir -p "$1"
    folder=$(cd "$1" && pwd)
    shift
fi
case $command in
    fetch) need_java; fetch ;;
    start) start "$@" ;;
    run) exec java -Xmx"$memory" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dquarkus.http.host=127.0.0.1 \
        -Dquarkus.http.port="$1" -cp "$cache/app/*:$cache/app/lib/*" io.quarkus.runner.GeneratedMain ;;
    stop) end TERM ;;
    status) if running; then echo "running, process $(cat "$folder/pid")"; else echo "not running"; exit 1; fi ;;
    *) give_up "no such command: $command; there are fetch, start, stop and status" ;;
esac
