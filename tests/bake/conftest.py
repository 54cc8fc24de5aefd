"""Small rooms built in code, shared by the bake's tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from vrgen.core import Mesh, Sky, Surface


def quads_mesh(quads, surface, **rest) -> Mesh:
    """One mesh of quads, each four corners counter-clockwise from the front; UVs in metres, v down."""
    corners = np.array(quads, np.float32).reshape(-1, 4, 3)
    width = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
    height = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    zero = np.zeros_like(width)
    uv = np.stack([zero, height, width, height, width, zero, zero, zero], axis=1).reshape(-1, 2)
    first = 4 * np.arange(len(corners))[:, None]
    indices = np.concatenate([first + np.array([0, 1, 2]), first + np.array([0, 2, 3])])
    return Mesh(corners.reshape(-1, 3), indices, surface, uv0=uv, **rest)


def box_quads(low, high, *, inside: bool = False) -> list[list[tuple[float, float, float]]]:
    """Six quads: +z, -z, +x, -x, top, bottom; facing out, or in."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    quads = [
        [(x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)],
        [(x1, y0, z0), (x0, y0, z0), (x0, y1, z0), (x1, y1, z0)],
        [(x1, y0, z1), (x1, y0, z0), (x1, y1, z0), (x1, y1, z1)],
        [(x0, y0, z0), (x0, y0, z1), (x0, y1, z1), (x0, y1, z0)],
        [(x0, y1, z1), (x1, y1, z1), (x1, y1, z0), (x0, y1, z0)],
        [(x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)],
    ]
    return [quad[::-1] for quad in quads] if inside else quads


@pytest.fixture
def mesh() -> Callable[..., Mesh]:
    return quads_mesh


@pytest.fixture
def box() -> Callable[..., list[list[tuple[float, float, float]]]]:
    return box_quads


@pytest.fixture
def grey() -> Callable[[float], Surface]:
    return lambda value: Surface("grey", base_colour_factor=(value, value, value, 1.0))


@pytest.fixture
def even_sky() -> Callable[[float], Sky]:
    return lambda value: Sky(np.full((32, 64, 3), value, np.float32))
