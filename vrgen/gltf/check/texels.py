"""Texels: how many of them an eye gets a degree, and what shape they have on the surface."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.core.budget import PIXELS_A_DEGREE
from vrgen.core.image import Image
from vrgen.gltf.check.catalogue import finding
from vrgen.gltf.check.finding import Finding
from vrgen.gltf.check.subject import Placed, Subject, Worn, is_sky

COARSE = 8.0
"""Texels a degree below which a surface is a blur: 256 px/m, the least for buildings, seen from 1.8 m."""
WASTEFUL = 4.0
"""Texels a pixel, along each side."""
STRETCHED, STRETCHED_SHARE = 4.0, 0.1
"""How much longer than wide a texel may be, and on which share of the area it may be longer."""
USUAL_DISTANCE = 1.5
"""Metres of an eye from a thing when no stop says where eyes are."""
NEAREST_DISTANCE = 0.5
"""Metres: nothing comes closer to an eye."""
FLAT = 4.0
"""Texels of a triangle below which it shows one colour: neither density nor shape mean anything."""
PALETTE = 0.7 / 255
"""Mean step from texel to texel below which a mesh shows swatches or gradients of a palette (measured, in
255ths: palettes 0.0 to 0.62, generated plaster 0.86, photos 2 to 50)."""
LOOKED_AT = 50_000
"""Triangles of a mesh that are looked at for it and for the distance to the stops, about."""
LATTICE = np.array([[i + 1 / 3, j + 1 / 3, 10 / 3 - i - j] for i in range(4) for j in range(4 - i)]) / 4
"""Barycentric places of a triangle that are looked at."""


@dataclass(frozen=True, eq=False, slots=True)
class Laid:
    """How an image lies on a mesh, for the triangles that show more of it than one colour."""

    item: Placed
    """The mesh."""
    density: float
    """Texels a metre: half of the area has fewer."""
    stretched: float
    """Share of the area whose texels are too long."""
    distance: float
    """Metres of the nearest eye: nine tenths of the area are farther."""

    @property
    def a_degree(self) -> float:
        """Texels a degree from there."""
        return self.density * self.distance * float(np.radians(1.0))


def texels(subject: Subject) -> Iterator[Finding]:
    """Coarse, wasteful and stretched textures: one finding an image, at the worst mesh."""
    for worn in subject.images:
        if worn.role != "base_colour":
            continue
        wearers = (item for item, _ in subject.wearers(worn) if not is_sky(item))
        laid = [found for item in wearers if (found := _laid(subject, worn, item))]
        if not laid:
            continue
        # Where it is coarsest decides: what is too fine there is too fine everywhere.
        worst, limit = min(laid, key=lambda one: one.a_degree), WASTEFUL * PIXELS_A_DEGREE[subject.target]
        if worst.a_degree < COARSE:
            yield finding(
                "TEXELS_TOO_COARSE", worst.item.place, f"{_told(worst, worn)}, expected {COARSE:.0f}"
            )
        if worst.a_degree > limit:
            yield finding(
                "TEXELS_TOO_FINE", worst.item.place, f"{_told(worst, worn)}, {limit:.0f} are plenty"
            )
        long = max(laid, key=lambda one: one.stretched)
        if long.stretched > STRETCHED_SHARE:
            told = (
                f"{long.stretched:.0%} of its area shows texels over {STRETCHED:.0f} times longer than wide"
            )
            yield finding("UV_STRETCH", long.item.place, told)


def _told(laid: Laid, worn: Worn) -> str:
    where = f"{laid.density:.0f} texels a metre of {worn.size}"
    return f"{where} are {laid.a_degree:.1f} a degree from {laid.distance:.1f} m"


def _is_palette(image: Image, uv: NDArray[np.float64], areas: NDArray[np.float64]) -> bool:
    """Whether the texels under the triangles hardly differ from those to their right and below."""
    few = slice(None, None, max(1, len(uv) // LOOKED_AT))
    places = np.einsum("kc,tcd->tkd", LATTICE, uv[few])
    x, y = (_wrapped(places[..., axis], side) for axis, side in enumerate((image.width, image.height)))
    here, right, below = (_grey(image, row, column) for row, column in ((y, x), (y, x + 1), (y + 1, x)))
    steps = np.abs(right - here) + np.abs(below - here)
    return float((steps.mean(axis=1) * areas[few]).sum()) < PALETTE * float(areas[few].sum())


def _wrapped(places: NDArray[np.float64], side: int) -> NDArray[np.int64]:
    return np.asarray(np.floor(np.mod(places, 1.0) * side).astype(np.int64) % side)


def _grey(image: Image, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float32]:
    picked = image.pixels[rows % image.height, columns % image.width]
    return np.asarray(Image(picked, "linear").to_float()[..., :3].mean(axis=-1), np.float32)


def _laid(subject: Subject, worn: Worn, item: Placed) -> Laid | None:
    texture = getattr(item.mesh.surface, worn.role)
    uv = item.uv(texture)
    if uv is None or not item.areas.any() or _is_palette(worn.image, uv, item.areas):
        return None
    sides = np.array([worn.image.width, worn.image.height], np.float64)
    large, small = _singular(item.corners, uv * sides)
    kept = (large * small * item.areas >= FLAT) & (item.areas > 0)
    if not kept.any():
        return None
    areas = item.areas[kept]
    large, small = large[kept], small[kept]
    density = float(_quantile(np.sqrt(large * small), areas, 0.5))
    long = large > STRETCHED * small
    # Where eyes are nearer than anything may be, they are not meant to look from.
    few = slice(None, None, max(1, len(areas) // LOOKED_AT))
    distance = _quantile(_distances(subject, item.corners[kept][few].mean(axis=1)), areas[few], 0.1)
    return Laid(item, density, float(areas[long].sum() / areas.sum()), max(distance, NEAREST_DISTANCE))


def _singular(
    corners: NDArray[np.float64], texels: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(T,) larger and smaller singular value of the map from metres on each triangle to texels."""
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    length = np.maximum(np.linalg.norm(one, axis=1), 1e-12)
    along = (one * two).sum(axis=1) / length
    across = np.maximum(np.linalg.norm(np.cross(one, two), axis=1) / length, 1e-12)
    du, dv = texels[:, 1] - texels[:, 0], texels[:, 2] - texels[:, 0]
    x = du / length[:, None]
    y = (dv - x * along[:, None]) / across[:, None]
    square, product = (x**2 + y**2).sum(axis=1), x[:, 0] * y[:, 1] - x[:, 1] * y[:, 0]
    root = np.sqrt(np.maximum(square**2 - 4 * product**2, 0.0))
    return np.sqrt((square + root) / 2), np.sqrt(np.maximum(square - root, 0.0) / 2)


def _distances(subject: Subject, centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T,) metres to the nearest stop."""
    if not subject.stops:
        return np.full(len(centres), USUAL_DISTANCE)
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(np.stack(list(subject.stops.values()))).query(centres)[0], np.float64)


def _quantile(values: NDArray[np.float64], weights: NDArray[np.float64], share: float) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, share * reached[-1])])
