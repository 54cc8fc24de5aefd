"""Mason: flat polygons, boxes and walls with holes, collected by role and merged into meshes.

UV is in metres. A wall's u runs along the wall and its v down from the floor line, so that courses
start at the floor; what lies flat takes (x, z).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vrgen.core import Mesh, Surface
from vrgen.core.mesh import Lighting

Vector = NDArray[np.float64]
Hole = tuple[float, float, float, float]
"""(s0, s1, y0, y1) on a wall."""


class Mason:
    """Collects quads by role; `meshes` gives one mesh a role."""

    def __init__(self) -> None:
        self._corners: dict[str, list[Vector]] = {}
        self._uvs: dict[str, list[Vector]] = {}

    def quad(self, role: str, corners: ArrayLike, uv: ArrayLike | None = None) -> None:
        """A flat quad (4, 3), counter-clockwise from outside; `uv` (4, 2) in metres, else by its plane.

        A quad without area is left out.
        """
        self._corners.setdefault(role, []).append(np.asarray(corners, dtype=np.float64))
        mapped = _BY_PLANE if uv is None else np.asarray(uv, dtype=np.float64)
        self._uvs.setdefault(role, []).append(mapped)

    def flat(self, role: str, rect: Sequence[float], y: float, *, up: bool = True) -> None:
        """A level rectangle (x0, x1, z0, z1), seen from above or from below."""
        x0, x1, z0, z1 = rect
        corners = [(x0, y, z1), (x1, y, z1), (x1, y, z0), (x0, y, z0)]
        self.quad(role, corners if up else corners[::-1])

    def flat_with_holes(
        self, role: str, rect: Sequence[float], holes: Sequence[Sequence[float]], y: float, *, up: bool = True
    ) -> None:
        """A level rectangle without the rectangles of `holes`."""
        for cell in cells(rect, holes):
            self.flat(role, cell, y, up=up)

    def wall(
        self,
        role: str,
        a: Sequence[float],
        b: Sequence[float],
        heights: Sequence[float],
        *,
        holes: Sequence[Hole] = (),
        u0: float = 0.0,
    ) -> None:
        """An upright face from plan point `a` to `b` (left to right as seen), with rectangular holes."""
        (ax, az), (bx, bz) = a, b
        length = float(np.hypot(bx - ax, bz - az))
        if length < 1e-6:
            return
        dx, dz = (bx - ax) / length, (bz - az) / length
        for s0, s1, y0, y1 in cells((0.0, length, heights[0], heights[1]), holes):
            corners = [(ax + dx * s, y, az + dz * s) for s, y in ((s0, y0), (s1, y0), (s1, y1), (s0, y1))]
            uv = [(u0 + s, -y) for s, y in ((s0, y0), (s1, y0), (s1, y1), (s0, y1))]
            self.quad(role, corners, uv)

    def box(
        self,
        role: str,
        low: Sequence[float],
        high: Sequence[float],
        *,
        without: Iterable[str] = (),
        grain: int | None = None,
    ) -> None:
        """A box between two corners; `without` names faces that nobody sees (`-y`, `+x`, ...).

        grain: axis (0 x, 1 y, 2 z) along which u runs, so that wood runs along a beam.
        """
        (x0, y0, z0), (x1, y1, z1) = low, high
        faces = {
            "+x": [(x1, y0, z1), (x1, y0, z0), (x1, y1, z0), (x1, y1, z1)],
            "-x": [(x0, y0, z0), (x0, y0, z1), (x0, y1, z1), (x0, y1, z0)],
            "+y": [(x0, y1, z1), (x1, y1, z1), (x1, y1, z0), (x0, y1, z0)],
            "-y": [(x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)],
            "+z": [(x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)],
            "-z": [(x1, y0, z0), (x0, y0, z0), (x0, y1, z0), (x1, y1, z0)],
        }
        for name, corners in faces.items():
            if name not in without:
                self.quad(role, corners, None if grain is None else _along(corners, grain))

    def rod(
        self, role: str, start: ArrayLike, end: ArrayLike, radius: float, *, sides: int = 8, caps: bool = True
    ) -> None:
        """A prism around the line from start to end, (3,) metres each."""
        a, b = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
        self.cone(role, a, b, (radius, radius), sides=sides, caps=caps)

    def cone(
        self,
        role: str,
        start: ArrayLike,
        end: ArrayLike,
        radii: tuple[float, float],
        *,
        sides: int = 12,
        caps: bool = True,
        inside: bool = False,
    ) -> None:
        """A (truncated) cone from start to end, (3,) metres each; `inside` turns its faces inwards."""
        a, b = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
        ring = _ring(b - a, sides)
        low, high = a + ring * radii[0], b + ring * radii[1]
        for i in range(sides):
            j = (i + 1) % sides
            corners = np.stack([low[i], low[j], high[j], high[i]])
            self.quad(role, corners[::-1] if inside else corners)
        if caps:
            self.disc(role, b, b - a, radii[1], sides=sides)
            self.disc(role, a, a - b, radii[0], sides=sides)

    def disc(
        self, role: str, centre: ArrayLike, normal: ArrayLike, radius: float, *, sides: int = 12
    ) -> None:
        """A flat disc that looks along `normal` (3,); an even number of sides."""
        if radius < 1e-6:
            return
        middle = np.asarray(centre, dtype=np.float64)
        ring = middle + _ring(np.asarray(normal, dtype=np.float64), sides) * radius
        for i in range(0, sides, 2):
            corners = np.stack([middle, ring[i], ring[i + 1], ring[(i + 2) % sides]])
            self.quad(role, corners)

    def meshes(
        self, surfaces: dict[str, Surface], *, prefix: str, lighting: dict[str, Lighting] | None = None
    ) -> tuple[Mesh, ...]:
        """One mesh a role, in the order in which the roles were first used."""
        return tuple(
            quads_mesh(
                *_mapped(np.stack(self._corners[role]), np.stack(self._uvs[role])),
                surfaces[role],
                name=f"{prefix}_{role}",
                lighting=(lighting or {}).get(role, "baked"),
            )
            for role in self._corners
        )


def cells(rect: Sequence[float], holes: Sequence[Sequence[float]]) -> list[tuple[float, float, float, float]]:
    """The rectangle (a0, a1, b0, b1) without the holes, as a grid of rectangles whose edges all meet."""
    a0, a1, b0, b1 = rect
    kept = [h for h in holes if h[1] > a0 and h[0] < a1 and h[3] > b0 and h[2] < b1]
    cuts_a = _cuts(a0, a1, [edge for h in kept for edge in h[:2]])
    cuts_b = _cuts(b0, b1, [edge for h in kept for edge in h[2:]])
    out = []
    for p0, p1 in pairwise(cuts_a):
        for q0, q1 in pairwise(cuts_b):
            p, q = (p0 + p1) / 2, (q0 + q1) / 2
            if not any(h[0] < p < h[1] and h[2] < q < h[3] for h in kept):
                out.append((p0, p1, q0, q1))
    return out


def _cuts(low: float, high: float, edges: Sequence[float]) -> list[float]:
    inside = sorted(edge for edge in edges if low + 1e-6 < edge < high - 1e-6)
    apart = [edge for i, edge in enumerate(inside) if i == 0 or edge - inside[i - 1] > 1e-6]
    return [low, *apart, high]


def _ring(axis: Vector, sides: int) -> Vector:
    """Unit vectors (sides, 3) around an axis, counter-clockwise looking against it."""
    axis = axis / np.linalg.norm(axis)
    other = np.array([0.0, 1.0, 0.0]) if abs(axis[1]) < 0.9 else np.array([1.0, 0.0, 0.0])
    right = np.cross(other, axis)
    right /= np.linalg.norm(right)
    up = np.cross(axis, right)
    turn = np.arange(sides) * (2 * np.pi / sides)
    ring: Vector = np.cos(turn)[:, None] * right + np.sin(turn)[:, None] * up
    return ring


def _along(corners: Sequence[Sequence[float]], grain: int) -> Vector:
    """UV (4, 2) of an axis-parallel quad: u along the grain, v across; the end of the grain as it comes."""
    points = np.asarray(corners, dtype=np.float64)
    spread = np.ptp(points, axis=0)
    across = [axis for axis in range(3) if axis != grain and spread[axis] > 1e-9]
    axes = (grain, across[0]) if spread[grain] > 1e-9 else (across[0], across[-1])
    # each side of a beam shows another part of the wood
    shift = float(points[:, [a for a in range(3) if a not in axes]].mean())
    uv: Vector = points[:, list(axes)] + np.array([0.0, 0.37 * shift])
    return uv


_BY_PLANE: Vector = np.full((4, 2), np.nan)
"""UV still to be taken from the quad's plane."""


def _mapped(quads: Vector, uvs: Vector) -> tuple[Vector, Vector]:
    """Quads (N, 4, 3) with some area and their UV (N, 4, 2): what lies flat (x, z), else along and down."""
    normals = np.cross(quads[:, 2] - quads[:, 0], quads[:, 3] - quads[:, 1])
    length = np.linalg.norm(normals, axis=1)
    kept = length > 1e-9
    quads, uvs, normals = quads[kept], uvs[kept].copy(), normals[kept] / length[kept, None]
    open_ = np.isnan(uvs[:, 0, 0])
    flat = open_ & (np.abs(normals[:, 1]) > 0.7)
    upright = open_ & ~flat
    uvs[flat] = quads[flat][..., [0, 2]]
    along = np.cross([0.0, 1.0, 0.0], normals[upright])
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    uvs[upright, :, 0] = np.einsum("nck,nk->nc", quads[upright], along)
    uvs[upright, :, 1] = -quads[upright][..., 1]
    return quads, uvs


def quads_mesh(
    quads: NDArray[np.floating],
    uvs: NDArray[np.floating],
    surface: Surface,
    *,
    name: str,
    lighting: Lighting = "baked",
) -> Mesh:
    """A mesh of flat quads (N, 4, 3) in metres with UV (N, 4, 2), each with corners of its own."""
    corners = np.asarray(quads, dtype=np.float64)
    normals = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    first = np.arange(len(corners), dtype=np.uint32)[:, None] * 4
    halves = np.array([0, 1, 2, 0, 2, 3], np.uint32)
    return Mesh(
        corners.reshape(-1, 3).astype(np.float32),
        (first + halves).reshape(-1, 3),
        surface,
        normals=np.repeat(normals, 4, axis=0).astype(np.float32),
        uv0=np.asarray(uvs).reshape(-1, 2).astype(np.float32),
        lighting=lighting,
        name=name,
    )
