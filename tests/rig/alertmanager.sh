#!/usr/bin/env bash
# A real Alertmanager on this machine, and a real Prometheus beside it if one is asked for.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
A real Prometheus Alertmanager on loopback ports, and a real Prometheus. Both come from Debian's
packages, unpacked into the rig's folder, so that nothing is installed and no service starts.

  alertmanager.sh start [URL]      start Alertmanager; it groups by alertname and tells the webhook
                                   at URL, if one is given; prints ALERTMANAGER_URL and AMTOOL
  alertmanager.sh prometheus HOST:PORT RULES
                                   start Prometheus: it scrapes HOST:PORT every second, evaluates the
                                   file RULES and tells Alertmanager; prints PROMETHEUS_URL
  alertmanager.sh env              print those lines again
  alertmanager.sh stop             stop both and delete their data
  alertmanager.sh fetch            only fetch the packages

Environment:
  TOKENMETER_RIG_DIR   where programs, data and logs are kept (default ~/.cache/tokenmeter/rig)
  RIG_NAME             name of the instance (default "default"); each has its own ports and data

Example:
  tests/rig/alertmanager.sh start
  tokenmeter alerts send-test alertmanager --config tokenmeter.toml
TEXT
}

PROGRAMS="$RIG_DIR/prometheus-debian"
NODE="$RIG_DIR/alertmanager-node-${RIG_NAME:-default}"
PACKAGES=(prometheus prometheus-alertmanager)

fetch() {
    [[ -x "$PROGRAMS/usr/bin/prometheus-alertmanager" ]] && return
    need apt-get apt
    need dpkg dpkg
    local part="$PROGRAMS.part" package
    rm -rf "$part"
    mkdir -p "$part"
    (
        cd "$part"
        # The index may be older than the packages that it names.
        apt-get download -q "${PACKAGES[@]}" >fetch.log 2>&1 ||
            { apt-get update -qq && apt-get download -q "${PACKAGES[@]}"; } >>fetch.log 2>&1
    ) || {
        cat "$part/fetch.log" >&2
        die "cannot download them; try: apt-get update && apt-get download ${PACKAGES[*]}"
    }
    for package in "$part"/*.deb; do
        dpkg -x "$package" "$part"
        rm "$package"
    done
    rm -rf "$PROGRAMS"
    mv "$part" "$PROGRAMS"
}

print_env() {
    [[ -s "$NODE/env" ]] && alive "$NODE/pid" || die "not running; start it with: $0 start"
    cat "$NODE/env"
}

# Grouping and repetition are quick, so that a test sees them.
start() {
    local webhook="${1:-}" port receiver=nobody
    alive "$NODE/pid" && return
    fetch
    rm -rf "$NODE"
    mkdir -p "$NODE/data"
    port="$(free_ports 1)"
    [[ -n "$webhook" ]] && receiver=webhook
    cat >"$NODE/alertmanager.yml" <<YAML
route:
  receiver: $receiver
  group_by: [alertname]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 1h
receivers:
  - name: nobody
  - name: webhook
    webhook_configs:
      - url: "${webhook:-http://127.0.0.1:9/}"
YAML
    # Debian's Alertmanager reads its templates below /usr/share and nowhere else: it gets a view of
    # the machine in which the unpacked ones stand there.
    # shellcheck disable=SC2016
    setsid nohup unshare --map-root-user --mount sh -c 'mount --bind "$1" /usr/share; shift; exec "$@"' \
        sh "$PROGRAMS/usr/share" \
        "$PROGRAMS/usr/bin/prometheus-alertmanager" --config.file="$NODE/alertmanager.yml" \
        --storage.path="$NODE/data" --web.listen-address="127.0.0.1:$port" --cluster.listen-address= \
        >>"$NODE/log" 2>&1 </dev/null 9>&- &
    echo $! >"$NODE/pid"
    wait_for 20 "$NODE/pid" "$NODE/log" answers "$port"
    cat >"$NODE/env" <<ENV
ALERTMANAGER_URL=http://127.0.0.1:$port
AMTOOL=$PROGRAMS/usr/bin/amtool
ENV
}

prometheus() {
    local target="$1" rules="$2" port alertmanager
    alive "$NODE/prometheus.pid" && return
    alertmanager="$(sed -n 's|^ALERTMANAGER_URL=http://||p' "$NODE/env")"
    port="$(free_ports 1)"
    mkdir -p "$NODE/prometheus"
    cat >"$NODE/prometheus.yml" <<YAML
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: ["$rules"]
alerting:
  alertmanagers:
    - static_configs: [targets: ["$alertmanager"]]
scrape_configs:
  - job_name: tokenmeter
    static_configs: [targets: ["$target"]]
YAML
    setsid nohup "$PROGRAMS/usr/bin/prometheus" --config.file="$NODE/prometheus.yml" \
        --storage.tsdb.path="$NODE/prometheus" --web.listen-address="127.0.0.1:$port" \
        >>"$NODE/prometheus.log" 2>&1 </dev/null 9>&- &
    echo $! >"$NODE/prometheus.pid"
    wait_for 20 "$NODE/prometheus.pid" "$NODE/prometheus.log" answers "$port"
    echo "PROMETHEUS_URL=http://127.0.0.1:$port" >>"$NODE/env"
}

stop() {
    stop_pid "$NODE/prometheus.pid"
    stop_pid "$NODE/pid"
    rm -rf "$NODE"
}

case "${1:-help}" in
    fetch) locked "$RIG_DIR/alertmanager.lock" fetch ;;
    start)
        locked "$RIG_DIR/alertmanager.lock" start "${2:-}"
        print_env
        ;;
    prometheus)
        [[ $# == 3 ]] || die "name HOST:PORT and a file of rules; see --help"
        print_env >/dev/null
        locked "$RIG_DIR/alertmanager.lock" prometheus "$2" "$(realpath "$3")"
        print_env
        ;;
    env) print_env ;;
    stop) locked "$RIG_DIR/alertmanager.lock" stop ;;
    help | -h | --help) usage ;;
    *)
        usage >&2
        exit 2
        ;;
esac
