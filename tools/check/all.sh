#!/usr/bin/env bash
# Checks all: lint, format, types, then the tests, whose closing line is the last. Fails if any part failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bin=.venv/bin
failed=0

step() {
    echo "== $*"
    "$bin/$@" || { failed=1; echo "FAILED: $*"; }
}

step ruff check vrgen tests tools pipelines
step ruff format --check vrgen tests tools pipelines
step mypy
[ "${1:-}" = --no-tests ] && exit $failed

echo "== pytest"
# One worker a core: GL contexts, bakes and torch each live in their own process.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} PYTHONUNBUFFERED=1
"$bin/python" -m pytest -n auto --dist worksteal --durations=10 --durations-min=5 "$@" || failed=1
exit $failed
