"""GLB writing against trimesh's exporter: the same scene, one process, best of three.

1 million triangles in 40 meshes and ten textures of 1024 to 2048 pixels.
`python tools/bench/glb_write.py` prints the table and appends rows to tools/bench/results.csv.
"""

from __future__ import annotations

import csv
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import cv2
import numpy as np

from vrgen.core import Image, Mesh, Node, Scene, Surface, Texture
from vrgen.gltf import read, write

RESULTS = Path(__file__).with_name("results.csv")
COLUMNS = ("date", "commit", "bench", "what", "ours", "peer", "ratio", "unit", "note")
MESHES, TEXTURES, SIDE = 40, 10, 113


def photo(seed: int, side: int) -> np.ndarray:
    """(side, side, 3) uint8: noise at every scale, about as hard to encode as a photograph."""
    rng = np.random.default_rng(seed)
    total = np.zeros((side, side, 3), np.float32)
    for level in range(3, 12):
        coarse = rng.normal(size=(2**level, 2**level, 3)).astype(np.float32)
        total += cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC) * 0.6**level
    total -= total.min()
    return (total / total.max() * 255).astype(np.uint8)


def scene() -> Scene:
    """The scene to write."""
    pictures = [Image(photo(i, 1024 if i % 2 else 2048)) for i in range(TEXTURES)]
    surfaces = [Surface(name=f"s{i}", base_colour=Texture(image)) for i, image in enumerate(pictures)]
    u, v = np.meshgrid(np.linspace(0, 1, SIDE), np.linspace(0, 1, SIDE))
    corner = (np.arange(SIDE - 1)[:, None] * SIDE + np.arange(SIDE - 1)).ravel()
    below = corner + SIDE
    indices = np.concatenate(
        [np.stack([corner, below, corner + 1], 1), np.stack([corner + 1, below, below + 1], 1)]
    )
    rng = np.random.default_rng(1)
    nodes = []
    for i in range(MESHES):
        height = rng.normal(size=u.shape) * 0.01
        normals = rng.normal(size=(SIDE * SIDE, 3))
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        mesh = Mesh(
            np.stack([u + i, height, v], -1).reshape(-1, 3),
            indices,
            surfaces[i % TEXTURES],
            normals=normals,
            uv0=np.stack([u, v], -1).reshape(-1, 2),
            name=f"m{i}",
        )
        nodes.append(Node(f"n{i}", meshes=(mesh,)))
    return Scene("bench", tuple(nodes))


def as_trimesh(ours: Scene, pictures: dict[int, object]) -> object:
    """The same scene as trimesh's values, pictures as Pillow images shared between meshes."""
    import trimesh

    theirs = trimesh.Scene()
    for node in ours.nodes:
        (mesh,) = node.meshes
        material = pictures[id(mesh.surface)]
        uv = mesh.uv0 * [1, -1] + [0, 1]
        theirs.add_geometry(
            trimesh.Trimesh(
                mesh.positions,
                mesh.indices,
                vertex_normals=mesh.normals,
                visual=trimesh.visual.TextureVisuals(uv=uv, material=material),
                process=False,
            ),
            node_name=node.name,
        )
    return theirs


def materials(ours: Scene, kind: str) -> dict[int, object]:
    """A trimesh PBR material for each surface; its pictures are encoded as `kind`."""
    import trimesh
    from PIL import Image as Pillow

    found = {}
    for node in ours.nodes:
        surface = node.meshes[0].surface
        if id(surface) not in found:
            picture = Pillow.fromarray(surface.base_colour.image.pixels)
            picture.format = kind  # what trimesh's exporter looks at
            found[id(surface)] = trimesh.visual.material.PBRMaterial(baseColorTexture=picture)
    return found


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """The shortest of `times` runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def keep(rows: list[tuple[str, float, float, str]]) -> None:
    """Print rows and append them to the results."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout
    new = not RESULTS.exists()
    with RESULTS.open("a", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        if new:
            writer.writerow(COLUMNS)
        for what, ours, peer, note in rows:
            print(f"{what:28} ours {ours:7.3f} s   trimesh {peer:7.3f} s   {peer / ours:5.1f}x   {note}")
            row = (f"{ours:.4f}", f"{peer:.4f}", f"{peer / ours:.2f}", "s", note)
            writer.writerow((date.today().isoformat(), commit.strip(), "glb_write", what, *row))


def main() -> None:
    """Run and report."""
    import trimesh

    ours = scene()
    with tempfile.TemporaryDirectory() as folder:
        path, theirs = Path(folder) / "a.glb", Path(folder) / "b.glb"
        mine = seconds(lambda: write(ours, path))
        rows = []
        for kind in ("PNG", "JPEG"):
            built = as_trimesh(ours, materials(ours, kind))
            peer = seconds(lambda built=built: built.export(str(theirs)), times=2)
            sizes = f"{path.stat().st_size / 1e6:.1f} MB against {theirs.stat().st_size / 1e6:.1f} MB"
            rows.append((f"write, trimesh as {kind}", mine, peer, sizes))
        reading = seconds(lambda: read(path, strict=True))
        rows.append(
            ("read of our file", reading, seconds(lambda: trimesh.load_scene(str(path)), times=2), "")
        )
    keep(rows)


if __name__ == "__main__":
    main()
