#!/usr/bin/env bash
# A real Apache Kafka on this machine: KRaft nodes on loopback ports, for tests and for desks.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
A real Apache Kafka 4.3.1 (KRaft, one node unless said) on this machine. Needs Java 17 and Maven,
which fetches its jars (54 MB) on first use.

  kafka.sh start                      start it, or those of its nodes that do not run; prints
                                      KAFKA_BOOTSTRAP=host:port once it answers
  kafka.sh env                        print that line again
  kafka.sh topic NAME [PARTITIONS] [key=value ...]
                                      make a topic (1 partition unless said) for replayed events:
                                      nothing expires, and any record time is taken
  kafka.sh delete NAME                delete a topic
  kafka.sh topics                     list the topics
  kafka.sh tail NAME [N]              print the first N records of a topic (10 unless said)
  kafka.sh stop                       stop it and delete its data
  kafka.sh kill [NODE]                end a node (1 unless said) at once (kill -9); its data stays
  kafka.sh fetch                      only fetch the jars

Environment:
  KAFKA_BOOTSTRAP      set: use that cluster; start and stop then do nothing
  TOKENMETER_RIG_DIR   where jars, data and logs are kept (default ~/.cache/tokenmeter/rig)
  RIG_NAME             name of the instance (default "default"); each has its own ports and data
  KAFKA_NODES          how many nodes a new instance has (default 1); with three, topics have three
                       replicas, of which two must have a message
  KAFKA_HEAP           the heap of a node (default 1g)

Examples:
  eval "$(tests/rig/kafka.sh start)" && export KAFKA_BOOTSTRAP
  tests/rig/kafka.sh topic llm-usage 4
  tokenmeter replay traces.csv --bootstrap-servers "$KAFKA_BOOTSTRAP" --topic llm-usage --flat-out
TEXT
}

VERSION="$(sed -n '/kafka_2.13/{n;s/.*<version>\(.*\)<.*/\1/p}' "$RIG_HERE/pom.xml")"
LIBS="$RIG_DIR/kafka-$VERSION"
INSTANCE="$RIG_DIR/kafka-node-${RIG_NAME:-default}"

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

# nodes: the folders of the instance's nodes.
nodes() {
    ls -d "$INSTANCE"/node-* 2>/dev/null
}

# node_port FOLDER: the port at which clients reach a node.
node_port() {
    sed -n 's/^listeners=PLAINTEXT:..127.0.0.1:\([0-9]*\),.*/\1/p' "$1/server.properties"
}

running() {
    local node
    for node in $(nodes); do
        alive "$node/pid" && return
    done
    return 1
}

bootstrap() {
    [[ -n "${KAFKA_BOOTSTRAP:-}" ]] && { echo "$KAFKA_BOOTSTRAP"; return; }
    [[ -s "$INSTANCE/bootstrap" ]] && running || die "not running; start it with: $0 start"
    cat "$INSTANCE/bootstrap"
}

# write_properties FOLDER NUMBER PORT CONTROLLER_PORT VOTERS REPLICAS
write_properties() {
    mkdir -p "$1"
    cat >"$1/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=$2
controller.quorum.voters=$5
listeners=PLAINTEXT://127.0.0.1:$3,CONTROLLER://127.0.0.1:$4
advertised.listeners=PLAINTEXT://127.0.0.1:$3
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$1/data
default.replication.factor=$6
min.insync.replicas=$(($6 > 1 ? 2 : 1))
offsets.topic.replication.factor=$6
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=$6
transaction.state.log.min.isr=$(($6 > 1 ? 2 : 1))
share.coordinator.state.topic.replication.factor=$6
share.coordinator.state.topic.min.isr=1
# A killed worker must not hold its partitions for longer than a test has patience.
group.min.session.timeout.ms=1000
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
# A killed node may come back once its session is over.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# Replayed traces carry the times at which they were recorded, years ago.
log.retention.ms=-1
log.message.timestamp.before.max.ms=9223372036854775807
log.message.timestamp.after.max.ms=9223372036854775807
# Messages over tokenmeter's own limit of 1 MiB must be able to reach it.
message.max.bytes=8388608
replica.fetch.max.bytes=8388608
PROPERTIES
}

# make_instance COUNT: writes and formats the folders of so many nodes.
make_instance() {
    local count="$1" number ports voters="" addresses="" cluster
    # shellcheck disable=SC2207
    ports=($(free_ports $((2 * count))))
    for number in $(seq "$count"); do
        voters+="${voters:+,}$number@127.0.0.1:${ports[2 * number - 1]}"
        addresses+="${addresses:+,}127.0.0.1:${ports[2 * number - 2]}"
    done
    cluster="$(tool kafka.tools.StorageTool random-uuid)"
    for number in $(seq "$count"); do
        local node="$INSTANCE/node-$number"
        write_properties "$node" "$number" "${ports[2 * number - 2]}" "${ports[2 * number - 1]}" \
            "$voters" "$count"
        tool kafka.tools.StorageTool format -c "$node/server.properties" -t "$cluster" \
            >"$node/log" 2>&1 || { cat "$node/log" >&2; die "could not format its data folder"; }
    done
    echo "$addresses" >"$INSTANCE/bootstrap"
}

# launch FOLDER: starts a node on its files.
launch() {
    setsid nohup java -Xmx"${KAFKA_HEAP:-1g}" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
        -cp "$LIBS/*" kafka.Kafka "$1/server.properties" >>"$1/log" 2>&1 </dev/null 9>&- &
    echo $! >"$1/pid"
}

# await FOLDER: waits until a node answers.
await() {
    local port
    port="$(node_port "$1")"
    wait_for 180 "$1/pid" "$1/log" answers "$port"
    # The port opens before the node has elected itself: only a served request says it is ready.
    wait_for 180 "$1/pid" "$1/log" \
        tool org.apache.kafka.tools.TopicCommand --bootstrap-server "127.0.0.1:$port" --list
}

start() {
    local node launched=()
    [[ -n "${KAFKA_BOOTSTRAP:-}" ]] && return
    fetch
    [[ -s "$INSTANCE/bootstrap" ]] || make_instance "${KAFKA_NODES:-1}"
    for node in $(nodes); do
        alive "$node/pid" || { launch "$node"; launched+=("$node"); }
    done
    for node in "${launched[@]}"; do
        await "$node"
    done
}

stop() {
    local node
    [[ -n "${KAFKA_BOOTSTRAP:-}" ]] && return
    for node in $(nodes); do
        stop_pid "$node/pid" &
    done
    wait
    rm -rf "$INSTANCE"
}

topic() {
    local name="$1" partitions="${2:-1}" option configs=()
    shift $(($# > 1 ? 2 : 1))
    for option in retention.ms=-1 message.timestamp.before.max.ms=9223372036854775807 \
        message.timestamp.after.max.ms=9223372036854775807 "$@"; do
        configs+=(--config "$option")
    done
    tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$(bootstrap)" --create \
        --topic "$name" --partitions "$partitions" "${configs[@]}"
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
        node="$INSTANCE/node-${2:-1}"
        alive "$node/pid" || die "node ${2:-1} does not run"
        kill -KILL "$(cat "$node/pid")"
        while alive "$node/pid"; do sleep 0.05; done
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
