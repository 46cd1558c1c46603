#!/usr/bin/env bash
# Builds tokenmeter if needed and runs it: ./tokenmeter.sh dev, ./tokenmeter.sh sql "SELECT ...".
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/tokenmeter/target}"

missing() { ! command -v "$1" >/dev/null 2>&1; }
need() { # COMMAND PACKAGE...: installs Debian packages where that may be, or names the command
    local command="$1"; shift
    missing "$command" || return 0
    if [ "$(id -u)" = 0 ] && ! missing apt-get; then
        echo "installing $*" >&2
        apt-get update -qq && apt-get install -y -qq "$@" >/dev/null
    else
        echo "tokenmeter.sh needs $command: install it with 'sudo apt-get install $*'" >&2
        exit 1
    fi
}
need cc build-essential
need make build-essential
need perl perl
if missing cargo; then
    echo "tokenmeter.sh needs a Rust toolchain (cargo 1.95 or newer): see https://rustup.rs" >&2
    exit 1
fi

quiet=()
[ -x "$CARGO_TARGET_DIR/release/tokenmeter" ] && quiet=(--quiet)
cargo build "${quiet[@]}" --release --locked --bin tokenmeter --manifest-path "$here/Cargo.toml"
exec "$CARGO_TARGET_DIR/release/tokenmeter" "$@"
