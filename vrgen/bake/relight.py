"""Relight: the light of a baked scene after some of its surfaces became lighter, darker or of another hue.

What shone is no longer known (lamps of a baked file glow in their own colour, its sky is a picture), and
need not be: light E before is in the file, and only what surfaces send on has changed. With K, who sees whom
(gather), and the reflectances r before and s after, the change D obeys D = K (s - r) E + K s D. So rays are
sent once, and bounces are products, as in the bake itself. Receivers are laid anew and coarsely: D is as
smooth as light from walls is. What is written is old light times the ratio of new to old, so every shadow
stays as sharp as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from scipy.spatial import KDTree

from vrgen.bake.deliver import put_back
from vrgen.bake.facets import crosses
from vrgen.bake.gather import gather
from vrgen.bake.parts import Part, collect, oriented, unit
from vrgen.bake.raster import cover
from vrgen.bake.rays import Tracer
from vrgen.bake.sampling import Sampler
from vrgen.bake.smooth import denoise
from vrgen.bake.sources import Sources
from vrgen.bake.stage import Stage, set_stage
from vrgen.bake.tone import VIVIDNESS, curve, tone
from vrgen.core.change import alike
from vrgen.core.frames import LUMINANCE
from vrgen.core.image import Image, to_bytes
from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface

TEXEL = 0.2
"""Metres: side of a receiver."""
MOST = 60_000
"""Receivers."""
SAMPLES = 128
"""Rays from each of them."""
BOUNCES = 6
LEAST = 0.02
"""Share of the old light that is left at least."""
NEAR = 4
"""Receivers that a vertex goes by."""
REACH = 0.05
"""Metres behind a receiver within which its surface lies."""

Swap = tuple[Surface, Surface]
"""A surface as it was worn, and what took its place."""
Key = tuple[int, int]
"""Node in walk order, slot."""


@dataclass(frozen=True, eq=False, slots=True)
class _Change:
    """How light changes at receivers."""

    tree: KDTree
    """Of their places and normals."""
    ratio: NDArray[np.float64]
    """(n, 3) new shown light over old."""

    def at(self, points: NDArray[np.float64], normals: NDArray[np.float64]) -> NDArray[np.float64]:
        """(m, 3) ratios at points (m, 3) of surfaces with normals (m, 3)."""
        count = min(NEAR, len(self.ratio))
        distance, near = self.tree.query(np.concatenate([points, normals], axis=1), k=count)
        weight = 1 / (distance.reshape(len(points), count) + 0.02)
        mean = (weight[..., None] * self.ratio[near.reshape(len(points), count)]).sum(axis=1)
        return np.asarray(mean / weight.sum(axis=1, keepdims=True))


def relit(before: Scene, after: Scene, swaps: Sequence[Swap], *, seed: int, progress: Progress) -> Scene:
    """`after` with the baked light that its changed surfaces send on; geometry and all else stays.

    `before` is the scene as it was baked, with vertex light or a lightmap; `swaps` what was changed in it.
    A scene without baked light comes back as it is.
    """
    lit = {key: mesh for key, mesh in _meshes(before).items() if _holds_light(mesh)}
    if not lit:
        progress.note("the file holds no baked light to trace again")
        return after
    awake = {key: replace(mesh, lighting="baked", surface=_plain(mesh)) for key, mesh in lit.items()}
    stage = set_stage(put_back(before, awake), texel_m=TEXEL, max_texels=MOST)
    if stage is None:
        return after
    old = _light_before(stage, lit)
    was = np.array([part.albedo for part in stage.parts])
    now = np.array([_albedo_after(part, lit, swaps) for part in stage.parts])
    new = _light_after(stage, old, was, now, seed=seed, progress=progress)
    places, normals = stage.receivers.places.mean(axis=1), stage.receivers.normals
    ratio = (tone(new) / np.maximum(tone(old), 1e-4)).astype(np.float64)
    change = _Change(KDTree(np.concatenate([places, normals], axis=1)), ratio)
    return put_back(after, _delivered(before, after, lit, change))


def _meshes(scene: Scene) -> dict[Key, Mesh]:
    return {
        (number, slot): mesh
        for number, (node, _) in enumerate(scene.walk())
        for slot, mesh in enumerate(node.meshes)
    }


def _holds_light(mesh: Mesh) -> bool:
    """Whether a bake left its light on a mesh; works of art (0.8 to 1, grey) keep theirs."""
    if mesh.surface.lightmap is not None and mesh.uv1 is not None:
        return True
    if not mesh.surface.unlit or mesh.colours is None or not len(mesh.indices):
        return False
    light = mesh.colours[:, :3]
    grey = float(np.ptp(light, axis=1).max()) < 2 / 255
    return not (grey and float(light.min()) > 0.79 and mesh.surface.base_colour is not None)


def _plain(mesh: Mesh) -> Surface:
    """The surface as it sends light on; paint, which lies in the vertex colours, is guessed from them."""
    surface = replace(mesh.surface, unlit=False, lightmap=None)
    if mesh.surface.lightmap is not None or surface.base_colour is not None or mesh.colours is None:
        return surface
    paint = np.clip(np.percentile(mesh.colours[:, :3], 95, axis=0) / 0.9, 0.02, 0.95)
    red, green, blue = map(float, paint)
    return replace(surface, base_colour_factor=(red, green, blue, surface.base_colour_factor[3]))


def _albedo_after(part: Part, lit: dict[Key, Mesh], swaps: Sequence[Swap]) -> NDArray[np.float64]:
    mesh = lit.get((part.node, part.slot))
    for was, new in swaps:
        if mesh is not None and alike(mesh.surface, was):
            dressed = replace(part.mesh, surface=replace(new, unlit=False))
            (only,) = collect(Scene("one", (Node("one", meshes=(dressed,)),)))
            return only.albedo
    return part.albedo


def _light_before(stage: Stage, lit: dict[Key, Mesh]) -> NDArray[np.float64]:
    """(n, 3) light of receivers as values x (see tone), read where they lie on the baked meshes."""
    places = [k for k, part in enumerate(stage.parts) if (part.node, part.slot) in lit]
    meshes = [lit[stage.parts[k].node, stage.parts[k].slot] for k in places]
    corners = [stage.parts[k].corners() for k in places]
    start = np.cumsum([0, *(len(one) for one in corners)])
    tracer = Tracer(np.concatenate(corners))
    normals = stage.receivers.normals
    hits = tracer.closest(stage.receivers.places[:, 0] + 1e-3 * normals, -normals)
    met = (hits.triangle >= 0) & (hits.distance < REACH)
    shown = np.full((len(normals), 3), np.nan)
    weights = np.stack([1 - hits.u - hits.v, hits.u, hits.v], axis=1).astype(np.float64)
    sampler = Sampler()
    for number, (k, mesh) in enumerate(zip(places, meshes, strict=True)):
        rows = np.flatnonzero(met & (hits.triangle >= start[number]) & (hits.triangle < start[number + 1]))
        if len(rows):
            faces = oriented(mesh.indices, stage.parts[k].world)[hits.triangle[rows] - start[number]]
            paint = stage.parts[k].mesh.surface.base_colour_factor[:3]
            shown[rows] = _shown(mesh, faces, weights[rows], paint, sampler)
    blind = np.isnan(shown[:, 0])
    shown[blind] = np.median(shown[~blind], axis=0) if not blind.all() else 0.5
    return untoned(np.clip(shown, 0.0, 1.0))


def _shown(
    mesh: Mesh,
    faces: NDArray[np.int64],
    weights: NDArray[np.float64],
    paint: tuple[float, ...],
    sampler: Sampler,
) -> NDArray[np.float64]:
    """(n, 3) light shown on points of triangles (n, 3) of a mesh, without its colour."""
    lightmap = mesh.surface.lightmap
    if lightmap is not None and mesh.uv1 is not None:
        uv = np.einsum("nck,nc->nk", mesh.uv1[faces].astype(np.float64), weights)
        light = sampler.colours(lightmap, uv, footprint=1.0)[:, :3]
        return np.asarray(light * mesh.surface.lightmap_intensity, dtype=np.float64)
    assert mesh.colours is not None
    values = np.einsum("nck,nc->nk", mesh.colours[faces, :3].astype(np.float64), weights)
    folded = mesh.surface.base_colour is None
    return np.asarray(values / np.asarray(paint) if folded else values)


def _light_after(
    stage: Stage,
    old: NDArray[np.float64],
    was: NDArray[np.float64],
    now: NDArray[np.float64],
    *,
    seed: int,
    progress: Progress,
) -> NDArray[np.float64]:
    """(n, 3) light after reflectances (parts, 3) changed, as values x."""
    part_of = np.zeros(len(stage.receivers), np.int64)
    for grid in stage.grids:
        part_of[grid.receiver[grid.own]] = grid.facet.part
    for item in stage.loose:
        part_of[item.receiver] = item.part
    step = ((now - was)[part_of] * old).astype(np.float32)
    dark = Sources([], [], None, np.zeros(0, np.int64), np.zeros((len(stage.owner), 3), np.float32))
    # Rays go where the change is: the guide is told of that as if it were light.
    found = gather(
        stage,
        dark,
        (np.abs(step) / np.maximum(stage.receivers.albedo, 0.02)).astype(np.float32),
        samples=SAMPLES,
        vertex_samples=SAMPLES,
        seed=seed,
        progress=progress,
    )
    change = np.zeros_like(step)
    nobody = np.zeros((1, 3), np.float32)
    for _ in range(BOUNCES):
        sent = (step + now[part_of].astype(np.float32) * change) / np.float32(np.pi)
        change = np.asarray(found.sees @ np.concatenate([sent, nobody]), dtype=np.float32)
    if stage.grids:
        sign = np.where(change.sum(axis=0) < 0, -1.0, 1.0).astype(np.float32)
        change = sign * denoise(np.maximum(sign * change, 0.0), stage.grids, progress=progress)
    bright = (change @ LUMINANCE)[:, None]
    change = bright + VIVIDNESS * (change - bright)
    return np.asarray(np.maximum(old + change, LEAST * old))


def untoned(shown: NDArray[np.floating]) -> NDArray[np.float64]:
    """(..., 3) values x whose tone is `shown`, as far as it can be told: white is as good as 30."""
    x = np.concatenate([[0.0], np.geomspace(1e-4, 30.0, 4000)])
    bright = np.asarray(shown @ LUMINANCE, dtype=np.float64)
    return np.asarray(shown * (np.interp(bright, curve(x), x) / np.maximum(bright, 1e-9))[..., None])


def _delivered(before: Scene, after: Scene, lit: dict[Key, Mesh], change: _Change) -> dict[Key, Mesh]:
    parts = {(part.node, part.slot): part for part in collect(before)}
    worn = _meshes(after)
    made: dict[Key, Mesh] = {}
    fields: dict[int, tuple[Image, NDArray[np.float64]]] = {}
    for key, mesh in lit.items():
        if mesh.surface.lightmap is not None:
            image = mesh.surface.lightmap.image
            field = fields.setdefault(id(image), (image, np.full((image.height, image.width, 3), np.nan)))[1]
            _fill(field, parts[key], change)
            continue
        assert mesh.colours is not None
        points = parts[key].to_world(mesh.positions)
        colours = mesh.colours.astype(np.float64)
        colours[:, :3] = np.clip(colours[:, :3] * change.at(points, _normals(parts[key])), 0.0, 1.0)
        made[key] = replace(worn[key], colours=colours.astype(np.float32))
    images = {key: _multiplied(image, field) for key, (image, field) in fields.items()}
    dressed: dict[int, tuple[Surface, Surface]] = {}
    for key, mesh in worn.items():
        lightmap = mesh.surface.lightmap
        if lightmap is not None and id(lightmap.image) in images:
            old = mesh.surface
            new = replace(old, lightmap=replace(lightmap, image=images[id(lightmap.image)]))
            made[key] = replace(mesh, surface=dressed.setdefault(id(old), (old, new))[1])
    return made


def _fill(field: NDArray[np.float64], part: Part, change: _Change) -> None:
    """Ratios on the texels of a lightmap (height, width, 3) that a part's second UVs cover."""
    height, width = field.shape[:2]
    faces = oriented(part.mesh.indices, part.world)
    assert part.mesh.uv1 is not None
    found = cover(part.mesh.uv1[faces].astype(np.float64) * (width, height), width=width, height=height)
    corners = part.to_world(part.mesh.positions)[faces]
    points = np.einsum("nck,nc->nk", corners[found.triangle], found.weights)
    flat = unit(crosses(corners))[found.triangle]
    field.reshape(-1, 3)[found.texel] = change.at(points, flat)


def _multiplied(image: Image, field: NDArray[np.float64]) -> Image:
    """A lightmap times a field, of which nan stands for the nearest that is known."""
    near = distance_transform_edt(np.isnan(field[..., 0]), return_distances=False, return_indices=True)
    values = np.clip(image.to_float()[..., :3] * field[tuple(near)], 0.0, 1.0)
    return Image(to_bytes(values.astype(np.float32)), image.colour_space)


def _normals(part: Part) -> NDArray[np.float64]:
    """(V, 3) world normals of a part's vertices."""
    if part.mesh.normals is not None:
        return part.normals_to_world(part.mesh.normals)
    faces = oriented(part.mesh.indices, part.world)
    flat = crosses(part.to_world(part.mesh.positions)[faces])
    out = np.zeros((len(part.mesh.positions), 3))
    np.add.at(out, faces.reshape(-1), np.repeat(flat, 3, axis=0))
    return unit(out)
