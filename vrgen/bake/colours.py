"""Colours: the picture of an unlit atlas, base colour x light, pixel by pixel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from vrgen.bake.emitted import emission_at
from vrgen.bake.parts import Part, oriented
from vrgen.bake.relief import Reliefs
from vrgen.bake.sampling import Sampler
from vrgen.bake.texels import ChartedStage, Spots, spots
from vrgen.bake.tone import Look
from vrgen.bake.uv_scale import measure_uv
from vrgen.core.frames import linear_to_srgb
from vrgen.core.image import Image, to_bytes
from vrgen.core.progress import Progress

ASKED = ((0.25, 0.3), (0.75, 0.7))
"""Where in a pixel colour is asked for."""


def painted(
    stage: ChartedStage, shown: NDArray[np.float32], look: Look, *, finer: int, progress: Progress
) -> Image:
    """The atlas, sRGB uint8, RGBA only where something is cut out by alpha.

    shown: (height, width, 3) light on the sheet in [0, 1]. finer: pixels along a texel of light. Every
    gutter, and all between charts, carries on the nearest pixel's colour, so no mip shows a foreign one.
    """
    height, width = stage.sheet.height * finer, stage.sheet.width * finer
    total = np.zeros((height * width, 4), np.float32)
    count = np.zeros(height * width, np.uint8)
    painter = _Painter(stage, finer)
    glow = np.zeros((height * width, 3), np.float32) if painter.glows else None
    with progress.stage("painting the atlas", len(ASKED)) as advance:
        for at in ASKED:
            layer = spots(stage.sheet, at, finer=finer)
            total[layer.texel] += painter.colours(layer)
            if glow is not None:
                glow[layer.texel] += painter.glow(layer)
            count[layer.texel] += 1
            advance(1)
    light = _brought_up(shown, finer).reshape(-1, 3)
    here = count > 0
    colour = (total[here] / count[here, None]).astype(np.float32)
    colour[:, :3] *= light[here]
    if glow is not None:
        colour[:, :3] += look.seen(glow[here] / count[here, None])
    colour[:, :3] = np.clip(colour[:, :3], 0.0, 1.0)
    pixels = np.zeros((height * width, 4), np.uint8)
    pixels[here, :3] = to_bytes(linear_to_srgb(colour[:, :3]))
    pixels[here, 3:] = to_bytes(colour[:, 3:])
    nearest = distance_transform_edt(
        ~here.reshape(height, width), return_distances=False, return_indices=True
    )
    filled = pixels.reshape(height, width, 4)[tuple(nearest)]
    whole = all(part.mesh.surface.alpha_mode == "opaque" for part in stage.parts)
    return Image(np.ascontiguousarray(filled[..., :3] if whole else filled), "srgb")


def _brought_up(shown: NDArray[np.float32], finer: int) -> NDArray[np.float32]:
    """(height * finer, width * finer, 3) light between the texels' centres, as a viewer would filter it."""
    if finer == 1:
        return shown
    return _stretched(_stretched(shown, finer, axis=0), finer, axis=1)


def _stretched(values: NDArray[np.float32], factor: int, *, axis: int) -> NDArray[np.float32]:
    size = values.shape[axis]
    place = np.clip((np.arange(size * factor) + 0.5) / factor - 0.5, 0, size - 1)
    low = np.minimum(place.astype(np.int64), max(size - 2, 0))
    shape = [1, 1, 1]
    shape[axis] = -1
    share = (place - low).astype(np.float32).reshape(shape)
    above = np.minimum(low + 1, size - 1)
    return np.asarray(np.take(values, low, axis) * (1 - share) + np.take(values, above, axis) * share)


class _Painter:
    """Base colours at points of the sheet."""

    def __init__(self, stage: ChartedStage, finer: int) -> None:
        self._stage, self._sampler = stage, Sampler()
        reliefs = Reliefs()
        # Relief that only lit shading shows is painted into the colour, as on vertex-lit tiles.
        self._parts = [
            replace(part, mesh=replace(part.mesh, surface=reliefs.of(part))) for part in stage.parts
        ]
        self._per_metre = stage.sheet.per_metre * finer
        self.glows = any(part.emission.any() for part in self._parts)

    def colours(self, layer: Spots) -> NDArray[np.float32]:
        """(n, 4) linear RGBA at points of the sheet, without light."""
        out = np.ones((len(layer.texel), 4), np.float32)
        for part, rows in self._rows(layer):
            out[rows] = self._of(part, layer.triangle[rows], layer.weights[rows])
        return out

    def glow(self, layer: Spots) -> NDArray[np.float32]:
        """(n, 3) radiance in cd/m2 that points of the sheet send out by themselves."""
        out = np.zeros((len(layer.texel), 3), np.float32)
        for part, rows in self._rows(layer):
            if part.emission.any():
                texture = part.mesh.surface.emissive
                uv = part.mesh.uv1 if texture is not None and texture.uv_set else part.mesh.uv0
                if uv is not None:
                    corners = uv[oriented(part.mesh.indices, part.world)[layer.triangle[rows]]]
                    uv = np.einsum("nck,nc->nk", corners.astype(np.float64), layer.weights[rows])
                out[rows] = emission_at(part, self._sampler, uv)
        return out

    def _rows(self, layer: Spots) -> Iterator[tuple[Part, NDArray[np.int64]]]:
        """Every part that has points there, and their rows."""
        order = np.argsort(layer.part, kind="stable")
        ends = np.cumsum(np.bincount(layer.part, minlength=len(self._parts)))
        for part, rows in zip(self._parts, np.split(order, ends[:-1]), strict=True):
            if len(rows):
                yield part, rows

    def _of(
        self, part: Part, triangle: NDArray[np.int64], weights: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        mesh, surface = part.mesh, part.mesh.surface
        faces = oriented(mesh.indices, part.world)
        out = np.tile(np.asarray(surface.base_colour_factor, np.float32), (len(triangle), 1))
        if mesh.colours is not None:
            out *= np.einsum("nck,nc->nk", mesh.colours[faces[triangle]], weights).astype(np.float32)
        texture = surface.base_colour
        uv = None if texture is None else (mesh.uv1 if texture.uv_set else mesh.uv0)
        if texture is not None and uv is not None:
            places = np.einsum("nck,nc->nk", uv[faces[triangle]].astype(np.float64), weights)
            out *= self._sampler.colours(texture, places, footprint=self._footprint(part, uv[faces]))
        return out

    def _footprint(self, part: Part, uv: NDArray[np.float32]) -> float:
        """Pixels of the base colour under a point of the sheet, two of which make a pixel."""
        texture = part.mesh.surface.base_colour
        scale = measure_uv(part.corners(), uv.astype(np.float64))
        if texture is None or scale is None:
            return 1.0
        across = scale.across * abs(texture.scale[0]) * texture.image.width
        along = scale.along * abs(texture.scale[1]) * texture.image.height
        return 0.7 * float(np.sqrt(across * along)) / self._per_metre
