"""Backdrop: the sky as an inward-looking sphere that every viewer shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.tone import tone
from vrgen.core.frames import LUMINANCE, equirect_directions, equirect_uv, linear_to_srgb
from vrgen.core.image import Image, to_bytes
from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.scene import Scene
from vrgen.core.sky import Sky
from vrgen.core.surface import Surface, Texture
from vrgen.errors import ValueProblem

NAME = "sky"
COLUMNS, ROWS = 64, 32
HEIGHT = 1024
"""Rows of the picture; a smaller sky is brought to it smoothly."""
STOPS = 1.25
"""The sky is shown this much darker than the rooms, as a photographer's window would be."""
BRIGHT = 0.75
"""Value that the bright parts of the sky reach at most, however dark the rooms are."""
NEAREST = 40.0
"""Metres: least radius."""


def backdrop(scene: Scene, *, exposure: float) -> Scene:
    """The scene with a node "sky": an unlit sphere around everything, with the tone-mapped sky on it.

    exposure: factor from cd/m2 to screen values, as `light` leaves in extras["vrgen"]["exposure"].
    A scene without a sky comes back as it is; an earlier backdrop is replaced.
    Raises ValueProblem for an exposure that is not above 0.
    """
    if not 0 < exposure < np.inf:
        raise ValueProblem(f"exposure: got {exposure}, expected a number above 0")
    if scene.sky is None:
        return scene
    rest = replace(scene, nodes=tuple(node for node in scene.nodes if node.name != NAME))
    low, high = rest.bounds()
    radius = max(NEAREST, 2.5 * float(np.linalg.norm(high - low)) / 2)
    surface = sky_surface(scene.sky, exposure)
    node = Node(NAME, translation=(low + high) / 2, meshes=(_sphere(radius, surface),))
    return replace(rest, nodes=(*rest.nodes, node))


def sky_surface(sky: Sky, exposure: float) -> Surface:
    """What the sphere wears: the tone-mapped sky, unlit, with the record of how it was made."""
    picture = Texture(sky_picture(sky, exposure), wrap=("repeat", "clamp_to_edge"))
    told = {} if sky.record is None else {"vrgen": {"kind": NAME, "record": sky.record.to_json()}}
    return Surface(name=NAME, base_colour=picture, unlit=True, extras=told)


def sky_picture(sky: Sky, exposure: float) -> Image:
    """The tone-mapped sky, 2048 x 1024 sRGB uint8, 1.25 stops darker than the rooms and never burnt."""
    radiance = sky.radiance if sky.height == HEIGHT else _resized(sky)
    shown = tone(radiance.astype(np.float64) * min(exposure * 2.0**-STOPS, _unburnt(radiance)))
    # The top and bottom rows are one point each: one colour, or the poles would show spokes.
    shown[[0, -1]] = shown[[0, -1]].mean(axis=1, keepdims=True)
    return Image(to_bytes(linear_to_srgb(shown)), "srgb")


def _unburnt(radiance: NDArray[np.float32]) -> float:
    """Largest exposure that leaves colour in the bright parts above the horizon (85th percentile)."""
    bright = np.sort((radiance[: HEIGHT // 2] @ LUMINANCE.astype(np.float32)).reshape(-1))
    return BRIGHT / max(float(bright[int(0.85 * len(bright))]), 1e-9)


def _resized(sky: Sky) -> NDArray[np.float32]:
    """Radiance (1024, 2048, 3), between pixel centres, going round the seam and over the poles' edge rows."""
    uv = equirect_uv(equirect_directions(HEIGHT))
    if sky.height > HEIGHT and sky.height % HEIGHT == 0:
        factor = sky.height // HEIGHT
        blocks = sky.radiance.reshape(HEIGHT, factor, 2 * HEIGHT, factor, 3)
        return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)
    x = uv[0, :, 0] * 2 * sky.height - 0.5
    y = np.clip(uv[:, 0, 1] * sky.height - 0.5, 0, sky.height - 1)
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    right, bottom = (left + 1) % (2 * sky.height), np.minimum(top + 1, sky.height - 1)
    s, t = (x - left)[None, :, None].astype(np.float32), (y - top)[:, None, None].astype(np.float32)
    rows = sky.radiance[top] * (1 - t) + sky.radiance[bottom] * t
    return np.asarray(rows[:, left % (2 * sky.height)] * (1 - s) + rows[:, right] * s, dtype=np.float32)


def _sphere(radius: float, surface: Surface) -> Mesh:
    """Rings from zenith to nadir; the seam has two columns of vertices, so u never runs backwards."""
    v, u = np.meshgrid(np.linspace(0, 1, ROWS + 1), np.linspace(0, 1, COLUMNS + 1), indexing="ij")
    elevation, azimuth = np.pi * (0.5 - v), 2 * np.pi * (u - 0.5)
    points = radius * np.stack(
        [np.cos(elevation) * np.cos(azimuth), np.sin(elevation), np.cos(elevation) * np.sin(azimuth)], axis=-1
    )
    uv = np.stack([u, v], axis=-1)
    # A pole's vertices each serve one wedge, whose middle they take: no smear towards one side.
    uv[0, :, 0] += 0.5 / COLUMNS
    uv[-1, :, 0] -= 0.5 / COLUMNS
    corner = np.arange((ROWS + 1) * (COLUMNS + 1)).reshape(ROWS + 1, COLUMNS + 1)
    a, b, c, d = corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]
    lower = np.stack([a, d, c], axis=-1)[:-1].reshape(-1, 3)  # at the nadir these would be empty
    upper = np.stack([a, c, b], axis=-1)[1:].reshape(-1, 3)  # and these at the zenith
    return Mesh(
        points.reshape(-1, 3).astype(np.float32),
        np.concatenate([upper, lower]).astype(np.uint32),
        surface,
        uv0=uv.reshape(-1, 2).astype(np.float32),
        lighting="none",
        name=NAME,
    )
