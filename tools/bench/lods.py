"""Levels of `vrgen optimize --lods` against glTF-Transform's simplify, of as many triangles: PSNR where seen.

Every mesh of more than 2,000 triangles of the files, alone, at the distance where a level is first drawn, 25
pixels a degree, from three sides; the worst counts. Open edges, vertices in one place counted as one: more or
fewer than the original has are cracks, or holes shut. `NPM=FOLDER python tools/bench/lods.py FILE.glb ...`,
FOLDER where npm installed @gltf-transform/cli.
"""

# make bench leaves this out: it wants files and a folder of npm.
from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from kitbash import camera
from table import report, row

from vrgen.core import Camera, Mesh, Node, Scene
from vrgen.gltf import read, write
from vrgen.gltf.kept import levels_of
from vrgen.gltf.optimize.join import tidied
from vrgen.gltf.optimize.lods import leveled
from vrgen.verbs.fidelity import SIZE, Fidelity

DENSITY, LEVELS = 25.0, 3
SIDES = ((0.6, 0.45, 1.0), (-1.0, 0.2, 0.3), (0.1, 1.0, 0.2))


def alone(node: Node, meshes: Sequence[Mesh], distance: float) -> Scene:
    """A node at the origin, looked at from three sides as a headset shows it."""
    low = np.min([mesh.positions.min(axis=0) for mesh in node.meshes], axis=0)
    high = np.max([mesh.positions.max(axis=0) for mesh in node.meshes], axis=0)
    middle, lens = (low + high) / 2, Camera(math.radians(SIZE[1] / DENSITY))
    eyes = [
        replace(
            camera(f"camera_{n}", middle + distance * np.array(side) / np.linalg.norm(side), middle),
            camera=lens,
        )
        for n, side in enumerate(SIDES)
    ]
    thing = Node(node.name, meshes=tuple(meshes))
    return Scene("", (thing, *eyes), extras={"vrgen": {"exposure": 1.0}})


def cracks(meshes: Sequence[Mesh]) -> int:
    """Edges with one triangle, vertices in one place counted as one."""
    found = 0
    for mesh in meshes:
        _, place = np.unique(mesh.positions.round(5) + 0.0, axis=0, return_inverse=True)
        triangles = place.reshape(-1)[mesh.indices]
        edges = np.concatenate([triangles, np.roll(triangles, -1, axis=1)]).reshape(2, -1)
        found += sum(1 for n in Counter(tuple(sorted(edge)) for edge in edges.T.tolist()).values() if n == 1)
    return found


def theirs(node: Node, share: float, folder: Path) -> tuple[Mesh, ...]:
    """glTF-Transform's, at the same share of triangles."""
    before, after = folder / "a.glb", folder / "b.glb"
    write(Scene("", (Node(node.name, meshes=node.meshes),)), before)
    program = str(Path(os.environ["NPM"]) / "node_modules" / ".bin" / "gltf-transform")
    words = [program, "simplify", str(before), str(after), "--ratio", str(share), "--error", "1"]
    subprocess.run(words, check=True, capture_output=True)
    return next(found.meshes for found, _ in read(after).walk() if found.meshes)


def main(files: Sequence[str]) -> None:
    """Measure, print, append."""
    rows = []
    for file in files:
        scene, made = leveled(tidied(read(file)), LEVELS, pixels_per_degree=DENSITY)
        nodes = {node.name: node for node, _ in scene.walk()}
        for one in made:
            node = nodes[one.node]
            for number, level in enumerate(levels_of(node)):
                seen = Fidelity(alone(node, node.meshes, one.distances[number]), views=len(SIDES))
                share = one.triangles[number + 1] / one.triangles[0]
                with tempfile.TemporaryDirectory() as folder:
                    other = theirs(node, share, Path(folder))
                mine, peer = (
                    seen.of(alone(node, meshes, one.distances[number])).worst
                    for meshes in (level.meshes, other)
                )
                edges = [cracks(meshes) for meshes in (node.meshes, level.meshes, other)]
                counts = [sum(len(mesh.indices) for mesh in meshes) for meshes in (level.meshes, other)]
                note = f"{one.triangles[0]} triangles to {counts[0]} against {counts[1]}, "
                note += (
                    f"at {one.distances[number]:.1f} m; open edges {edges[0]}, {edges[1]} against {edges[2]}"
                )
                title = f"{one.node}, level {number + 1}, worst side"
                rows.append(row("lods", title, mine, peer=round(peer, 2), unit="dB", note=note))
    report(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
