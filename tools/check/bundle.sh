#!/usr/bin/env bash
# Build what travels in the wheel and npm makes: `page` (assets/page, for browsers) or `optimize` (assets/optimize, the
# encoders), unless it is there from the same content. A second word `if-possible` ends well, with one line, on
# machines that lack npm or what it fetches.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
name=$1
case "$name" in
page) what="the page for browsers" sources=vrgen/view/web/page missed="vrgen view --web and export-web need it; type: make page" ;;
optimize) what="the encoders" sources=tools/optimize/src missed="vrgen optimize leaves KTX2 and meshopt out; type: make encoders" ;;
*) echo "got $name, expected page or optimize" >&2 && exit 2 ;;
esac
home=tools/$name made=assets/$name
wanted=$(cat "$sources"/* "$home"/{package.json,package-lock.json,build.mjs} | cksum | cut -d' ' -f1)
locked=$(cksum <"$home/package-lock.json" | cut -d' ' -f1)

build() {
    command -v npm >/dev/null || { echo "no npm here, expected Node.js 18 or newer: apt install nodejs npm"; return 1; }
    if [ ! -e "$home/node_modules/.made-$locked" ]; then
        echo "== libraries of $what: npm"
        npm ci --prefix "$home" --no-audit --no-fund --loglevel=error || return 1
        touch "$home/node_modules/.made-$locked"
    fi
    echo "== $what"
    node "$home/build.mjs" && touch "$made/.made-$wanted"
}

[ -e "$made/.made-$wanted" ] && exit 0
build && exit 0
[ "${2:-}" = if-possible ] || exit 1
echo "$what not built: $missed"
