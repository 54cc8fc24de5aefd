"""Solids: OBJ, PLY and STL files as scenes, through trimesh; none says its unit or which way is up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from vrgen.core.frames import srgb_to_linear
from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface
from vrgen.errors import InputProblem, ValueProblem, VrgenError
from vrgen.scene.sculptures import MAX_BYTES, MAX_TRIANGLES, SMOOTH_DEGREES, read_obj

SUFFIXES = (".obj", ".ply", ".stl")
UNITS: Mapping[str, float] = {"m": 1.0, "dm": 0.1, "cm": 0.01, "mm": 0.001, "inch": 0.0254, "foot": 0.3048}
"""Metres of one unit."""
Up = Literal["y", "z"]
QUARTER = float(np.sqrt(0.5))


def read_solid(path: Path | str, *, unit: str = "m", up: Up = "y") -> Scene:
    """The scene of an .obj, .ply or .stl file: one node a part, named as the file names it.

    unit: a name of UNITS or metres of one unit, as in "0.01". up: which axis of the file points up; +Z up
    is turned to +Y, keeping hands. UVs are brought to glTF's origin (top left); colours of a PLY become
    linear vertex colours; what carries no normals is smoothed below 40 degrees.
    Raises InputProblem for damaged, empty and oversized files, ValueProblem for a unit that is none.
    """
    path = Path(path)
    scale = metres_of(unit)
    if path.suffix.lower() not in SUFFIXES:
        raise InputProblem(f"{path} is of a kind that is not read, expected {', '.join(SUFFIXES)}")
    size = path.stat().st_size
    if not 0 < size <= MAX_BYTES:
        raise InputProblem(f"{path} has {size:,} bytes, expected 1 to {MAX_BYTES:,}; export it again")
    with _told(path):
        scene = read_obj(path) if path.suffix.lower() == ".obj" else _read_points(path)
    _check(path, scene)
    turned = np.array([-QUARTER, 0.0, 0.0, QUARTER]) if up == "z" else np.array([0.0, 0.0, 0.0, 1.0])
    nodes = tuple(_baked(node) for node in scene.nodes)
    if scale == 1.0 and up == "y":
        return replace(scene, nodes=nodes)
    root = Node("root", rotation=turned, scale=np.full(3, scale), children=nodes)
    return replace(scene, nodes=(root,))


def metres_of(unit: str) -> float:
    """Metres of a unit that is named (`cm`) or told (`0.01`). Raises ValueProblem."""
    if unit in UNITS:
        return UNITS[unit]
    try:
        scale = float(unit)
    except ValueError:
        scale = 0.0
    if not 1e-6 <= scale <= 1e6:
        raise ValueProblem(
            f"unit: got {unit!r}, expected one of {', '.join(UNITS)}, or metres of one unit, as in 0.01"
        )
    return scale


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Whatever trimesh raises for a damaged file, as one InputProblem that names it."""
    try:
        yield
    except VrgenError as problem:
        raise InputProblem(f"{path} {problem}") from problem
    except MemoryError as problem:
        raise InputProblem(f"{path} needs more memory than there is; simplify it") from problem
    except Exception as problem:
        kind = path.suffix[1:].upper()
        raise InputProblem(f"{path} is no {kind} that can be read ({problem}); export it again") from problem


def _read_points(path: Path) -> Scene:
    import trimesh

    loaded = trimesh.load(path, file_type=path.suffix[1:].lower(), process=False)
    parts = list(loaded.geometry.values()) if isinstance(loaded, trimesh.Scene) else [loaded]
    meshes = [part for part in parts if isinstance(part, trimesh.Trimesh) and len(part.faces)]
    nodes = [Node(f"part_{number:03d}", meshes=(_mesh(part, path),)) for number, part in enumerate(meshes)]
    return Scene(path.stem, tuple(nodes))


def _mesh(part: Any, path: Path) -> Mesh:
    import trimesh

    colours = _colours(part)
    own = "vertex_normals" in part._cache.cache and path.suffix.lower() == ".ply"
    if not own:
        # Corners of an STL stand apart: only what meets again can be smoothed.
        part.merge_vertices()
        part = trimesh.graph.smooth_shade(part, angle=np.radians(SMOOTH_DEGREES))
        colours = _colours(part)
    normals = np.asarray(part.vertex_normals, np.float64)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    uv = getattr(part.visual, "uv", None)
    return Mesh(
        positions=part.vertices,
        indices=part.faces,
        normals=np.where(length > 1e-12, normals / np.maximum(length, 1e-12), (0.0, 1.0, 0.0)),
        uv0=None if uv is None else np.column_stack([uv[:, 0], 1 - uv[:, 1]]),
        colours=colours,
        surface=Surface(path.stem, roughness_factor=0.8),
    )


def _colours(part: Any) -> Any:
    """(V, 4) linear vertex colours, or None where the file has none."""
    if getattr(part.visual, "kind", None) != "vertex":
        return None
    colours = np.asarray(part.visual.vertex_colors, np.float32) / 255.0
    return np.concatenate([srgb_to_linear(colours[:, :3]), colours[:, 3:]], axis=1)


def _baked(node: Node) -> Node:
    """The part as a thing to be lit, not as a work of art; its surface's name tells parts apart."""
    meshes = tuple(replace(mesh, lighting="baked", name=mesh.name or node.name) for mesh in node.meshes)
    return replace(node, meshes=meshes)


def _check(path: Path, scene: Scene) -> None:
    meshes = [mesh for node, _ in scene.walk() for mesh in node.meshes]
    triangles = sum(len(mesh.indices) for mesh in meshes)
    if not triangles:
        raise InputProblem(f"{path} holds no surface, expected triangles; export it again as a mesh")
    if triangles > MAX_TRIANGLES:
        raise InputProblem(
            f"{path} has {triangles:,} triangles, expected at most {MAX_TRIANGLES:,}; simplify it"
        )
    if not all(np.isfinite(mesh.positions).all() for mesh in meshes):
        raise InputProblem(f"{path} has corners at infinity, expected finite coordinates; export it again")
    if not float(np.ptp(scene.bounds(), axis=0).max()) > 0:
        raise InputProblem(f"{path} is a single point, expected a surface; export it again")
