#!/usr/bin/env bash
# The Python environment of the tests, made once per version of tests/requirements.txt.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case "${1:-}" in
    help | -h | --help)
        cat <<'TEXT'
venv.sh    makes the tests' Python environment if it is missing and prints the path of its python

Example:
  "$(tests/rig/venv.sh)" tests/run.py --list
TEXT
        exit 0
        ;;
esac

REQUIREMENTS="$RIG_HERE/../requirements.txt"
VENV="$RIG_DIR/venv-$(sha256sum "$REQUIREMENTS" | cut -c1-12)"

make_venv() {
    [[ -x "$VENV/ready/python" ]] && return
    need python3 python3-venv
    rm -rf "$VENV"
    python3 -m venv "$VENV" >&2 || die "python3 has no venv; install it with: apt-get install -y python3-venv"
    "$VENV/bin/pip" install --quiet --disable-pip-version-check -r "$REQUIREMENTS" >&2
    # The link appears last, so a half-made environment never looks whole.
    mkdir "$VENV/ready"
    ln -s ../bin/python "$VENV/ready/python"
}

locked "$RIG_DIR/venv.lock" make_venv
echo "$VENV/bin/python"
