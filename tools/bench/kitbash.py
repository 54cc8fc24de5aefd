"""`vrgen optimize` of a kitbash against glTF-Transform and gltfpack: 47 pieces of KayKit with a palette each.

As games have them: every piece a node with its own picture of 256 pixels, tinted, so that nothing can be
joined before the pictures lie side by side. Draw calls, bytes, worst view, as in optimize.py, in one run.
`python tools/bench/kitbash.py MESHES [webp|ktx2]`, MESHES the folder of KayKit's GLBs; NPM as in optimize.py.
"""

# make bench leaves this out: it wants files and a folder of npm.
from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from optimize import main

from vrgen.core import Camera, Image, Mesh, Node, Scene
from vrgen.gltf import read, write

ACROSS, APART, SIDE = 9, 2.0, 256
LOOKS = (
    ((0.0, 3.5, 5.0), (0.0, 0.0, -3.0)),
    ((-7.0, 2.0, 3.0), (-2.0, 0.5, -5.0)),
    ((6.0, 1.6, -1.0), (0.0, 0.5, -5.0)),
)


def kitbash(meshes: Path) -> Scene:
    """Pieces in rows on a floor, three cameras before them."""
    pieces = [piece(read(file), number) for number, file in enumerate(sorted(meshes.glob("kaykit*.glb")))]
    cameras = [camera(f"camera_{n}", *look) for n, look in enumerate(LOOKS)]
    floor = [[-9, 3], [9, 3], [9, 5], [-9, 5]]
    return Scene("kitbash", (*pieces, *cameras), extras={"vrgen": {"walkable": [floor]}})


def piece(scene: Scene, number: int) -> Node:
    """One, 1.6 m at its longest, dressed in its own pictures."""
    low, high = scene.bounds()
    scale = 1.6 / max(float((high - low).max()), 0.1)
    tint = 1 - 0.35 * np.random.default_rng(number).random(3)
    known: dict[int, Image] = {}

    def dressed(mesh: Mesh) -> Mesh:
        texture = mesh.surface.base_colour
        if texture is None:
            return mesh
        if id(texture.image) not in known:
            small = cv2.resize(texture.image.pixels[..., :3], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
            known[id(texture.image)] = Image((small * tint).astype(np.uint8))
        own = replace(texture, image=known[id(texture.image)])
        return replace(mesh, surface=replace(mesh.surface, name=f"palette_{number}", base_colour=own))

    def named(node: Node) -> Node:
        return replace(
            node,
            name=f"{node.name}_{number}",
            meshes=tuple(map(dressed, node.meshes)),
            children=tuple(map(named, node.children)),
        )

    place = np.array([number % ACROSS * APART - 8.0, 0.0, -(number // ACROSS) * APART])
    return Node(f"piece_{number}", place, scale=np.full(3, scale), children=tuple(map(named, scene.nodes)))


def camera(name: str, place: Sequence[float], target: Sequence[float]) -> Node:
    """Level, at `place`, looking at `target`."""
    x, y, z = np.subtract(place, target)
    turn, rise = np.arctan2(x, z) / 2, -np.arctan2(y, np.hypot(x, z)) / 2
    rotation = np.array(
        [
            np.cos(turn) * np.sin(rise),
            np.sin(turn) * np.cos(rise),
            -np.sin(turn) * np.sin(rise),
            np.cos(turn) * np.cos(rise),
        ]
    )
    return Node(name, np.array(place), rotation, camera=Camera(0.9))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "kitbash.glb"
        write(kitbash(Path(sys.argv[1])), file)
        main(file, Path(name), sys.argv[2:] or ("webp",))
