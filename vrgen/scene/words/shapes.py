"""Shapes: boxes, planes, turned solids and boulders as meshes. The middle of the foot is the origin; UV is in
metres."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vrgen.core import Mesh, Surface
from vrgen.core.mesh import Lighting
from vrgen.scene.mason import Mason

CREASE = 40.0
"""Degrees between two steps of a profile from which the edge stays an edge."""
SUNK = 0.1
"""Part of a boulder's height that lies below its place."""
PEBBLE = 0.25
"""Metres below which a boulder is drawn with fewer triangles."""
CUTS = 11
"""Planes that flatten a boulder."""
Floats = NDArray[np.float64]


def box(
    size: Sequence[float], surface: Surface, *, name: str, lighting: Lighting = "baked"
) -> tuple[Mesh, ...]:
    """A box of (width, height, depth) metres."""
    mason = Mason()
    width, height, depth = size
    mason.box("box", (-width / 2, 0.0, -depth / 2), (width / 2, height, depth / 2))
    return mason.meshes({"box": surface}, prefix=name, lighting={"box": lighting})


def plane(
    size: Sequence[float], surface: Surface, *, name: str, lighting: Lighting = "baked"
) -> tuple[Mesh, ...]:
    """A level rectangle of (width, depth) metres that looks up."""
    mason = Mason()
    mason.flat("plane", (-size[0] / 2, size[0] / 2, -size[1] / 2, size[1] / 2), 0.0)
    return mason.meshes({"plane": surface}, prefix=name, lighting={"plane": lighting})


def lathe(
    profile: Sequence[tuple[float, float]],
    surface: Surface,
    *,
    name: str,
    sides: int = 24,
    lighting: Lighting = "baked",
) -> tuple[Mesh, ...]:
    """A profile [(radius, height), ...] from below to above, turned about +y; open ends are closed.

    Its UV goes round in whole repeats of the surface's base colour, so that no seam shows.
    """
    points = np.asarray(profile, np.float64)
    tile = surface.base_colour.scale[0] if surface.base_colour is not None else 1.0
    around = max(1.0, round(2 * math.pi * points[:, 0].max() * tile)) / tile
    angle = np.linspace(0.0, 2 * math.pi, sides + 1)
    ring = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    down = -np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    positions: list[Floats] = []
    normals: list[Floats] = []
    uvs: list[Floats] = []
    faces: list[NDArray[np.int64]] = []
    for (start, end), (lean0, lean1), (v0, v1) in zip(
        pairwise(points), _leans(points), pairwise(down), strict=True
    ):
        if np.hypot(*(end - start)) < 1e-9:
            continue
        first = sum(map(len, positions))
        for (radius, y), (out, up), v in ((start, lean0, v0), (end, lean1, v1)):
            positions.append(_around(ring * radius, y))
            normals.append(_around(ring * out, up))
            uvs.append(np.stack([angle / (2 * math.pi) * around, np.full(sides + 1, v)], axis=1))
        faces.append(_band(sides, first, open_below=bool(start[0] > 1e-9), open_above=bool(end[0] > 1e-9)))
    for radius, y, up in ((*points[0], -1.0), (*points[-1], 1.0)):
        if radius > 1e-6:
            first = sum(map(len, positions))
            rim = _around(ring[:-1] * radius, y)
            positions.append(rim)
            normals.append(np.tile([0.0, up, 0.0], (sides, 1)))
            uvs.append(rim[:, [0, 2]])
            fan = np.array([(0, k, k + 1) for k in range(1, sides - 1)])
            faces.append(first + (fan if up > 0 else fan[:, ::-1]))
    mesh = Mesh(
        np.concatenate(positions).astype(np.float32),
        np.concatenate(faces).astype(np.uint32),
        surface,
        normals=np.concatenate(normals).astype(np.float32),
        uv0=np.concatenate(uvs).astype(np.float32),
        lighting=lighting,
        name=name,
    )
    return (mesh,)


def stone(
    size: Sequence[float], surface: Surface, *, name: str, seed: int, lighting: Lighting = "baked"
) -> tuple[Mesh, ...]:
    """A boulder of (width, height, depth) metres, by chance; its foot lies a little below the origin."""
    chance = np.random.default_rng(seed)
    points, triangles = icosphere(3 if max(size) >= PEBBLE else 2)
    soft = chance.normal(size=(5, 3))
    points = points * (1.0 + 0.05 * np.sin(points @ (2.2 * soft.T)).sum(axis=1, keepdims=True))
    for _ in range(CUTS):
        out = chance.normal(size=3)
        out /= np.linalg.norm(out)
        depth = np.maximum(points @ out - chance.uniform(0.62, 0.9), 0.0)
        points = points - 0.88 * depth[:, None] * out
    points[:, 1] = np.maximum(points[:, 1], -0.35 + 0.12 * points[:, 1])  # it lies on a broad foot
    low, high = points.min(axis=0), points.max(axis=0)
    points = (points - (low + high) / 2) / (high - low) * np.asarray(size)
    points[:, 1] += size[1] * (0.5 - SUNK)
    mesh = Mesh(
        points.astype(np.float32),
        triangles.astype(np.uint32),
        surface,
        normals=_smooth(points, triangles).astype(np.float32),
        lighting=lighting,
        name=name,
    )
    return (projected(mesh),)


def icosphere(rounds: int) -> tuple[Floats, NDArray[np.int64]]:
    """Unit vectors (V, 3) and triangles (T, 3): an icosahedron, its faces quartered `rounds` times."""
    g = (1 + math.sqrt(5)) / 2
    points = [
        np.array(p) / math.hypot(1, g)
        for a in (-1.0, 1.0)
        for b in (-g, g)
        for p in ((0, a, b), (a, b, 0), (b, 0, a))
    ]
    corners = np.array(points)
    near = np.linalg.norm(corners[:, None] - corners[None], axis=2) < 1.06
    triangles = [
        (i, j, k)
        for i in range(12)
        for j in range(i + 1, 12)
        for k in range(j + 1, 12)
        if near[i, j] and near[j, k] and near[i, k]
    ]
    faces = np.array([t if np.linalg.det(corners[list(t)]) > 0 else t[::-1] for t in triangles])
    for _ in range(rounds):
        edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        unique, place = np.unique(edges, axis=0, return_inverse=True)
        middles = corners[unique].mean(axis=1)
        middle = place.reshape(-1, 3) + len(corners)
        corners = np.concatenate([corners, middles / np.linalg.norm(middles, axis=1, keepdims=True)])
        a, b, c = faces.T
        ab, bc, ca = middle.T
        faces = np.concatenate(
            [np.stack(t, axis=1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
        )
    return corners, faces


def projected(mesh: Mesh) -> Mesh:
    """The mesh with UV in metres, each triangle along the axis that it looks along most: no stretching."""
    points, triangles = mesh.positions.astype(np.float64), mesh.indices.astype(np.int64)
    axis = np.abs(_crosses(points, triangles)).argmax(axis=1)
    kept, place = np.unique(triangles * 3 + axis[:, None], return_inverse=True)
    vertex, along = np.divmod(kept, 3)
    flat = np.array([[2, 1], [0, 2], [0, 1]])[along]
    uv = np.take_along_axis(points[vertex], flat, axis=1)
    uv[along != 1, 1] *= -1.0
    return replace(
        mesh,
        positions=mesh.positions[vertex],
        indices=place.reshape(-1, 3).astype(np.uint32),
        normals=None if mesh.normals is None else mesh.normals[vertex],
        colours=None if mesh.colours is None else mesh.colours[vertex],
        uv0=uv.astype(np.float32),
        uv1=None,
        tangents=None,
    )


def _crosses(points: Floats, triangles: NDArray[np.int64]) -> Floats:
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return np.cross(b - a, c - a)


def _smooth(points: Floats, triangles: NDArray[np.int64]) -> Floats:
    cross = _crosses(points, triangles)
    normals = np.zeros_like(points)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], cross)
    return np.asarray(normals / np.linalg.norm(normals, axis=1, keepdims=True))


def _around(ring: Floats, y: float) -> Floats:
    """(n, 3) points over plan points (n, 2) at one height."""
    return np.stack([ring[:, 0], np.full(len(ring), y), ring[:, 1]], axis=1)


def _band(sides: int, first: int, *, open_below: bool, open_above: bool) -> NDArray[np.int64]:
    """Triangles between two rings; at a tip one of the two of each quad has no area and is left out."""
    low = first + np.arange(sides)
    high = low + sides + 1
    out = []
    if open_below:
        out.append(np.stack([low, low + 1, high + 1], axis=1))
    if open_above:
        out.append(np.stack([low, high + 1, high], axis=1))
    return np.concatenate(out) if out else np.zeros((0, 3), np.int64)


def _leans(points: Floats) -> list[tuple[Floats, Floats]]:
    """(out, up) of the normal at both ends of every step, smoothed over edges that are not sharp."""
    steps = np.diff(points, axis=0)
    own = np.stack([steps[:, 1], -steps[:, 0]], axis=1)
    own /= np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-12)
    ends = [[lean, lean] for lean in own]
    for k, (one, other) in enumerate(pairwise(own)):
        if float(one @ other) > math.cos(math.radians(CREASE)):
            ends[k][1] = ends[k + 1][0] = (one + other) / np.linalg.norm(one + other)
    return [(start, end) for start, end in ends]
