"""`vrgen optimize` for a Quest 3 against `gltf-transform optimize` and gltfpack, on the gallery of 40 works.

Bytes, GPU texture memory, PSNR of the worst of six views in our renderer (what peers write is decoded by
glTF-Transform first), seconds; all in one run, each once. Peers come from npm into a temporary folder, or
from the one that NPM names. `python tools/bench/optimize.py [GALLERY.glb]` prints and appends the rows.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from table import report, row

import vrgen
from vrgen.gltf import inspect, read
from vrgen.verbs.fidelity import Fidelity

PEERS = ("@gltf-transform/cli@4.5.1", "gltfpack@1.3.0")
VIEWS = 6
PATIENCE = 900.0


@dataclass(frozen=True)
class Figures:
    """What one tool made of the gallery."""

    bytes: int
    memory: int
    psnr: float
    seconds: float
    draw_calls: int
    names: int


def ours(gallery: Path, folder: Path) -> Figures:
    """`vrgen optimize --target quest3`, its own measuring included."""
    began = time.perf_counter()
    made = vrgen.optimize(gallery, folder / "ours.glb", target="quest3", views=VIEWS)
    seconds = time.perf_counter() - began
    for step in made.steps:
        print(f"  {step.name}: {step.what} {step.psnr} {'undone' if step.undone else ''}")
    names = len({node.name for node, _ in read(gallery).walk()})
    return Figures(made.after.bytes, made.after.texture_memory, made.psnr or 0.0, seconds,
                   made.after.draw_calls, names)  # fmt: skip


def peer(words: list[str], out: Path, *, decoder: Path, fidelity: Fidelity, known: set[str]) -> Figures:
    """A peer's command line, and its file as our renderer sees it."""
    began = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
    seconds = time.perf_counter() - began
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    plain = out.with_suffix(".plain.glb")
    decode = ["node", str(decoder), str(out), str(plain)]
    done = subprocess.run(decode, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    scene, said = read(plain), inspect(plain)
    kept = len(known & {node.name for node, _ in scene.walk()})
    return Figures(
        out.stat().st_size, said.texture_memory, fidelity.of(scene).worst, seconds, said.draw_calls, kept
    )


DECODE = """
import { NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';
import { dequantize, uninstance } from '@gltf-transform/functions';
import { MeshoptDecoder } from 'meshoptimizer';
await MeshoptDecoder.ready;
const io = new NodeIO().registerExtensions(ALL_EXTENSIONS);
io.registerDependencies({ 'meshopt.decoder': MeshoptDecoder });
const document = await io.read(process.argv[2]);
await document.transform(uninstance(), dequantize());
for (const extension of document.getRoot().listExtensionsUsed())
  if (extension.extensionName.includes('meshopt')) extension.dispose();
await io.write(process.argv[3], document);
"""


def tools(folder: Path) -> Path:
    """Where npm put the peers."""
    if os.environ.get("NPM"):
        return Path(os.environ["NPM"]) / "node_modules"
    words = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--loglevel=error", *PEERS]
    subprocess.run(words, check=True)
    return folder / "node_modules"


def main(gallery: Path, folder: Path) -> None:
    """Measure, print, append."""
    modules = tools(folder)
    decoder = modules.parent / "decode.mjs"  # beside node_modules, where node looks
    decoder.write_text(DECODE)
    original = read(gallery)
    fidelity, known = Fidelity(original, views=VIEWS), {node.name for node, _ in original.walk()}
    transform, faithful, pack = (folder / f"{name}.glb" for name in ("transform", "faithful", "pack"))
    runs = {
        "gltf-transform optimize": (
            [str(modules / ".bin" / "gltf-transform"), "optimize", str(gallery), str(transform)],
            transform,
        ),
        "gltf-transform optimize --simplify false": (  # which spares the light in the vertices
            [
                str(modules / ".bin" / "gltf-transform"),
                "optimize",
                str(gallery),
                str(faithful),
                "--simplify",
                "false",
            ],
            faithful,
        ),
        "gltfpack -cc": (
            [str(modules / ".bin" / "gltfpack"), "-i", str(gallery), "-o", str(pack), "-cc"],
            pack,
        ),
    }
    mine = ours(gallery, folder)
    rows = []
    load = f"{original.name or gallery.stem}; load {os.getloadavg()[0]:.1f}"
    for name, (words, out) in runs.items():
        theirs = peer(words, out, decoder=decoder, fidelity=fidelity, known=known)
        names = f"{mine.names} and {theirs.names} of {len(known)} names kept"
        note = f"{name}; draw calls {mine.draw_calls} against {theirs.draw_calls}; {names}; {load}"
        for what, own, other, unit in (
            ("file", mine.bytes / 1e6, theirs.bytes / 1e6, "MB"),
            ("GPU textures", mine.memory / 1e6, theirs.memory / 1e6, "MB"),
            ("worst view", mine.psnr, theirs.psnr, "dB"),
            ("time", mine.seconds, theirs.seconds, "s"),
        ):
            rows.append(row("optimize", f"quest3, {what}", own, peer=round(other, 2), unit=unit, note=note))
    report(rows)


def gallery_of_40(folder: Path) -> Path:
    """The gallery as the command makes it."""
    import headset

    return Path(headset.gallery(40, folder))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        where = Path(name)
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else gallery_of_40(where), where)
