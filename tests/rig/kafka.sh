#!/usr/bin/env bash
# A real Apache Kafka on this machine: one KRaft node on loopback ports, for tests and for desks.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
A real Apache Kafka 4.3.1 (KRaft, one node) on this machine. Needs Java 17 and Maven, which
fetches its jars (54 MB) on first use.

  kafka.sh start                      start it; prints KAFKA_BOOTSTRAP=host:port once it answers
  kafka.sh env                        print that line again
  kafka.sh topic NAME [PARTITIONS] [key=value ...]
                                      make a topic (1 partition unless said) for replayed events:
                                      nothing expires, and any record time is taken
  kafka.sh delete NAME                delete a topic
  kafka.sh topics                     list the topics
  kafka.sh tail NAME [N]              print the first N records of a topic (10 unless said)
  kafka.sh stop                       stop it and delete its data
  kafka.sh kill                       end it at once (kill -9); its data stays
  kafka.sh fetch                      only fetch the jars

Environment:
  KAFKA_BOOTSTRAP      set: use that cluster; start and stop then do nothing
  TOKENMETER_RIG_DIR   where jars, data and logs are kept (default ~/.cache/tokenmeter/rig)
  RIG_NAME             name of the instance (default "default"); each has its own ports and data
  KAFKA_HEAP           the broker's heap (default 1g)

Examples:
  eval "$(tests/rig/kafka.sh start)" && export KAFKA_BOOTSTRAP
  tests/rig/kafka.sh topic llm-usage 4
  tokenmeter replay traces.csv --bootstrap-servers "$KAFKA_BOOTSTRAP" --topic llm-usage --flat-out
TEXT
}

VERSION="$(sed -n '/kafka_2.13/{n;s/.*<version>\(.*\)<.*/\1/p}' "$RIG_HERE/pom.xml")"
LIBS="$RIG_DIR/kafka-$VERSION"
NODE="$RIG_DIR/kafka-node-${RIG_NAME:-default}"

fetch() {
    [[ -d "$LIBS" ]] && return
    need java openjdk-17-jre-headless
    need mvn maven
    local part="$LIBS.part"
    rm -rf "$part"
    mvn -q -B -f "$RIG_HERE/pom.xml" dependency:copy-dependencies -DoutputDirectory="$part" >&2
    # A half-fetched folder must never look whole.
    mv "$part" "$LIBS"
}

tool() {
    java -Xmx256m -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$LIBS/*" "$@"
}

bootstrap() {
    [[ -n "${KAFKA_BOOTSTRAP:-}" ]] && { echo "$KAFKA_BOOTSTRAP"; return; }
    [[ -s "$NODE/bootstrap" ]] && alive "$NODE/pid" || die "not running; start it with: $0 start"
    cat "$NODE/bootstrap"
}

write_properties() {
    cat >"$NODE/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$2
listeners=PLAINTEXT://127.0.0.1:$1,CONTROLLER://127.0.0.1:$2
advertised.listeners=PLAINTEXT://127.0.0.1:$1
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$NODE/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# A killed worker must not hold its partitions for longer than a test has patience.
group.min.session.timeout.ms=1000
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
# Replayed traces carry the times at which they were recorded, years ago.
log.retention.ms=-1
log.message.timestamp.before.max.ms=9223372036854775807
log.message.timestamp.after.max.ms=9223372036854775807
# Messages over tokenmeter's own limit of 1 MiB must be able to reach it.
message.max.bytes=8388608
replica.fetch.max.bytes=8388608
PROPERTIES
}

# launch: starts the broker on the instance's files and waits until it answers.
launch() {
    local port
    port="$(sed -n 's/^listeners=PLAINTEXT:..127.0.0.1:\([0-9]*\),.*/\1/p' "$NODE/server.properties")"
    setsid nohup java -Xmx"${KAFKA_HEAP:-1g}" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
        -cp "$LIBS/*" kafka.Kafka "$NODE/server.properties" >>"$NODE/log" 2>&1 </dev/null 9>&- &
    echo $! >"$NODE/pid"
    wait_for 60 "$NODE/pid" "$NODE/log" answers "$port"
    # The port opens before the node has elected itself: only a served request says it is ready.
    wait_for 60 "$NODE/pid" "$NODE/log" \
        tool org.apache.kafka.tools.TopicCommand --bootstrap-server "127.0.0.1:$port" --list
    echo "127.0.0.1:$port" >"$NODE/bootstrap"
}

start() {
    if [[ -n "${KAFKA_BOOTSTRAP:-}" ]] || alive "$NODE/pid"; then
        return
    fi
    fetch
    if [[ ! -s "$NODE/server.properties" ]]; then
        mkdir -p "$NODE"
        # shellcheck disable=SC2046
        write_properties $(free_ports 2)
        tool kafka.tools.StorageTool format -c "$NODE/server.properties" \
            -t "$(tool kafka.tools.StorageTool random-uuid)" >"$NODE/log" 2>&1 \
            || { cat "$NODE/log" >&2; die "could not format its data folder"; }
    fi
    launch
}

stop() {
    [[ -n "${KAFKA_BOOTSTRAP:-}" ]] && return
    stop_pid "$NODE/pid"
    rm -rf "$NODE"
}

topic() {
    local name="$1" partitions="${2:-1}" option configs=()
    shift $(($# > 1 ? 2 : 1))
    for option in retention.ms=-1 message.timestamp.before.max.ms=9223372036854775807 \
        message.timestamp.after.max.ms=9223372036854775807 "$@"; do
        configs+=(--config "$option")
    done
    tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$(bootstrap)" --create \
        --topic "$name" --partitions "$partitions" --replication-factor 1 "${configs[@]}"
}

case "${1:-help}" in
    fetch) locked "$RIG_DIR/kafka.lock" fetch ;;
    start)
        locked "$RIG_DIR/kafka.lock" start
        echo "KAFKA_BOOTSTRAP=$(bootstrap)"
        ;;
    env) echo "KAFKA_BOOTSTRAP=$(bootstrap)" ;;
    stop) locked "$RIG_DIR/kafka.lock" stop ;;
    kill)
        [[ -s "$NODE/pid" ]] && kill -KILL "$(cat "$NODE/pid")"
        ;;
    topic)
        [[ $# -ge 2 ]] || die "which topic? see: $0 help"
        topic "${@:2}"
        ;;
    delete)
        [[ $# -eq 2 ]] || die "which topic? see: $0 help"
        tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$(bootstrap)" --delete --topic "$2"
        ;;
    topics) tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$(bootstrap)" --list ;;
    tail)
        [[ $# -ge 2 ]] || die "which topic? see: $0 help"
        tool org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server "$(bootstrap)" \
            --topic "$2" --from-beginning --max-messages "${3:-10}" --timeout-ms 5000 2>/dev/null
        ;;
    help | -h | --help) usage ;;
    *)
        usage >&2
        exit 2
        ;;
esac
