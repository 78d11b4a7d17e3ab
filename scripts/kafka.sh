#!/bin/sh
# Bring Apache Kafka's server into .cache/kafka, and run one node of it (KRaft) for tests, demos and soak runs.
#
#   kafka.sh fetch                     bring the jars; every one is checked against scripts/kafka/jars.sha256
#   kafka.sh start FOLDER [OPTION...]  start a node whose data, log and settings are in FOLDER, and wait until it is up
#   kafka.sh stop FOLDER               stop it and wait until it is gone
#   kafka.sh kill FOLDER               end it at once, as a power cut does
#   kafka.sh status FOLDER             say whether it runs; 0 when it does, 1 when not
#
# Options of start (a FOLDER that was started before keeps what it was given):
#   --port N             the plain listener, default 9092
#   --controller-port N  the node's own, default the plain one and 1
#   --sasl-port N        a listener with SASL (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512), for --user and --password;
#                        OAUTHBEARER takes unsigned tokens
#   --user NAME          default sagascope
#   --password WORD      default sagascope
#   --tls-port N         a listener with TLS, with --pem FILE: the server's key and certificate
#   --set KEY=VALUE      a further line of server.properties; may be repeated
#
# Needs Java 17 or newer. The jars come by Maven as this machine has it set up; without Maven by curl from the
# Maven repository that MAVEN_REPOSITORY names.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
list=$here/kafka/jars.sha256
cache=${SAGASCOPE_KAFKA_CACHE:-$here/../.cache/kafka}
memory=${KAFKA_MEMORY:-512m}
java_oldest=17
up_within_s=60
down_within_s=30

say() {
    echo "kafka: $1" >&2
}

give_up() {
    say "$1"
    exit 1
}

java_version() {
    java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p'
}

need_java() {
    command -v java >/dev/null 2>&1 ||
        give_up "no java on the PATH; install Java $java_oldest or newer (Debian, Ubuntu: apt-get install openjdk-17-jre-headless)"
    found=$(java_version)
    [ "${found:-0}" -ge "$java_oldest" ] || give_up "java is version ${found:-unknown}; Kafka needs $java_oldest or newer"
}

fetched() {
    [ -f "$cache/stamp" ] && [ "$(cat "$cache/stamp")" = "$(cksum <"$list")" ]
}

by_maven() {
    mvn --quiet --batch-mode --file "$here/kafka/pom.xml" \
        org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$1" -Dmdep.useRepositoryLayout=true >"$cache/fetch.log" 2>&1 ||
        { cat "$cache/fetch.log" >&2; return 1; }
}

by_curl() {
    sed 's/^[0-9a-f]*  //' "$list" | while read -r jar; do
        mkdir -p "$1/$(dirname "$jar")"
        curl --fail --silent --show-error --location --output "$1/$jar" "${MAVEN_REPOSITORY%/}/$jar" || return 1
    done
}

fetch() {
    ! fetched || return 0
    rm -rf "$cache/new"
    mkdir -p "$cache/new"
    say "bringing Apache Kafka"
    if [ -n "${MAVEN_REPOSITORY:-}" ]; then
        by_curl "$cache/new" || give_up "the jars could not be fetched from MAVEN_REPOSITORY"
    elif command -v mvn >/dev/null 2>&1; then
        by_maven "$cache/new" || give_up "Maven could not bring the jars"
    else
        give_up "no mvn on the PATH: install Maven, or set MAVEN_REPOSITORY to the URL of a Maven repository"
    fi
    (cd "$cache/new" && sha256sum --check --quiet --strict "$list" >&2) ||
        give_up "a jar is not the one that $list names; nothing was installed"
    rm -rf "$cache/jars"
    mkdir -p "$cache/jars"
    # Only what the list names: nothing runs that no checksum covers.
    sed 's/^[0-9a-f]*  //' "$list" | while read -r jar; do mv "$cache/new/$jar" "$cache/jars/"; done
    rm -rf "$cache/new"
    cksum <"$list" >"$cache/stamp"
}

running() {
    [ -f "$folder/pid" ] && kill -0 "$(cat "$folder/pid")" 2>/dev/null
}

kafka_java() {
    java -Xmx"$memory" -XX:+UseSerialGC -XX:TieredStopAtLevel="${KAFKA_TIER:-4}" \
        -Dorg.slf4j.simpleLogger.showDateTime=true -Dlog4j2.level=OFF -cp "$cache/jars/*" "$@"
}

properties() {
    listeners=PLAINTEXT://127.0.0.1:$port
    protocols=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
    if [ -n "$sasl_port" ]; then
        listeners=$listeners,SASL_PLAINTEXT://127.0.0.1:$sasl_port
        protocols=$protocols,SASL_PLAINTEXT:SASL_PLAINTEXT
    fi
    if [ -n "$tls_port" ]; then
        listeners=$listeners,SSL://127.0.0.1:$tls_port
        protocols=$protocols,SSL:SSL
    fi
    cat <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller_port
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listeners=$listeners,CONTROLLER://127.0.0.1:$controller_port
advertised.listeners=$listeners
listener.security.protocol.map=$protocols
log.dirs=$folder/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
num.network.threads=2
num.io.threads=2
END
    if [ -n "$sasl_port" ]; then
        cat <<END
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
listener.name.sasl_plaintext.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="$user";
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_$user="$password";
listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
END
    fi
    if [ -n "$tls_port" ]; then
        cat <<END
ssl.keystore.type=PEM
ssl.keystore.location=$pem
ssl.client.auth=none
END
    fi
    printf '%s' "$more"
}

prepare() {
    port=9092 controller_port='' sasl_port='' tls_port='' pem='' user=sagascope password=sagascope more=''
    while [ $# -gt 0 ]; do
        [ $# -gt 1 ] || give_up "$1 needs a value"
        case $1 in
            --port) port=$2 ;;
            --controller-port) controller_port=$2 ;;
            --sasl-port) sasl_port=$2 ;;
            --user) user=$2 ;;
            --password) password=$2 ;;
            --tls-port) tls_port=$2 ;;
            --pem) pem=$2 ;;
            --set) more="$more$2
" ;;
            *) give_up "no such option: $1; the head of this script lists them" ;;
        esac
        shift 2
    done
    controller_port=${controller_port:-$((port + 1))}
    [ -z "$tls_port" ] || [ -f "$pem" ] || give_up "--tls-port needs --pem FILE with the server's key and certificate"
    mkdir -p "$folder/data"
    properties >"$folder/server.properties"
    set -- --cluster-id 4L6g3nShT-eMCtK--X86sw --config "$folder/server.properties"
    if [ -n "$sasl_port" ]; then
        set -- "$@" --add-scram "SCRAM-SHA-256=[name=$user,password=$password]" \
            --add-scram "SCRAM-SHA-512=[name=$user,password=$password]"
    fi
    KAFKA_TIER=1 kafka_java kafka.tools.StorageTool format "$@" >"$folder/format.log" 2>&1 ||
        { cat "$folder/format.log" >&2; rm -f "$folder/server.properties"; give_up "the folder could not be prepared"; }
}

start() {
    need_java
    fetch
    ! running || give_up "a node runs in $folder already (process $(cat "$folder/pid"))"
    mkdir -p "$folder"
    [ -f "$folder/server.properties" ] || prepare "$@"
    : >"$folder/log"
    # A session of its own: what ends the shell or the test does not end the node before `stop` does.
    KAFKA_TIER=${KAFKA_TIER:-4} setsid "$0" run "$folder" >>"$folder/log" 2>&1 </dev/null &
    echo $! >"$folder/pid"
    waited=0
    until grep -q 'Kafka Server started' "$folder/log"; do
        running || { tail -n 20 "$folder/log" >&2; give_up "the node ended before it was up; its log is $folder/log"; }
        [ $waited -lt $((up_within_s * 10)) ] || { end KILL; give_up "the node was not up within $up_within_s s; its log is $folder/log"; }
        sleep 0.1
        waited=$((waited + 1))
    done
}

# Signal the node and wait until its process is gone.
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
    run) exec java -Xmx"$memory" -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.showDateTime=true \
        -cp "$cache/jars/*" kafka.Kafka "$folder/server.properties" ;;
    stop) end TERM ;;
    kill) end KILL ;;
    status) if running; then echo "running, process $(cat "$folder/pid")"; else echo "not running"; exit 1; fi ;;
    *) give_up "no such command: $command; there are fetch, start, stop, kill and status" ;;
esac
