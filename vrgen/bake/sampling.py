"""Sampling: the colour of a texture at many places of a mesh, as a renderer with mips would show it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vrgen.core.image import Image
from vrgen.core.surface import Texture

Floats = NDArray[np.float64]


class Sampler:
    """Textures in linear light with their mips, each made once."""

    def __init__(self) -> None:
        """None yet."""
        self._levels: dict[int, list[NDArray[np.float32]]] = {}
        self._kept: list[Image] = []

    def colours(self, texture: Texture, uv: Floats, *, footprint: float) -> NDArray[np.float32]:
        """(n, 4) linear RGBA at UVs (n, 2) of the mesh; `footprint`: pixels of the image for each."""
        level = int(np.clip(np.round(np.log2(max(footprint, 1e-6))), 0, 30))
        pixels = self._mip(texture.image, level)
        place = transformed(texture, uv) * pixels.shape[1::-1] - 0.5
        low = np.floor(place).astype(np.int64)
        share = (place - low).astype(np.float32)
        columns, rows = (
            [_wrapped(low[:, axis] + step, pixels.shape[1 - axis], texture.wrap[axis]) for step in (0, 1)]
            for axis in (0, 1)
        )
        x, y = share[:, :1], share[:, 1:]
        top = pixels[rows[0], columns[0]] * (1 - x) + pixels[rows[0], columns[1]] * x
        bottom = pixels[rows[1], columns[0]] * (1 - x) + pixels[rows[1], columns[1]] * x
        return np.asarray(top * (1 - y) + bottom * y, dtype=np.float32)

    def _mip(self, image: Image, level: int) -> NDArray[np.float32]:
        levels = self._levels.get(id(image))
        if levels is None:
            self._kept.append(image)
            levels = self._levels[id(image)] = [_rgba(image)]
        while len(levels) <= level and min(levels[-1].shape[:2]) > 1:
            levels.append(_halved(levels[-1]))
        return levels[min(level, len(levels) - 1)]


def alpha_at(plane: NDArray[np.uint8], texture: Texture, uv: NDArray[np.floating]) -> NDArray[np.float32]:
    """(n,) alpha in [0, 1] of a texture's plane (height, width) at UVs (n, 2) of the mesh, without mips,
    between pixels as the sampler says."""
    if texture.magnify == "nearest":
        pixel = np.floor(transformed(texture, uv.astype(np.float64)) * plane.shape[::-1]).astype(np.int64)
        column, row = (_wrapped(pixel[:, k], plane.shape[1 - k], texture.wrap[k]) for k in (0, 1))
        return np.asarray(plane[row, column] / np.float32(255), dtype=np.float32)
    place = transformed(texture, uv.astype(np.float64)) * plane.shape[::-1] - 0.5
    low = np.floor(place).astype(np.int64)
    columns, rows = (
        [_wrapped(low[:, axis] + step, plane.shape[1 - axis], texture.wrap[axis]) for step in (0, 1)]
        for axis in (0, 1)
    )
    x, y = (place - low).astype(np.float32).T
    top = plane[rows[0], columns[0]] * (1 - x) + plane[rows[0], columns[1]] * x
    bottom = plane[rows[1], columns[0]] * (1 - x) + plane[rows[1], columns[1]] * x
    return np.asarray((top * (1 - y) + bottom * y) / 255, dtype=np.float32)


def transformed(texture: Texture, uv: Floats) -> Floats:
    """(n, 2) where in the texture UVs (n, 2) of the mesh lie: KHR_texture_transform, as viewers read it."""
    c, s = np.cos(texture.rotation), np.sin(texture.rotation)
    scaled = uv * texture.scale
    turned = np.stack([c * scaled[:, 0] + s * scaled[:, 1], c * scaled[:, 1] - s * scaled[:, 0]], axis=1)
    return np.asarray(turned + texture.offset)


def _rgba(image: Image) -> NDArray[np.float32]:
    pixels = image.to_linear()
    colour = pixels[..., :3] if image.channels >= 3 else np.repeat(pixels[..., :1], 3, axis=-1)
    alpha = pixels[..., -1:] if image.channels in (2, 4) else np.ones_like(pixels[..., :1])
    return np.concatenate([colour, alpha], axis=-1).astype(np.float32)


def _halved(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    even = np.pad(pixels, ((0, pixels.shape[0] % 2), (0, pixels.shape[1] % 2), (0, 0)), mode="edge")
    rows, columns = even.shape[0] // 2, even.shape[1] // 2
    return np.asarray(even.reshape(rows, 2, columns, 2, 4).mean(axis=(1, 3)), dtype=np.float32)


def _wrapped(place: NDArray[np.int64], size: int, wrap: str) -> NDArray[np.int64]:
    if wrap == "clamp_to_edge":
        return np.clip(place, 0, size - 1)
    if wrap == "mirrored_repeat":
        folded = place % (2 * size)
        return np.minimum(folded, 2 * size - 1 - folded)
    return place % size
