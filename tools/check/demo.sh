#!/usr/bin/env bash
# The main job on our own sample art, skipped when nothing that it depends on has changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=out/demo
content=$(find vrgen shaders assets tools/requirements.txt -type f ! -name '*.pyc' -print0 | sort -z | xargs -0 cat | cksum | cut -d' ' -f1)
stamp=$out/.made-$content

if [ ! -e "$stamp" ]; then
    mkdir -p "$out"
    rm -f "$out"/.made-*
    .venv/bin/vrgen gallery assets/samples -o "$out/gallery.glb"
    .venv/bin/vrgen shot "$out/gallery.glb" -o "$out/preview.png" --camera camera_overview --size 1600x900
    .venv/bin/vrgen shot "$out/gallery.glb" -o "$out/stops.png" --all
    touch "$stamp"
fi

cat <<END

  $out/gallery.glb   the gallery, lit; opens in any glTF viewer
  $out/preview.png   what it looks like
  $out/stops.png     every camera stop on one sheet

Walk through it:       .venv/bin/vrgen view $out/gallery.glb
In a headset:          .venv/bin/vrgen view $out/gallery.glb --xr
In a browser:          .venv/bin/vrgen view $out/gallery.glb --web --open
With your pictures:    .venv/bin/vrgen gallery PICTURES -o show.glb --style loft
END
