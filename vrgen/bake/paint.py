"""Paint: tiling materials laid into pictures of their own for meshes that no tiling UVs serve.

A painted mesh gets charts on a sheet; each pixel of it asks the material where its point in space lies, by
three axes or by UVs in metres, and the answer is told in the mesh's own MikkTSpace tangents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from vrgen.bake.budget import Given, shared_out
from vrgen.bake.facets import crosses, gradients
from vrgen.bake.ground import Ground, Pixels, bands
from vrgen.bake.parts import Part, unit
from vrgen.bake.sampling import Sampler
from vrgen.bake.triplanar import Lookups, lookups, settled
from vrgen.bake.unfold import unfolded
from vrgen.core.frames import linear_to_srgb
from vrgen.core.image import Image, to_bytes
from vrgen.core.material import Material
from vrgen.core.mesh import Mesh
from vrgen.core.progress import Progress
from vrgen.core.surface import Texture, Wrap, pack_orm
from vrgen.core.tangents import flat_shaded, tangent_mesh

Floats = NDArray[np.float64]
FINER = 4
"""Pixels along a texel of the sheet: gutters of eight pixels, charts on blocks of four: three mips hold."""
STEEP = 8.0
"""Largest slope that a normal map is believed."""
CLAMP: tuple[Wrap, Wrap] = ("clamp_to_edge", "clamp_to_edge")
MATERIALLESS = Image(np.full((1, 1, 3), 128, np.uint8), "linear")


@dataclass(frozen=True, eq=False, slots=True)
class Job:
    """One mesh to be painted."""

    mesh: Mesh
    """The mesh, in its own frame; with UVs where they serve."""
    place: Floats
    """(4, 4) from there to where it is painted: the world, or for instances their turn and size alone."""
    material: Material
    """What it wears."""
    repeats: tuple[float, float] | None
    """Tiles of the material a UV unit; None projects along three axes."""
    density: float | None = None
    """Pixels a metre; None takes what the budget leaves."""
    alone: bool = True
    """Whether it stands once, in the world; else it knows nothing of what stands around it."""
    name: str = ""
    """What it is called where the budget is told."""


@dataclass(frozen=True, eq=False, slots=True)
class Painted:
    """Meshes and their pictures."""

    meshes: list[Mesh]
    """One for each job: uv0 on the sheet, with tangents for it; the surface is the job's."""
    colour: NDArray[np.float32]
    """(height, width, 3) linear base colour."""
    orm: NDArray[np.float32]
    """(height, width, 3) occlusion, roughness, metallic."""
    normal: NDArray[np.float32]
    """(height, width, 3) unit vectors in tangent space, +Y up."""
    height: NDArray[np.float32]
    """(height, width) of the materials, 0 lowest to 1 highest; 0.5 where they have none."""
    filled: NDArray[np.bool_]
    """(height, width) whether a chart or its gutter lies there."""
    given: Given
    """The sheet and what each job got of it."""
    parts: list[Part]
    """The jobs' meshes where they are painted."""
    ground: Ground
    """Their triangles."""


def paint(jobs: Sequence[Job], *, texels: int, progress: Progress) -> Painted:
    """Lay the jobs' materials into one picture of at most `texels` pixels; MissingPart without xatlas."""
    nothing = np.zeros(3)
    parts = []
    for place, job in enumerate(jobs):
        mesh = job.mesh if job.mesh.normals is not None else flat_shaded(job.mesh)
        parts.append(Part(place, 0, replace(mesh, lighting="baked"), job.place, nothing, nothing))
    given = shared_out(parts, jobs, texels=texels, finer=FINER, progress=progress)
    laid = {place: _laid(mesh) for place, mesh in unfolded(parts, given.sheet).items()}
    ground = Ground.of(parts, laid)
    shape = (given.sheet.height * FINER, given.sheet.width * FINER)
    brush = _Brush(jobs, ground, given, shape)
    with progress.stage("painting materials", shape[0]) as advance:
        for pixels in bands(given.sheet, ground, finer=FINER):
            brush.stroke(pixels)
            advance(max(pixels_rows(pixels, shape[1]), 0))
    meshes = [replace(laid[place], lighting=job.mesh.lighting) for place, job in enumerate(jobs)]
    return brush.done(meshes, parts)


def pixels_rows(pixels: Pixels, width: int) -> int:
    """How many rows a band has."""
    return 0 if not len(pixels.pixel) else int(pixels.pixel[-1] // width - pixels.pixel[0] // width + 1)


def _laid(mesh: Mesh) -> Mesh:
    """The mesh with the sheet as its only UVs, and tangents for them."""
    bare = replace(mesh, uv0=mesh.uv1, uv1=None, tangents=None)
    return tangent_mesh(bare, Texture(MATERIALLESS))


class _Brush:
    """Pictures under way."""

    def __init__(self, jobs: Sequence[Job], ground: Ground, given: Given, shape: tuple[int, int]) -> None:
        self._jobs, self._ground, self._given = jobs, ground, given
        self._sampler = Sampler()
        self._slope = _slopes(ground)
        self._orm = {id(job.material): pack_orm(job.material) for job in jobs}
        self._colour = np.zeros((*shape, 3), np.float32)
        self._rest = np.zeros((*shape, 3), np.float32)
        self._normal = np.zeros((*shape, 3), np.float32)
        self._height = np.full(shape, 0.5, np.float32)
        self._filled = np.zeros(shape, bool)

    def stroke(self, pixels: Pixels) -> None:
        """Paint a band."""
        order = np.argsort(pixels.part, kind="stable")
        ends = np.cumsum(np.bincount(pixels.part, minlength=len(self._jobs)))
        for place, rows in enumerate(np.split(order, ends[:-1])):
            if len(rows):
                self._paint(self._jobs[place], pixels.some(np.sort(rows)), self._given.density[place])
        self._filled.reshape(-1)[pixels.pixel] = True

    def _paint(self, job: Job, pixels: Pixels, density: float) -> None:
        normal = unit(pixels.along(self._ground.normals))
        asked = self._asked(job, pixels)
        material, count, at = job.material, len(pixels.pixel), pixels.pixel
        footprint = 0.7 * material.base_colour.width / material.size_m[0] / density

        def look(image: Image) -> NDArray[np.float32]:
            scale = (1.0 / material.size_m[0], 1.0 / material.size_m[1])
            return self._sampler.colours(Texture(image, scale=scale), asked.uv, footprint=footprint)

        height = None if material.height is None else look(material.height)[:, 0]
        share = settled(asked, height, count)

        def mixed(values: NDArray[np.floating]) -> NDArray[np.float64]:
            """(n, k) of lookups' values (m, k)."""
            columns = [np.bincount(asked.point, share * column, count) for column in values.T]
            return np.stack(columns, axis=1)

        self._colour.reshape(-1, 3)[at] = mixed(look(material.base_colour)[:, :3])
        orm = self._orm[id(material)]
        self._rest.reshape(-1, 3)[at] = (1.0, 1.0, 0.0) if orm is None else mixed(look(orm)[:, :3])
        if height is not None:
            self._height.reshape(-1)[at] = mixed(height[:, None])[:, 0]
        bent = normal
        if material.normal is not None:
            slope = mixed(_slope_in_space(look(material.normal), asked))
            bent = unit(normal - (slope - normal * np.einsum("nk,nk->n", slope, normal)[:, None]))
        self._normal.reshape(-1, 3)[at] = in_tangents(bent, normal, pixels.along(self._ground.tangents))

    def _asked(self, job: Job, pixels: Pixels) -> Lookups:
        if job.repeats is None:
            ground = self._ground
            points, blend = pixels.on(ground.corners), pixels.along(ground.blend)
            return lookups(points, blend, ground.plane[pixels.triangle])
        metres = np.array(job.repeats) * job.material.size_m
        slope = self._slope[pixels.triangle]
        uv = pixels.on(self._ground.uv) * metres
        count = len(uv)
        return Lookups(np.arange(count), uv, unit(slope[:, 0]), -unit(slope[:, 1]), np.ones(count))

    def done(self, meshes: list[Mesh], parts: list[Part]) -> Painted:
        """What was painted."""
        return Painted(
            meshes,
            self._colour,
            self._rest,
            self._normal,
            self._height,
            self._filled,
            self._given,
            parts,
            self._ground,
        )


def _slopes(ground: Ground) -> Floats:
    """(T, 2, 3) how the meshes' own UVs grow in space."""
    return gradients(ground.corners, unit(crosses(ground.corners)), ground.uv)


def _slope_in_space(normals: NDArray[np.float32], asked: Lookups) -> Floats:
    """(m, 3) how height grows in space, in metres a metre, of sampled normal maps (m, 4)."""
    tilted = 2.0 * normals[:, :3].astype(np.float64) - 1.0
    rise = np.clip(-tilted[:, :2] / np.maximum(tilted[:, 2:], 0.05), -STEEP, STEEP)
    return np.asarray(rise[:, :1] * asked.right + rise[:, 1:] * asked.up)


def in_tangents(bent: Floats, normal: Floats, tangent: Floats) -> NDArray[np.float32]:
    """(n, 3) unit vectors (n, 3) of the world as viewers will find them again: x T + y B + z N, B = w N x T.

    normal: (n, 3) unit. tangent: (n, 4) as it comes between the vertices; viewers bring it to length 1 and
    leave it as oblique to the normal as it is, so the answer is by the inverse, not by projections.
    """
    t = unit(tangent[:, :3])
    side = np.where(tangent[:, 3:] < 0, -1.0, 1.0)
    b = unit(np.cross(normal, t)) * side
    lean = np.einsum("nk,nk->n", t, normal)
    along, out = np.einsum("nk,nk->n", bent, t), np.einsum("nk,nk->n", bent, normal)
    square = np.maximum(1 - lean**2, 1e-6)
    x, z = (along - lean * out) / square, (out - lean * along) / square
    found = np.stack([x, np.einsum("nk,nk->n", bent, b), np.maximum(z, 0.05)], axis=1)
    return unit(found).astype(np.float32)


def pictures(painted: Painted) -> tuple[Image, Image, Image]:
    """Base colour, ORM and normals as 8-bit images; empty pixels carry on the nearest one's values."""
    if painted.filled.all():
        place = tuple(np.indices(painted.filled.shape))
    else:
        place = tuple(distance_transform_edt(~painted.filled, return_distances=False, return_indices=True))
    colour = linear_to_srgb(painted.colour)[place]
    normal = 0.5 * painted.normal[place] + 0.5
    return (
        Image(to_bytes(colour), "srgb"),
        Image(to_bytes(painted.orm[place]), "linear"),
        Image(to_bytes(normal), "linear"),
    )
