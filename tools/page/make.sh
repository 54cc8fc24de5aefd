#!/usr/bin/env bash
# Build the page that browsers are shown (assets/page) with npm, unless it is there from the same content.
# `if-possible` ends well, with one line, on machines that lack npm or what it fetches.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
page=assets/page
wanted=$(cat vrgen/view/web/page/* tools/page/{package.json,package-lock.json,build.mjs} | cksum | cut -d' ' -f1)
locked=$(cksum <tools/page/package-lock.json | cut -d' ' -f1)

build() {
    command -v npm >/dev/null || { echo "no npm here, expected Node.js 18 or newer: apt install nodejs npm"; return 1; }
    if [ ! -e "tools/page/node_modules/.made-$locked" ]; then
        echo "== libraries of the page: npm"
        npm ci --prefix tools/page --no-audit --no-fund --loglevel=error || return 1
        touch "tools/page/node_modules/.made-$locked"
    fi
    echo "== the page"
    node tools/page/build.mjs && touch "$page/.made-$wanted"
}

[ -e "$page/.made-$wanted" ] && exit 0
build && exit 0
[ "${1:-}" = if-possible ] || exit 1
echo "the page for browsers is not built: vrgen view --web and export-web need it; type: make page"
