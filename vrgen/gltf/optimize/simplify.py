"""Simplify: a mesh with as few triangles as an error allows, by meshoptimizer's simplifier, which node runs.

It moves no vertex, it only leaves some out, so that every level reads the attributes as they are. Vertices
that stand in one place with other attributes (seams of UVs, hard edges) are left out in pairs, and open edges
stay.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vrgen.core.files import resource
from vrgen.core.mesh import ATTRIBUTES, Mesh
from vrgen.errors import MissingPart
from vrgen.gltf.optimize.children import Children
from vrgen.gltf.optimize.encoders import PROGRAM, without_node

SCRIPT = "simplify.mjs"
SECONDS_A_MESH = 60.0
TONE, BEND = 0.02, 0.05
"""How far colours in the vertices (of 1, as sRGB: light that is baked) and normals may be off in a level,
whatever its error; root of the mean square over the area that a vertex stands for."""
GAMMA = 1 / 2.2
SMALLEST = 1e-6


@dataclass(frozen=True, slots=True)
class Coarse:
    """A level of a mesh."""

    mesh: Mesh
    """With fewer triangles, and only the vertices they use."""
    error: float
    """How far its surface is off, in the mesh's own units, as meshoptimizer says."""


def missing() -> str:
    """What stands in the way, with the remedy; '' for nothing."""
    return without_node(SCRIPT)


def coarser(meshes: Sequence[Mesh], errors: Sequence[Sequence[float]]) -> list[list[Coarse]]:
    """For every mesh a level for each of its errors, in the mesh's own units, made of the original.

    UVs may slide by the error, colours and normals change a little (TONE, BEND). Meshes with further
    attributes come back as they are. Raises MissingPart without node or the script, OutputProblem when it
    fails.
    """
    gap = missing()
    if gap:
        raise MissingPart(gap)
    with tempfile.TemporaryDirectory(prefix="vrgen-") as name, Children("the simplifier") as children:
        folder = Path(name)
        todo = [i for i, mesh in enumerate(meshes) if mesh.further is None and len(mesh.indices)]
        items = [_item(meshes[i], errors[i], folder / str(i)) for i in todo]
        order = folder / "job.json"
        order.write_text(json.dumps({"items": items}), encoding="utf-8")
        words = [str(shutil.which("node")), str(resource(f"{PROGRAM}/{SCRIPT}")), str(order)]
        found = [[Coarse(mesh, 0.0) for _ in errors[i]] for i, mesh in enumerate(meshes)]
        for line in children.lines(words, patience=SECONDS_A_MESH * (1 + len(items))):
            said = json.loads(line)
            place = todo[said["index"]]
            files = [level["target"] for level in items[said["index"]]["levels"]]
            found[place] = [
                Coarse(_taken(meshes[place], np.fromfile(file, "<u4").reshape(-1, 3)), off)
                for file, off in zip(files, said["errors"], strict=True)
            ]
        return found


def _item(mesh: Mesh, errors: Sequence[float], place: Path) -> dict[str, object]:
    """What the script reads, its files written beside `place`."""
    extent = max(float(np.ptp(mesh.positions, axis=0).max()), SMALLEST)
    columns = _columns(mesh, extent)
    rows = np.concatenate([part for part, _, _ in columns], axis=1) if columns else np.zeros((0, 0))
    files = {"positions": mesh.positions, "attributes": rows, "indices": mesh.indices}
    paths = {name: place.with_suffix(f".{name}") for name in files}
    for name, array in files.items():
        np.ascontiguousarray(array, "<u4" if name == "indices" else "<f4").tofile(paths[name])
    levels = [
        {
            "weights": [
                weight + error / extent / tolerance if tolerance else weight
                for part, weight, tolerance in columns
                for _ in range(part.shape[1])
            ],
            "error": error,
            "target": str(place.with_suffix(f".{number}")),
        }
        for number, error in enumerate(errors)
    ]
    return {**{name: str(path) for name, path in paths.items()}, "width": rows.shape[1], "levels": levels}


def _columns(mesh: Mesh, extent: float) -> list[tuple[NDArray[np.float32], float, float]]:
    """(rows, weight, tolerance) of attributes: meshoptimizer weighs them against positions of extent one.

    With a tolerance the weight grows with the error asked for, so that both are reached together.
    """
    found: list[tuple[NDArray[np.float32], float, float]] = []
    if mesh.normals is not None:
        found.append((mesh.normals, 0.0, BEND))
    if mesh.colours is not None:
        found.append((np.clip(mesh.colours, 0.0, 1.0) ** np.float32(GAMMA), 0.0, TONE))
    for uv in (mesh.uv0, mesh.uv1):
        if uv is not None:
            found.append((uv, _metres_a_unit(mesh, uv) / extent, 0.0))
    return found


def _metres_a_unit(mesh: Mesh, uv: NDArray[np.float32]) -> float:
    """How long a unit of UV is on the mesh, on the whole."""

    def area(points: NDArray[np.float64]) -> float:
        corners = points[mesh.indices]
        sides = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        return float(np.linalg.norm(np.cross(*sides), axis=-1).sum())

    flat = np.pad(uv.astype(np.float64), ((0, 0), (0, 1)))
    return float(np.sqrt(area(mesh.positions.astype(np.float64)) / max(area(flat), SMALLEST)))


def _taken(mesh: Mesh, triangles: NDArray[np.uint32]) -> Mesh:
    """The mesh with these triangles, and the vertices they use."""
    used, place = np.unique(triangles, return_inverse=True)
    arrays = {name: array[used] for name in ATTRIBUTES if (array := getattr(mesh, name)) is not None}
    return replace(
        mesh, positions=mesh.positions[used], indices=place.reshape(-1, 3).astype(np.uint32), **arrays
    )
