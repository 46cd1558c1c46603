# What the rig's scripts share: the folder they keep things in, free ports, processes by pid.
# Sourced, not run.

RIG_DIR="${TOKENMETER_RIG_DIR:-$HOME/.cache/tokenmeter/rig}"
RIG_HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# need COMMAND PACKAGE: names the command that installs what is missing.
need() {
    command -v "$1" >/dev/null || die "$1 is missing; install it with: apt-get install -y $2"
}

# free_ports N: prints N ports that nobody listens on, all held open while they are chosen.
free_ports() {
    python3 - "$1" <<'PYTHON'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in held:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held))
PYTHON
}

# answers PORT: whether somebody listens on the loopback port.
answers() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# alive PIDFILE: whether the process of a pid file runs.
alive() {
    [[ -s "$1" ]] && kill -0 "$(cat "$1")" 2>/dev/null
}

# wait_for SECONDS PIDFILE LOG COMMAND...: until the command succeeds; fails if the process ends.
wait_for() {
    local seconds="$1" pid_file="$2" log="$3" deadline
    shift 3
    deadline=$((SECONDS + seconds))
    until "$@" >/dev/null 2>&1; do
        if ! alive "$pid_file"; then
            tail -n 30 "$log" >&2
            die "it ended while starting; its log: $log"
        fi
        if ((SECONDS >= deadline)); then
            tail -n 30 "$log" >&2
            die "it does not answer after $seconds s; its log: $log"
        fi
        sleep 0.2
    done
}

# stop_pid PIDFILE: ends the process, kindly first, and waits until it is gone.
stop_pid() {
    local pid tries
    [[ -s "$1" ]] || return 0
    pid="$(cat "$1")"
    kill "$pid" 2>/dev/null || true
    for tries in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || break
        ((tries == 75)) && kill -KILL "$pid" 2>/dev/null
        sleep 0.2
    done
    rm -f "$1"
}

# locked FILE COMMAND...: runs the command while holding the lock, so that two first runs fetch once.
locked() {
    local lock="$1"
    shift
    mkdir -p "$(dirname "$lock")"
    (
        flock 9
        "$@"
    ) 9>"$lock"
}
