"""One bake, delivered four ways, in every viewer that runs here, against our own preview: an agreement table.

    python tools/bench/agreement.py [--blender PYTHON] [--f3d PYTHON] [--babylon FOLDER] [--only WORDS]

The marker room (agreement_scene.py) is baked to vertex light, an atlas, a lightmap, and a lightmap with its
EXR beside it; a fifth file is not baked but lit by the viewer, for normal maps. Each is drawn by us, three.js
(Chromium), Babylon.js, F3D and Blender from the same three places without tone mapping or environment.
Measured: PSNR, SSIM and mean difference against our preview of the same file; which way round ten cards are
seen; which half of the domes is bright. Pictures and a contact sheet go to out/agreement, the table with what
follows from it to tools/check/DELIVERY.md (from agreement_words.md), rows to results.csv.

Blender needs a Python with bpy 5 (python3.11 -m venv E; E/bin/pip install bpy==5.0.1), or VRGEN_BLENDER
naming one; Babylon.js a folder with babylonjs and babylonjs-loaders (npm install), or VRGEN_BABYLON; F3D is
pip install f3d==4.0.0, here or in the Python that VRGEN_F3D names.
What is missing is left out of the table, and DELIVERY.md is written only where nothing is.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from agreement_measure import Agreement, agreement, domes, orientations
from agreement_scene import marker_room
from agreement_viewers import TOP, VIEWS, Browser, Shots, blender, browser, f3d, jobs_of, ours, ours_as_shown
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont
from table import report, row

import vrgen
from vrgen.core import Image, Node, Scene, Texture
from vrgen.gltf import read, write

OUT = TOP / "out" / "agreement"
PAGE = TOP / "tools" / "check" / "DELIVERY.md"
WORDS = Path(__file__).with_name("agreement_words.md")
DELIVERIES = ("vertex", "atlas", "lightmap", "sidecar", "lit")
TEXEL_M = 0.05
SIDE = 0.04
"""Share by which the bright half of a dome must win to count as lit from that side."""


@dataclass(frozen=True)
class Seen:
    """One viewer's pictures of one delivery, measured."""

    delivery: str
    viewer: str
    near: Agreement
    ways: dict[str, int]
    """How many cards are which way round."""
    relief: dict[str, float]

    @property
    def name(self) -> str:
        """`vertex three.js`."""
        return f"{self.delivery} {self.viewer}"

    @property
    def told(self) -> str:
        """`10 right`, or what else there is."""
        return ", ".join(f"{count} {way}" for way, count in Counter(self.ways).most_common())

    @property
    def side(self) -> str:
        """What the domes show."""
        return ", ".join(_side(value) for value in self.relief.values())


def _side(value: float) -> str:
    return "from above" if value > SIDE else "from below" if value < -SIDE else "flat"


def baked(folder: Path) -> tuple[dict[str, Path], float]:
    """The files, by delivery, and the exposure that they share."""
    room, files, exposure = marker_room(), {}, 1.0
    for light in ("vertex", "atlas", "lightmap"):
        more = {"sidecar": folder / "light.exr"} if light == "lightmap" else {}
        made = vrgen.bake(room, light=light, texel_m=TEXEL_M, **more)  # type: ignore[arg-type]
        files[light] = folder / f"{light}.glb"
        write(made, files[light])
        exposure = made.extras["vrgen"]["exposure"] if light == "atlas" else exposure
    files["sidecar"] = files["lightmap"]
    files["lit"] = folder / "lit.glb"
    write(lit(room, exposure), files["lit"])
    return files, exposure


def lit(room: Scene, exposure: float) -> Scene:
    """Not baked: the lamp shines, in units in which 1 is white; no sky and no glow."""

    def change(node: Node) -> Node:
        lamp = node.light and replace(node.light, intensity=node.light.intensity * exposure)
        return replace(node, light=lamp, meshes=() if node.name == "shade" else node.meshes)

    return replace(room.map_nodes(change), sky=None)


def with_sidecar(scene: Scene, sidecar: Path, gain: float) -> Scene:
    """Our preview of an EXR: its light x gain in place of the lightmap."""
    import OpenEXR

    lux = OpenEXR.File(str(sidecar)).channels()["RGB"].pixels
    most = float(lux.max())
    light = Texture(Image((lux / most).astype(np.float32), "linear"), uv_set=1)

    def change(node: Node) -> Node:
        meshes = tuple(
            replace(
                mesh,
                surface=replace(
                    mesh.surface, lightmap=replace(light, wrap=old.wrap), lightmap_intensity=gain * most
                ),
            )
            if (old := mesh.surface.lightmap)
            else mesh
            for mesh in node.meshes
        )
        return replace(node, meshes=meshes)

    return scene.map_nodes(change)


@dataclass(frozen=True)
class Places:
    """Where the viewers are; None where one is not here."""

    f3d: str | None
    blender: str | None
    babylon: Path | None


def rows_of(
    files: dict[str, Path], gain: float, here: Places, page: Browser
) -> dict[tuple[str, str], Callable[[], Shots]]:
    """Every picture to take, by (delivery, viewer)."""
    made: dict[tuple[str, str], Callable[[], Shots]] = {}
    for delivery, file in files.items():
        if delivery == "sidecar":
            continue
        if delivery != "lit":  # which it exposes as it sees fit
            made[delivery, "vrgen shot"] = lambda file=file: ours_as_shown(read(file))
        made[delivery, "three.js"] = lambda file=file: page.shots(file)
        if here.babylon:
            made[delivery, "Babylon.js"] = lambda file=file: page.shots(file, "babylon")
        if here.f3d:
            made[delivery, "F3D"] = lambda file=file: f3d(file, str(here.f3d))
        if here.blender:
            lamps = {"bounces": 0, "samples": 8 if delivery == "lit" else 4}
            made[delivery, "Blender"] = lambda file=file, m=lamps: blender(file, str(here.blender), **m)
    made["lightmap", "three.js + plugin"] = lambda: page.shots(files["lightmap"], plugin="plain")
    made["lightmap", "three.js + our page's plugin"] = lambda: page.shots(files["lightmap"], plugin="ours")
    exr: dict[str, Any] = {"sidecar": str(files["lightmap"].with_name("light.exr")), "uv": 1, "gain": gain}
    made["sidecar", "three.js + EXR"] = lambda: page.shots(files["sidecar"], **exr)
    if here.blender:
        wired = {"bounces": 0, "samples": 4, **exr}
        made["sidecar", "Blender + EXR"] = lambda: blender(files["sidecar"], str(here.blender), **wired)
    return made


def measured(folder: Path, here: Places, only: str) -> list[Seen]:
    """Bake, draw, compare; every picture is saved."""
    files, exposure = baked(folder)
    gain = exposure / np.pi
    base = {name: ours(read(file)) for name, file in files.items() if name != "sidecar"}
    base["sidecar"] = ours(with_sidecar(read(files["lightmap"]), folder / "light.exr", gain))
    found = []
    for name, shots in base.items():
        save(shots, folder, f"{name} preview")
    with browser(here.babylon) as page:
        for (delivery, viewer), draw in rows_of(files, gain, here, page).items():
            if only not in f"{delivery} {viewer}":
                continue
            shots = draw()
            save(shots, folder, f"{delivery} {viewer}")
            near = agreement(jobs_of(base[delivery]), jobs_of(shots))
            ways = dict(Counter(orientations(shots).values()))
            found.append(Seen(delivery, viewer, near, ways, domes(shots["camera_north"])))
            seen = found[-1]
            print(
                f"{seen.name:40} {near.psnr:5.1f} dB  {near.ssim:.3f}  {seen.told}; {seen.side}", flush=True
            )
    for one, two in (("atlas", "vertex"), ("lightmap", "vertex")):
        near = agreement(jobs_of(base[two]), jobs_of(base[one]))
        found.append(Seen(one, "preview, against vertex", near, {}, {}))
    return found


def save(shots: Shots, folder: Path, name: str) -> None:
    """PNG files, one a view."""
    for view, picture in shots.items():
        Pictures.fromarray(np.round(picture * 255).astype(np.uint8)).save(folder / f"{name}, {view}.png")


def contact_sheet(folder: Path, found: list[Seen]) -> Path:
    """All pictures, a row a delivery and viewer, our preview first."""
    rows = [f"{name} preview" for name in dict.fromkeys(seen.delivery for seen in found)]
    rows += [seen.name for seen in found if "against" not in seen.viewer]
    order = sorted(rows, key=lambda name: DELIVERIES.index(name.split()[0]))
    width, height = 320, 240
    sheet = Pictures.new("RGB", (2 * 3 * width + 20, (height + 18) * ((len(order) + 1) // 2)), (30, 30, 32))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=13)
    for number, name in enumerate(order):
        x, y = (number % 2) * (3 * width + 20), (number // 2) * (height + 18)
        pen.text((x + 4, y + 1), name, fill=(230, 230, 230), font=font)
        for column, view in enumerate(VIEWS):
            with Pictures.open(folder / f"{name}, {view}.png") as picture:
                sheet.paste(picture.resize((width, height)), (x + column * width, y + 18))
    path = folder / "sheet.png"
    sheet.save(path)
    return path


def table_of(found: list[Seen]) -> str:
    """The agreement table in Markdown."""
    lines = ["| delivery | viewer | PSNR dB | SSIM | mean of 255 | cards | domes lit |", "|" + "---|" * 7]
    for seen in sorted(found, key=lambda seen: DELIVERIES.index(seen.delivery)):
        near = seen.near
        figures = f"{near.psnr:.1f} | {near.ssim:.3f} | {near.mean:.1f}"
        lines.append(f"| {seen.delivery} | {seen.viewer} | {figures} | {seen.told} | {seen.side} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--blender", default=os.environ.get("VRGEN_BLENDER"))
    parser.add_argument("--f3d", default=os.environ.get("VRGEN_F3D", sys.executable))
    parser.add_argument("--babylon", type=Path, default=os.environ.get("VRGEN_BABYLON"))
    parser.add_argument("--only", default="", help="only rows whose `delivery viewer` holds these words")
    parser.add_argument("--last", action="store_true", help="write the page anew from the last run's figures")
    chosen = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    kept = OUT / "seen.json"
    if chosen.last:
        found = [Seen(**{**said, "near": Agreement(**said["near"])}) for said in json.loads(kept.read_text())]
    else:
        babylon = Path(chosen.babylon) if chosen.babylon else None
        found = measured(OUT, Places(chosen.f3d, chosen.blender, babylon), chosen.only)
    print(table_of(found))
    print(contact_sheet(OUT, found))
    if chosen.only:
        return
    if not chosen.last:
        kept.write_text(json.dumps([asdict(seen) for seen in found], indent=1))
        report([row("agreement", f"{seen.name}, PSNR", seen.near.psnr, unit="dB") for seen in found])
    write_page(found)


def write_page(found: list[Seen]) -> None:
    """DELIVERY.md: the words, with this run's figures in them."""
    text = WORDS.read_text(encoding="utf-8").replace("[[table]]", table_of(found))
    for seen in found:
        for key in ("psnr", "ssim", "mean"):
            value = getattr(seen.near, key)
            text = text.replace(f"[[{seen.name} {key}]]", f"{value:.3f}" if key == "ssim" else f"{value:.1f}")
    if "[[" in text:
        absent = text.partition("[[")[2].partition("]]")[0]
        sys.exit(f"{PAGE.name} stays as it is: this run has no {absent}")
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
