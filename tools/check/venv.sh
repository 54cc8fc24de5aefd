#!/usr/bin/env bash
# Make .venv and install into it: `run` the program and its pinned libraries, `dev` what tests need too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3; do
        if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "vrgen needs Python 3.11 or 3.12 and found neither; install one (Debian, Ubuntu: apt install python3 python3-venv) or name it: make PYTHON=/path/to/python3.11" >&2
    return 1
}

make_venv() {
    [ -x .venv/bin/python ] && return
    local python
    python=$(find_python)
    echo "== .venv from $("$python" --version)"
    if ! "$python" -m venv .venv; then
        rm -rf .venv
        echo "making .venv failed; on Debian and Ubuntu: apt install python3-venv" >&2
        return 1
    fi
}

install() {  # pip's own failure is the pipe's; a grep that lets nothing through is none
    .venv/bin/python -m pip install --disable-pip-version-check --progress-bar off "$@" |
        { grep -vE '^(Requirement already|Looking in)' || true; }
}

case "${1:-run}" in
run)
    make_venv
    echo "== pinned libraries (a few minutes the first time)"
    # On Linux the plain wheel of torch carries 3 GB of CUDA; the main job runs on the CPU.
    # For CUDA: make demo TORCH_INDEX=
    index=${TORCH_INDEX-https://download.pytorch.org/whl/cpu}
    if [ "$(uname -s)" = Linux ] && [ -n "$index" ] && ! .venv/bin/python -c 'import torch' 2>/dev/null; then
        install --retries 1 --no-deps --extra-index-url "$index" "$(grep '^torch==' tools/requirements.txt)" ||
            echo "no wheel of torch for the CPU alone at $index: taking the plain one"
    fi
    install -r tools/requirements.txt
    install --no-deps -e .
    .venv/bin/vrgen --version
    ;;
dev)
    echo "== what tests need: Python"
    install -r tools/requirements-dev.txt
    .venv/bin/python -c 'import pytest, mypy, hypothesis'
    if command -v npm >/dev/null; then
        echo "== what tests need: npm"
        npm ci --prefix tools/check --no-audit --no-fund || echo "npm ci failed: tests with Khronos' validator are skipped"
    else
        echo "no npm here: tests with Khronos' validator are skipped; install Node.js 18 or newer"
    fi
    ;;
esac
