#!/usr/bin/env bash
# System packages of the tests: installed where we may, named where we may not. Never fails.
set -uo pipefail
packages=(libegl1 libgl1 libgl1-mesa-dri libglx-mesa0 libosmesa6 xvfb xdotool chromium libopenxr-dev libegl-dev libgl1-mesa-dev libx11-dev)

command -v dpkg-query >/dev/null || { echo "no Debian packages here: tests that find no GL are skipped"; exit 0; }
absent=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || absent+=("$package")
done
[ ${#absent[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ]; then as_root=(env)
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root=(sudo -n)
else
    echo "cannot install ${absent[*]}: tests that need them are skipped; type: sudo apt install ${absent[*]}"
    exit 0
fi
echo "== what tests need: apt ${absent[*]}"
install() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null; }
"${as_root[@]}" apt-get update -qq </dev/null || echo "apt-get update failed: going on with the lists that are there"
for package in "${absent[@]}"; do  # one by one: a package that a release lacks must not keep the others out
    install "$package" || echo "no $package: tests that need it are skipped"
done
exit 0
