#!/usr/bin/env bash
# All tests: installs what is missing, builds, checks, and runs the scenarios on real Kafka and S3.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    cat <<'TEXT'
run.sh [NAME ...]    everything that must hold: build, format, lints, unit tests, docs, scenarios
                     (only the named scenarios, if any are named; tests/run.py --list names them)

Needs a Rust toolchain, a C compiler, Python 3, Java 17, Maven and Go. What is missing is installed
where that is possible, else the command that installs it is named.

Environment:
  CARGO_TARGET_DIR     where Rust builds (default ~/.cache/tokenmeter/target)
  TOKENMETER_RIG_DIR   where Kafka, the S3 server, Alertmanager and the Python environment are kept
                       (default ~/.cache/tokenmeter/rig)
  KAFKA_BOOTSTRAP      set: use that Kafka cluster instead of starting one
TEXT
}

case "${1:-}" in
    help | -h | --help)
        usage
        exit 0
        ;;
esac

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/tokenmeter/target}"
export TOKENMETER_RIG_DIR="${TOKENMETER_RIG_DIR:-$HOME/.cache/tokenmeter/rig}"
RIG=tests/rig

step() {
    printf '\n--- %s (%d:%02d)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60))
}

# Installs the Debian packages of commands that are missing, or says how.
install_missing() {
    local command package missing=()
    while read -r command package; do
        command -v "$command" >/dev/null || missing+=("$package")
    done <<'PACKAGES'
cc build-essential
make build-essential
perl perl
python3 python3
java openjdk-17-jre-headless
mvn maven
go golang-go
flock util-linux
openssl openssl
PACKAGES
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
    if ((${#missing[@]})); then
        if [[ "$(id -u)" == 0 ]] && command -v apt-get >/dev/null; then
            apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"
        else
            echo "missing; install with: sudo apt-get install -y ${missing[*]}" >&2
            exit 1
        fi
    fi
    command -v cargo >/dev/null || {
        echo "cargo is missing; install Rust 1.95 or later with rustup: https://rustup.rs" >&2
        exit 1
    }
}

# Fetches what the scenarios need, while the build keeps the processors busy anyway.
fetch() {
    "$RIG/venv.sh" >/dev/null
    "$RIG/kafka.sh" fetch
    "$RIG/s3.sh" fetch
    "$RIG/alertmanager.sh" fetch
}

step "what is missing"
install_missing

mkdir -p "$TOKENMETER_RIG_DIR"
fetch_log="$TOKENMETER_RIG_DIR/fetch.log"
fetch >"$fetch_log" 2>&1 &
fetching=$!

step "build"
cargo build --release --locked

step "format"
cargo fmt --check --all

step "lints"
cargo clippy --release --workspace --all-targets --locked -- -D warnings

step "unit tests"
cargo test --release --workspace --locked

step "docs"
RUSTDOCFLAGS="-D warnings" cargo doc --release --workspace --no-deps --locked

step "Kafka, S3 server, Alertmanager, Python"
wait "$fetching" || {
    cat "$fetch_log" >&2
    echo "could not set up Kafka, the S3 server, Alertmanager or Python: see above" >&2
    exit 1
}

step "scenarios"
"$("$RIG/venv.sh")" tests/run.py "$@"
