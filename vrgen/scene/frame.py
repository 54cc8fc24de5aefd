"""Frame: a picture with what it hangs in. Frames and mats go to the room's mason, the picture to its node."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vrgen.core import Mesh, Node, Surface, Texture
from vrgen.scene.layout import Hung, Room
from vrgen.scene.mason import Mason, quads_mesh
from vrgen.scene.site import Spot, slug
from vrgen.scene.styles.style import Style
from vrgen.scene.work import Work

_BEVEL = 0.004
"""Metres: depth and width of the mat's cut edge."""
_RECESS = 0.010
"""Metres from the frame's front back to the mat or the picture."""


def hang_picture(number: int, hung: Hung, work: Work, *, room: Room, mason: Mason, style: Style) -> Node:
    """The node of a picture (its texture is the work's image, untouched); frame and mat into `mason`."""
    spot = Spot.on(room.sides[hung.side], hung.s, hung.y)
    size, depth = hung.size, style.frame_depth
    half = (size.width / 2, size.height / 2)
    if size.mount == "canvas":
        mesh = _canvas(half, depth, work)
    else:
        plane = depth - _RECESS - (_BEVEL if size.mat else 0.0)
        _frame(mason, spot, outer=size.outer, face=size.frame, depths=(depth, depth - _RECESS))
        if size.mat:
            _mat(mason, spot, half=half, mat=size.mat, level=depth - _RECESS)
        if work.image is not None and work.image.channels == 4:
            w, h, back = *half, plane - 0.003
            mason.quad("mat", spot.points([(-w, -h, back), (w, -h, back), (w, h, back), (-w, h, back)]))
        mesh = _flat(half, plane, work)
    return Node(
        f"work_{number:03d}_{slug(work.title)}",
        translation=spot.origin,
        rotation=spot.rotation,
        meshes=(mesh,),
        extras={"vrgen": {"work": describe(work, (size.width, size.height))}},
    )


def describe(work: Work, size_m: tuple[float, ...]) -> dict[str, object]:
    """A work's words as plain JSON."""
    return {
        "title": work.title,
        "artist": work.artist,
        "year": work.year,
        "text": work.text,
        "alt": work.alt,
        "file": work.file,
        "size_cm": [round(100 * length, 1) for length in size_m],
    }


def picture_surface(work: Work) -> Surface:
    """The artist's picture and nothing else."""
    assert work.image is not None
    edge = Texture(work.image, wrap=("clamp_to_edge", "clamp_to_edge"))
    return Surface(
        f"picture_{slug(work.title)}",
        base_colour=edge,
        roughness_factor=0.55,
        alpha_mode="blend" if work.image.channels == 4 else "opaque",
    )


def _flat(half: tuple[float, float], plane: float, work: Work) -> Mesh:
    w, h = half
    corners = [(-w, -h, plane), (w, -h, plane), (w, h, plane), (-w, h, plane)]
    return _picture(np.array([corners]), np.array([[(0, 1), (1, 1), (1, 0), (0, 0)]]), work)


def _canvas(half: tuple[float, float], depth: float, work: Work) -> Mesh:
    """Wrapped edges: the sides show the picture's rim, mirrored, as a stretched canvas does."""
    (w, h), d = half, depth
    u, v = depth / (2 * w), depth / (2 * h)
    quads = [
        [(-w, -h, d), (w, -h, d), (w, h, d), (-w, h, d)],
        [(-w, -h, 0), (-w, -h, d), (-w, h, d), (-w, h, 0)],
        [(w, -h, d), (w, -h, 0), (w, h, 0), (w, h, d)],
        [(-w, h, d), (w, h, d), (w, h, 0), (-w, h, 0)],
        [(-w, -h, 0), (w, -h, 0), (w, -h, d), (-w, -h, d)],
    ]
    uvs = [
        [(0, 1), (1, 1), (1, 0), (0, 0)],
        [(u, 1), (0, 1), (0, 0), (u, 0)],
        [(1, 1), (1 - u, 1), (1 - u, 0), (1, 0)],
        [(0, 0), (1, 0), (1, v), (0, v)],
        [(0, 1 - v), (1, 1 - v), (1, 1), (0, 1)],
    ]
    return _picture(np.array(quads), np.array(uvs), work)


def _picture(quads: NDArray[np.float64], uvs: NDArray[np.float64], work: Work) -> Mesh:
    name = f"picture_{slug(work.title)}"
    return quads_mesh(quads, uvs, picture_surface(work), name=name, lighting="neutral")


def _frame(
    mason: Mason, spot: Spot, *, outer: tuple[float, float], face: float, depths: tuple[float, float]
) -> None:
    """A mitred moulding: back edge on the wall, a face that falls a little inwards, an inner lip."""
    front, inner = depths
    soft = 0.0025
    profile = (
        (0.0, 0.0),
        (0.0, front - soft),
        (soft, front),
        (face - soft, front - 0.001),
        (face, front - 0.001 - soft),
        (face, inner),
    )
    half = (outer[0] / 2, outer[1] / 2)
    for step in pairwise(profile):
        _ring(mason, "frame", spot, step, half)


def _mat(mason: Mason, spot: Spot, *, half: tuple[float, float], mat: float, level: float) -> None:
    """A mat with a bevelled window that ends exactly at the picture."""
    outer = (half[0] + mat, half[1] + mat)
    _ring(mason, "mat", spot, ((0.0, level), (mat - _BEVEL, level)), outer)
    _ring(mason, "mat", spot, ((mat - _BEVEL, level), (mat, level - _BEVEL)), outer)


def _ring(
    mason: Mason,
    role: str,
    spot: Spot,
    step: Sequence[tuple[float, float]],
    half: tuple[float, float],
) -> None:
    """Sweep a profile edge ((inset, out), (inset, out)) round a rectangle of half sizes, mitred."""
    (i0, o0), (i1, o1) = step
    w, h = half
    outer = [(-w + i0, -h + i0, o0), (w - i0, -h + i0, o0), (w - i0, h - i0, o0), (-w + i0, h - i0, o0)]
    inner = [(-w + i1, -h + i1, o1), (w - i1, -h + i1, o1), (w - i1, h - i1, o1), (-w + i1, h - i1, o1)]
    for k in range(4):
        n = (k + 1) % 4
        corners = spot.points([outer[k], outer[n], inner[n], inner[k]])
        # the grain of a moulding runs along each of its four pieces
        run = np.asarray([outer[k][:2], outer[n][:2], inner[n][:2], inner[k][:2]])
        along = run[:, 0] if k % 2 == 0 else run[:, 1]
        across = np.array([i0 + o0, i0 + o0, i1 - o1 + 2 * o0, i1 - o1 + 2 * o0])
        mason.quad(role, corners, np.stack([along, across], axis=1))
