#!/bin/sh
# Make the messages in tests/data/dialects by the frameworks' own libraries:
#
#   make.sh [axon4] [axon5] [eventuate]      all of them when none is named
#
# Each folder beside this file has a pom.xml, the checksums of what it brings, and the program that makes the
# messages. Needs Maven and Java 17, for Axon 5 Java 21 (JAVA_HOME says which). The jars stay in .cache/dialects. The ids and times in the
# messages are new each time. `--accept` writes the checksums of what came, for a new version.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=$here/../../../../.cache/dialects
accept=
java=${JAVA_HOME:+$JAVA_HOME/bin/}
[ "${1:-}" != --accept ] || { accept=yes; shift; }
[ $# -gt 0 ] || set -- axon4 axon5 eventuate

fetch() {
    rm -rf "$cache/$1"
    mkdir -p "$cache/$1/jars" "$cache/$1/classes"
    mvn --quiet --batch-mode --file "$here/$1/pom.xml" \
        org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$cache/$1/jars"
    [ -z "$accept" ] || (cd "$cache/$1/jars" && sha256sum ./*.jar >"$here/$1/jars.sha256")
    (cd "$cache/$1/jars" && sha256sum --check --quiet --strict "$here/$1/jars.sha256")
}

make_messages() {
    fetch "$1"
    "${java}javac" -cp "$cache/$1/jars/*" -d "$cache/$1/classes" "$here/$1/Make.java"
    made_by="tests/data/dialects/made_by/$1 with $3"
    "${java}java" -cp "$cache/$1/classes:$cache/$1/jars/*" Make "$made_by" 2>"$cache/$1/log" | python3 -m json.tool --indent 1 >"$cache/$1/made.json"
    mv "$cache/$1/made.json" "$here/../$2.json"
}

for framework; do
    case $framework in
    axon4) make_messages axon4 axon/version_4 "axon-messaging 4.9.4 and axon-kafka 4.9.0" ;;
    axon5) make_messages axon5 axon/version_5 "axon-messaging 5.0.1" ;;
    eventuate) make_messages eventuate eventuate/saga "eventuate-tram-sagas 0.25.0.RELEASE" ;;
    *) echo "make.sh: $framework is none of axon4, axon5, eventuate" >&2; exit 2 ;;
    esac
done
