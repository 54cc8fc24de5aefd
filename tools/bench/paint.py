"""Painting: seams between charts of triplanar pictures, on solids and on a mesh file.

    python tools/bench/paint.py FOLDER_OF_MAPS [MESH.glb ...]

Both sides of every seam of a smooth surface are asked by the viewer's own bilinear filter, in 8-bit sRGB
steps and in degrees between the normals that viewers decode. The peer is the same picture with gutters that
carry on the nearest pixel, as bakers dilate them.
"""

# make bench leaves this out: it wants files.
from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from table import report, row

from vrgen.bake.ground import bands
from vrgen.bake.paint import FINER, Job, Painted, paint
from vrgen.bake.parts import unit
from vrgen.bake.stitch import _edges, _filter, _points, _seams
from vrgen.core.frames import linear_to_srgb
from vrgen.core.mesh import Mesh
from vrgen.core.progress import SILENT
from vrgen.gltf import read
from vrgen.maps.read_material import read_materials

TEXELS = 1_000_000


def ball(count: int = 64, radius: float = 0.5) -> Mesh:
    """A sphere without UVs."""
    v, u = np.meshgrid(
        np.linspace(0, np.pi, count + 1), np.linspace(0, 2 * np.pi, 2 * count + 1), indexing="ij"
    )
    normals = np.stack([np.sin(v) * np.cos(u), np.cos(v), -np.sin(v) * np.sin(u)], -1).reshape(-1, 3)
    corner = np.arange(len(normals)).reshape(v.shape)
    a, b, c, d = (x.reshape(-1) for x in (corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]))
    first, second = np.stack([a, b, c], 1)[: -2 * count], np.stack([a, c, d], 1)[2 * count :]
    return Mesh(normals * radius, np.concatenate([first, second]), normals=normals, name="sphere")


def seen(picture: NDArray[np.floating], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, k) what a bilinear filter reads of (height, width, k) at pixels (n, 2)."""
    texels, weights = _filter(points, picture.shape[1], picture.shape[0])
    return np.einsum("nck,nc->nk", picture.reshape(-1, picture.shape[2])[texels], weights)


def world_normals(made: Painted) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(height, width, 3) normals back in the world, and (height, width) what lies inside charts."""
    world = np.zeros_like(made.normal, np.float64)
    inside = np.zeros(made.filled.shape, bool)
    for pixels in bands(made.given.sheet, made.ground, finer=FINER):
        mapped = made.normal.reshape(-1, 3)[pixels.pixel].astype(float)
        normal, way = unit(pixels.along(made.ground.normals)), pixels.along(made.ground.tangents)
        across = np.cross(normal, unit(way[:, :3])) * way[:, 3:]
        bent = mapped[:, :1] * unit(way[:, :3]) + mapped[:, 1:2] * across + mapped[:, 2:] * normal
        world.reshape(-1, 3)[pixels.pixel] = unit(bent)
        inside.reshape(-1)[pixels.pixel[pixels.inside]] = True
    return world, inside


def measure(name: str, made: Painted, seconds: float) -> None:
    """Rows of one mesh."""
    one, two = _seams(_edges(made.given.sheet, made.parts))
    first, second = (points * FINER for points in _points(one, two))
    colour = linear_to_srgb(made.colour) * 255
    normals, inside = world_normals(made)
    nearest = tuple(distance_transform_edt(~inside, return_distances=False, return_indices=True))
    steps, turns = [], []
    for colours, bent in ((colour, normals), (colour[nearest], normals[nearest])):
        left, right = seen(colours, first), seen(colours, second)
        steps.append(float(np.abs(left - right).mean()))
        ways = [unit(seen(bent, points)) for points in (first, second)]
        cosine = np.clip(np.sum(ways[0] * ways[1], axis=1), -1, 1)
        turns.append(float(np.degrees(np.arccos(cosine)).mean()))
    note = f"{len(first)} points on seams, {colour.shape[1]} x {colour.shape[0]}, {seconds:.1f} CPU s in all"
    peer = "peer: nearest pixel carried on"
    report(
        [
            row("paint", f"{name}: step at seams", steps[0], peer=round(steps[1], 3), unit="/255", note=note),
            row(
                "paint",
                f"{name}: normals at seams",
                turns[0],
                peer=round(turns[1], 3),
                unit="degree",
                note=peer,
            ),
        ]
    )


def main() -> None:
    """Measure all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("maps", type=Path)
    parser.add_argument("meshes", type=Path, nargs="*")
    asked = parser.parse_args()
    material = read_materials(asked.maps)[0]
    cases = {"sphere": [(ball(), np.eye(4))]}
    for path in asked.meshes:
        cases[path.stem] = [(mesh, world) for node, world in read(path).walk() for mesh in node.meshes]
    for name, meshes in cases.items():
        start = time.process_time()
        jobs = [Job(mesh, world, material, None) for mesh, world in meshes]
        made = paint(jobs, texels=TEXELS, progress=SILENT)
        measure(name, made, time.process_time() - start)


if __name__ == "__main__":
    main()
