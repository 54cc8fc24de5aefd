"""`vrgen optimize` for a Quest 3 against glTF-Transform, gltfpack and Basis Universal by hand: 40 works.

Like is compared with like, all in one run, each once, as commands: without texture compression that the GPU
keeps (WebP, or JPEG as it was), and with KTX2. No peer from npm makes KTX2 without further tools, so what is
compared is glTF-Transform's geometry with every picture encoded by `basisu` with its own defaults (one after
the other, each on every core). Bytes, GPU texture memory, PSNR of the worst of six views in our renderer,
seconds and seconds of CPU (which other work on the machine hardly changes); ours with the likeness measured,
as it comes, and without. Peers come from npm into a temporary folder, or from the one that NPM names.
`python tools/bench/optimize.py [GALLERY.glb [webp|ktx2]]` prints and appends the rows.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from table import report, row

from vrgen.gltf import inspect, read
from vrgen.gltf.optimize.encoders import native
from vrgen.verbs.fidelity import Fidelity

PEERS = ("@gltf-transform/cli@4.5.1", "gltfpack@1.3.0")
VIEWS = 6
KINDS = ("webp", "ktx2")
PATIENCE = 1800.0


@dataclass(frozen=True)
class Figures:
    """What one tool made of the gallery."""

    bytes: int
    memory: int
    psnr: float
    seconds: float
    cpu: float
    draw_calls: int
    names: int


class Bench:
    """One gallery, its likeness, and where files go."""

    def __init__(self, gallery: Path, folder: Path) -> None:
        self.gallery, self.folder = gallery, folder
        original = read(gallery)
        self.fidelity = Fidelity(original, views=VIEWS)
        self.known = {node.name for node, _ in original.walk()}

    def run(self, name: str, *commands: list[str]) -> Figures:
        """Commands, the last of which writes NAME.glb, and what became of it."""
        began, used = time.perf_counter(), _cpu()
        for words in commands:
            done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
            assert done.returncode == 0, (words, done.stderr[-2000:] + done.stdout[-2000:])
        seconds, cpu = time.perf_counter() - began, _cpu() - used
        out = self.folder / f"{name}.glb"
        scene, said = read(out), inspect(out)
        kept = len(self.known & {node.name for node, _ in scene.walk()})
        psnr = self.fidelity.of(scene).worst
        found = Figures(out.stat().st_size, said.texture_memory, psnr, seconds, cpu, said.draw_calls, kept)
        print(name, found, flush=True)
        return found

    def ours(self, name: str, *words: str) -> Figures:
        """`vrgen optimize`."""
        out = str(self.folder / f"{name}.glb")
        target = ["--target", "quest3", "--quiet"]
        return self.run(
            name, [sys.executable, "-m", "vrgen", "optimize", str(self.gallery), "-o", out, *target, *words]
        )


def _cpu() -> float:
    """Seconds that children have worked."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


BY_HAND = """
import { NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS, KHRTextureBasisu } from '@gltf-transform/extensions';
import { listTextureSlots } from '@gltf-transform/functions';
import { MeshoptDecoder, MeshoptEncoder } from 'meshoptimizer';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
await MeshoptDecoder.ready;
await MeshoptEncoder.ready;
const [source, target, folder, basisu] = process.argv.slice(2);
const io = new NodeIO().registerExtensions(ALL_EXTENSIONS);
io.registerDependencies({ 'meshopt.decoder': MeshoptDecoder, 'meshopt.encoder': MeshoptEncoder });
const document = await io.read(source);
document.createExtension(KHRTextureBasisu).setRequired(true);
for (const [index, texture] of document.getRoot().listTextures().entries()) {
  const kind = texture.getMimeType() === 'image/png' ? 'png' : 'jpg';
  const [before, after] = [`${folder}/${index}.${kind}`, `${folder}/${index}.ktx2`];
  const colour = listTextureSlots(texture).every((slot) => /baseColor|emissive/.test(slot));
  writeFileSync(before, texture.getImage());
  const words = colour ? [] : ['-uastc', '-linear'];
  execFileSync(basisu, ['-file', before, '-ktx2', '-mipmap', '-output_file', after, ...words]);
  texture.setImage(readFileSync(after)).setMimeType('image/ktx2');
}
await io.write(target, document);
"""


def tools(folder: Path) -> Path:
    """Where npm put the peers."""
    if os.environ.get("NPM"):
        return Path(os.environ["NPM"]) / "node_modules"
    words = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--loglevel=error", *PEERS]
    subprocess.run(words, check=True)
    return folder / "node_modules"


def main(gallery: Path, folder: Path, wanted: Sequence[str]) -> None:
    """Measure, print, append."""
    modules = tools(folder)
    by_hand = modules.parent / "by_hand.mjs"  # beside node_modules, where node looks
    by_hand.write_text(BY_HAND)
    bench = Bench(gallery, folder)
    transform, gltfpack = (str(modules / ".bin" / name) for name in ("gltf-transform", "gltfpack"))

    def transformed(name: str, *words: str) -> list[str]:
        return [transform, "optimize", str(gallery), str(folder / f"{name}.glb"), *words]

    plain = "--simplify", "false", "--texture-compress", "false"
    program = str(native())
    hand = ["node", str(by_hand), str(folder / "plain.glb"), str(folder / "hand.glb"), str(folder), program]
    peers = {}
    if "webp" in wanted:
        peers["webp"] = {
            "gltf-transform optimize": bench.run("transform", transformed("transform")),
            "gltf-transform optimize --simplify false": bench.run(  # which spares the light in the vertices
                "faithful", transformed("faithful", "--simplify", "false")
            ),
            "gltfpack -cc": bench.run(
                "pack", [gltfpack, "-i", str(gallery), "-o", str(folder / "pack.glb"), "-cc"]
            ),
        }
    if "ktx2" in wanted:
        made = bench.run("hand", transformed("plain", *plain), hand)
        peers["ktx2"] = {"gltf-transform optimize --simplify false, then basisu": made}
    rows = []
    for textures, against in peers.items():
        mine = bench.ours(textures, "--textures", textures)
        blind = bench.ours(f"{textures}-blind", "--textures", textures, "--least-psnr", "0")
        for name, theirs in against.items():
            names = f"{mine.names} and {theirs.names} of {len(bench.known)} names kept"
            note = (
                f"{name}, {gallery.stem}; draw calls {mine.draw_calls} against {theirs.draw_calls}; {names}; "
            )
            note += f"load {os.getloadavg()[0]:.1f}"
            for what, own, other, unit in (
                ("file", mine.bytes / 1e6, theirs.bytes / 1e6, "MB"),
                ("GPU textures", mine.memory / 1e6, theirs.memory / 1e6, "MB"),
                ("worst view", mine.psnr, theirs.psnr, "dB"),
                ("time, likeness measured", mine.seconds, theirs.seconds, "s"),
                ("CPU, likeness measured", mine.cpu, theirs.cpu, "s"),
                ("time, not measured", blind.seconds, theirs.seconds, "s"),
                ("CPU, not measured", blind.cpu, theirs.cpu, "s"),
            ):
                title = f"quest3, {textures}, {what}"
                rows.append(row("optimize", title, own, peer=round(other, 2), unit=unit, note=note))
    report(rows)


def gallery_of_40(folder: Path) -> Path:
    """The gallery as the command makes it."""
    import headset

    return Path(headset.gallery(40, folder))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        where = Path(name)
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else gallery_of_40(where), where, sys.argv[2:] or KINDS)
