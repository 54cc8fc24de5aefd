#!/usr/bin/env bash
# Build the encoders of `vrgen optimize` (assets/optimize) with npm, unless it is there from the same content.
# `if-possible` ends well, with one line, on machines that lack npm or what it fetches.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
made=assets/optimize
wanted=$(cat tools/optimize/src/* tools/optimize/{package.json,package-lock.json,build.mjs} | cksum | cut -d' ' -f1)
locked=$(cksum <tools/optimize/package-lock.json | cut -d' ' -f1)

build() {
    command -v npm >/dev/null || { echo "no npm here, expected Node.js 18 or newer: apt install nodejs npm"; return 1; }
    if [ ! -e "tools/optimize/node_modules/.made-$locked" ]; then
        echo "== libraries of the encoders: npm"
        npm ci --prefix tools/optimize --no-audit --no-fund --loglevel=error || return 1
        touch "tools/optimize/node_modules/.made-$locked"
    fi
    echo "== the encoders"
    node tools/optimize/build.mjs && touch "$made/.made-$wanted"
}

[ -e "$made/.made-$wanted" ] && exit 0
build && exit 0
[ "${1:-}" = if-possible ] || exit 1
echo "the encoders are not built: vrgen optimize leaves KTX2 and meshopt out; type: make encoders"
