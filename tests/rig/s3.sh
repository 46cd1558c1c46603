#!/usr/bin/env bash
# A real S3 server with conditional puts on this machine: a folder behind versitygw on a loopback port.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
A real S3 server on this machine: versitygw over a folder. It honours If-None-Match, which is what
makes commits to a Delta table safe. Needs Go, which builds it on first use (about 2 minutes).

  s3.sh start [BUCKET]   start it with one bucket ("lake" unless said), or again after a kill at the
                         same port on the same data; prints AWS_* lines
  s3.sh env              print those lines again
  s3.sh kill             end it at once (kill -9); its data stays
  s3.sh stop             stop it and delete its data
  s3.sh fetch            only build the server

Environment:
  TOKENMETER_RIG_DIR   where the server, data and logs are kept (default ~/.cache/tokenmeter/rig)
  RIG_NAME             name of the instance (default "default"); each has its own port and data

Example:
  eval "$(tests/rig/s3.sh start lake | sed 's/^/export /')"
  tokenmeter run --lake s3://lake/usage ...
TEXT
}

VERSION=v1.8.0
SERVER="$RIG_DIR/versitygw-$VERSION"
NODE="$RIG_DIR/s3-node-${RIG_NAME:-default}"

fetch() {
    [[ -x "$SERVER" ]] && return
    need go golang-go
    local part="$SERVER.part"
    mkdir -p "$part"
    GOBIN="$part" go install "github.com/versity/versitygw/cmd/versitygw@$VERSION" \
        >"$SERVER.log" 2>&1 || { cat "$SERVER.log" >&2; die "could not build the server"; }
    mv "$part/versitygw" "$SERVER"
    rmdir "$part"
}

print_env() {
    [[ -s "$NODE/env" ]] && alive "$NODE/pid" || die "not running; start it with: $0 start"
    cat "$NODE/env"
}

start() {
    local bucket="$1" port
    # A folder at the top of the posix back end is a bucket.
    if alive "$NODE/pid"; then
        mkdir -p "$NODE/data/$bucket"
        return
    fi
    fetch
    mkdir -p "$NODE/data/$bucket"
    [[ -s "$NODE/port" ]] || free_ports 1 >"$NODE/port"
    port="$(cat "$NODE/port")"
    ROOT_ACCESS_KEY=rig ROOT_SECRET_KEY=rig-secret setsid nohup "$SERVER" --quiet --port "127.0.0.1:$port" \
        posix "$NODE/data" >>"$NODE/log" 2>&1 </dev/null 9>&- &
    echo $! >"$NODE/pid"
    wait_for 20 "$NODE/pid" "$NODE/log" answers "$port"
    cat >"$NODE/env" <<ENV
AWS_ENDPOINT_URL=http://127.0.0.1:$port
AWS_ALLOW_HTTP=true
AWS_ACCESS_KEY_ID=rig
AWS_SECRET_ACCESS_KEY=rig-secret
AWS_REGION=us-east-1
ENV
}

stop() {
    stop_pid "$NODE/pid"
    rm -rf "$NODE"
}

case "${1:-help}" in
    fetch) locked "$RIG_DIR/s3.lock" fetch ;;
    start)
        locked "$RIG_DIR/s3.lock" start "${2:-lake}"
        print_env
        ;;
    env) print_env ;;
    kill)
        alive "$NODE/pid" || die "it does not run"
        kill -KILL "$(cat "$NODE/pid")"
        while alive "$NODE/pid"; do sleep 0.05; done
        ;;
    stop) locked "$RIG_DIR/s3.lock" stop ;;
    help | -h | --help) usage ;;
    *)
        usage >&2
        exit 2
        ;;
esac
