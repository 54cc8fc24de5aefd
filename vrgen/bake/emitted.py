"""Emitted: the light of glowing triangles, each by what its emissive texture shows on it.

A screen's picture, or the lamp in the corner of a palette that a whole model shares, glows where it lies on
the mesh: the mean of the image would light the room with colours that nothing wears.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.parts import Part
from vrgen.bake.sampling import Sampler, transformed
from vrgen.bake.stage import Stage
from vrgen.core.surface import Texture

STEPS = 8
"""A triangle is asked at the middles of 8 x 8 small ones."""
CHUNK = 20_000
"""Triangles at a time."""


def emitted(stage: Stage) -> NDArray[np.float32]:
    """(T, 3) radiance in cd/m2 of the stage's triangles (KHR_materials_emissive_strength included)."""
    by_part = np.array([part.emission for part in stage.parts], np.float32).reshape(-1, 3)
    out = by_part[stage.owner]
    sampler = Sampler()
    for place, part in enumerate(stage.parts):
        texture = part.mesh.surface.emissive
        if texture is None or not any(part.mesh.surface.emissive_factor) or not _laid(part, texture):
            continue
        surface = part.mesh.surface
        strength = np.asarray(surface.emissive_factor, np.float32) * np.float32(surface.emissive_strength)
        mine = np.flatnonzero(stage.owner == place)
        for first in range(0, len(mine), CHUNK):
            rows = mine[first : first + CHUNK]
            out[rows] = strength * _means(sampler, texture, stage.told[rows, :, :2])
    return out


def emission_at(part: Part, sampler: Sampler, uv: NDArray[np.floating] | None) -> NDArray[np.float32]:
    """(n, 3) radiance in cd/m2 of a part where its emissive texture's UVs are `uv` (n, 2); (1, 3) of all of
    it where it has no such texture, or no UVs."""
    surface = part.mesh.surface
    if surface.emissive is None or uv is None or not part.emission.any():
        return part.emission.astype(np.float32)[None]
    strength = np.asarray(surface.emissive_factor, np.float32) * np.float32(surface.emissive_strength)
    return strength * sampler.colours(surface.emissive, uv.astype(np.float64), footprint=2.0)[:, :3]


def _laid(part: Part, texture: Texture) -> bool:
    """Whether the stage knows the texture's UVs, which are those of the base colour."""
    base, unlit = part.mesh.surface.base_colour, part.mesh.surface.unlit
    same = texture.uv_set == (0 if base is None else base.uv_set)
    uv = part.mesh.uv1 if texture.uv_set else part.mesh.uv0
    return same and uv is not None and not unlit


def _means(sampler: Sampler, texture: Texture, uv: NDArray[np.float32]) -> NDArray[np.float32]:
    """(t, 3) mean linear colours of a texture over triangles (t, 3, 2)."""
    weights = _middles()
    points = np.einsum("sc,tck->tsk", weights, uv.astype(np.float64))
    size = (texture.image.width, texture.image.height)
    pixels = transformed(texture, uv.reshape(-1, 2).astype(np.float64)).reshape(-1, 3, 2) * size
    edge, other = pixels[:, 1] - pixels[:, 0], pixels[:, 2] - pixels[:, 0]
    area = 0.5 * np.abs(edge[:, 0] * other[:, 1] - edge[:, 1] * other[:, 0])
    level = np.clip(np.round(0.5 * np.log2(np.maximum(area / len(weights), 1.0))), 0, 12).astype(np.int64)
    out = np.zeros((len(uv), 3), np.float32)
    for number in np.unique(level).tolist():
        rows = np.flatnonzero(level == number)
        found = sampler.colours(texture, points[rows].reshape(-1, 2), footprint=2.0**number)
        out[rows] = found[:, :3].reshape(len(rows), len(weights), 3).mean(axis=1)
    return out


def _middles() -> NDArray[np.float64]:
    """(64, 3) barycentric weights of the middles of a triangle's 64 equal parts."""
    corners = []
    for a in range(STEPS):
        for b in range(STEPS - a):
            corners.append((a + 1 / 3, b + 1 / 3))
            if a + b < STEPS - 1:
                corners.append((a + 2 / 3, b + 2 / 3))
    two = np.array(corners) / STEPS
    return np.concatenate([1 - two.sum(axis=1, keepdims=True), two], axis=1)
