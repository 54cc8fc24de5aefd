"""Cut-outs: where light goes through a surface although a triangle is there.

glTF's alpha (base colour texture x factor x vertex colour) decides: MASK stops light where alpha reaches its
cutoff, so leaves throw the shadows of leaves. BLEND and KHR_materials_transmission have no cutoff. What is
at least half there (printed film, leaves of careless exporters) stops light, everything thinner is glass and
lets all of it through, neither tinted nor bent: one rule, without noise.
Source: glTF 2.0, 3.9.4 "Alpha Coverage"; KHR_materials_transmission.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.parts import Part, oriented
from vrgen.bake.sampling import alpha_at
from vrgen.core.image import Image
from vrgen.core.surface import Surface, Texture

HALF = 0.5
"""Alpha from which a blended surface stops light."""
TRANSMISSION = "KHR_materials_transmission"

Told = NDArray[np.float32]
"""(t, 3, 3) of triangles' corners: U and V for the alpha texture, and the vertex colour's alpha."""


@dataclass(frozen=True, eq=False, slots=True)
class Cutouts:
    """Alpha of the triangles that rays meet."""

    sort: NDArray[np.int32]
    """(T,) which of `surfaces` each triangle wears; -1 for what stops all light."""
    told: Told
    """(T, 3, 3)."""
    surfaces: list[Surface]
    """Those with something cut out."""
    planes: list[NDArray[np.uint8] | None]
    """(height, width) alpha of each one's texture; None without."""

    @classmethod
    def of(cls, parts: Sequence[Part], owner: NDArray[np.int32], told: Told) -> Cutouts | None:
        """Those of triangles of parts `owner` (T,); None where nothing is cut out."""
        sort = np.full(len(parts), -1, np.int32)
        surfaces: list[Surface] = []
        known: dict[int, int] = {}
        for place, part in enumerate(parts):
            surface = part.mesh.surface
            if part.blocks and cut_out(part):
                if id(surface) not in known:
                    known[id(surface)] = len(surfaces)
                    surfaces.append(surface)
                sort[place] = known[id(surface)]
        if not surfaces:
            return None
        planes = [_plane(surface.base_colour) for surface in surfaces]
        return cls(sort[owner], told, surfaces, planes)

    def lets_through(
        self, triangle: NDArray[np.integer], u: NDArray[np.floating], v: NDArray[np.floating]
    ) -> NDArray[np.bool_]:
        """(n,) whether light passes triangles (n,) where the second and third corner weigh u and v (n,)."""
        out = np.zeros(len(triangle), dtype=bool)
        sort = np.where(triangle >= 0, self.sort[triangle], -1)
        for number in np.unique(sort[sort >= 0]).tolist():
            rows = np.flatnonzero(sort == number)
            weights = np.stack([1 - u[rows] - v[rows], u[rows], v[rows]], axis=1)
            here = np.einsum("nck,nc->nk", self.told[triangle[rows]], weights)
            surface, plane = self.surfaces[number], self.planes[number]
            alpha = surface.base_colour_factor[3] * here[:, 2]
            if plane is not None and surface.base_colour is not None:
                alpha = alpha * alpha_at(plane, surface.base_colour, here[:, :2])
            out[rows] = alpha < (surface.alpha_cutoff if surface.alpha_mode == "mask" else HALF)
        return out


def cut_out(part: Part) -> bool:
    """Whether alpha takes anything out of a part's surface."""
    surface = part.mesh.surface
    if surface.alpha_mode == "opaque":
        return False
    image = None if surface.base_colour is None else surface.base_colour.image
    textured = image is not None and image.channels in (2, 4)
    least = HALF if surface.alpha_mode == "blend" else surface.alpha_cutoff
    return textured or part.mesh.colours is not None or surface.base_colour_factor[3] < least


def told_of(part: Part) -> Told:
    """Of all triangles of a part, in the order of its corners."""
    mesh, texture = part.mesh, part.mesh.surface.base_colour
    faces = oriented(mesh.indices, part.world)
    uv = mesh.uv0 if texture is None or texture.uv_set == 0 else mesh.uv1
    return told_by(faces, uv, mesh.colours)


def told_by(
    faces: NDArray[np.integer], uv: NDArray[np.floating] | None, colours: NDArray[np.floating] | None
) -> Told:
    """Of triangles (t, 3) whose vertices have UVs (v, 2) and colours (v, 4)."""
    out = np.zeros((*faces.shape, 3), np.float32)
    out[..., 2] = 1.0
    if uv is not None:
        out[..., :2] = uv[faces]
    if colours is not None:
        out[..., 2] = colours[faces, 3]
    return out


def _plane(texture: Texture | None) -> NDArray[np.uint8] | None:
    image: Image | None = None if texture is None else texture.image
    if image is None or image.channels not in (2, 4):
        return None
    return np.asarray(np.round(255 * image.to_float()[..., -1]), dtype=np.uint8)
