"""Relief painted into a tile's colour."""

from __future__ import annotations

import numpy as np
import pytest

from vrgen.bake.parts import collect
from vrgen.bake.relief import Reliefs, shaded, up_in_picture
from vrgen.core import Image, Node, Scene, Surface, Texture
from vrgen.core.frames import LUMINANCE

RNG = np.random.default_rng(3)


def tile(normal: np.ndarray) -> Surface:
    colour = Image((90 + 40 * RNG.random((*normal.shape[:2], 3))).astype(np.uint8))
    encoded = Image(((normal + 1) * 127.5 + 0.5).astype(np.uint8), "linear")
    return Surface("tile", base_colour=Texture(colour), normal=Texture(encoded))


def tilted(angle: float, size: int = 16) -> np.ndarray:
    """Upper half of the tile looks up by `angle` (radians), lower half down."""
    normal = np.zeros((size, size, 3))
    normal[..., 1] = np.where(np.arange(size)[:, None] < size // 2, np.sin(angle), -np.sin(angle))
    normal[..., 2] = np.cos(angle)
    return normal


def luminance(image: Image) -> np.ndarray:
    return image.to_linear() @ LUMINANCE


def test_what_looks_up_is_lighter_on_walls_and_mean_is_kept() -> None:
    surface = tile(tilted(0.3))
    before, after = luminance(surface.base_colour.image), luminance(shaded(surface, (0, 1)))
    gain = after / before
    assert 1.05 < gain[:8].mean() < 1.35 and 0.65 < gain[8:].mean() < 0.95
    assert after.mean() == pytest.approx(before.mean(), rel=0.01)
    turned = luminance(shaded(surface, (0, -1))) / before
    assert turned[:8].mean() < 1 < turned[8:].mean()


def test_flat_tiles_stay() -> None:
    surface = tile(tilted(0.0))
    for way in (None, (0, 1), (1, 0)):
        change = shaded(surface, way).pixels.astype(int) - surface.base_colour.image.pixels
        assert np.abs(change).max() <= 1


def test_up_is_found_in_the_uv_map(mesh, grey) -> None:
    wall = [[(0, 0, 0), (2, 0, 0), (2, 1, 0), (0, 1, 0)]]
    floor = [[(0, 0, 2), (2, 0, 2), (2, 0, 0), (0, 0, 0)]]
    parts = collect(Scene("s", (Node("a", meshes=(mesh(wall, grey(0.5)), mesh(floor, grey(0.5)))),)))
    assert up_in_picture(parts[0]) == (0, 1)
    assert up_in_picture(parts[1]) is None


def test_one_tile_is_shaded_once_and_works_never(mesh) -> None:
    wall = [[(0, 0, 0), (2, 0, 0), (2, 1, 0), (0, 1, 0)]]
    surface = tile(tilted(0.3))
    meshes = (mesh(wall, surface), mesh(wall, surface), mesh(wall, surface, lighting="neutral"))
    parts = collect(Scene("s", (Node("a", meshes=meshes),)))
    reliefs = Reliefs()
    one, two, work = (reliefs.of(part).base_colour.image for part in parts)
    assert one is two
    assert one is not surface.base_colour.image
    assert work is surface.base_colour.image
