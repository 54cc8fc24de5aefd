"""Delivery: baked light as vertex colours of unlit surfaces, which every viewer shows alike."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.carried import carried
from vrgen.bake.emitted import emission_at
from vrgen.bake.facets import gradients
from vrgen.bake.feet import Boxes
from vrgen.bake.parts import Part, oriented, unit
from vrgen.bake.receivers import Grid, Loose
from vrgen.bake.relief import Reliefs
from vrgen.bake.sampling import Sampler
from vrgen.bake.stage import Stage
from vrgen.bake.tessellate import Key, Patch, Stops, Tessellator
from vrgen.bake.tone import Look
from vrgen.core.frames import LUMINANCE, linear_to_srgb
from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface

NEUTRAL = (0.8, 1.0)
"""Range of the grey light on works of art."""
APART = 0.0008
"""Metres between stops on a border edge at least."""


@dataclass(frozen=True, eq=False, slots=True)
class Corners:
    """Vertices of one part under construction, in the world."""

    positions: NDArray[np.float64]
    """(v, 3)."""
    normals: NDArray[np.float64]
    """(v, 3)."""
    uv0: NDArray[np.float64] | None
    """(v, 2)."""
    colours: NDArray[np.float64] | None
    """(v, 4) the mesh's own."""
    light: NDArray[np.float32]
    """(v, 3) as shown."""
    triangles: NDArray[np.int64]
    """(t, 3), counter-clockwise."""


def tessellate(
    stage: Stage,
    light: NDArray[np.float32],
    look: Look,
    *,
    tolerance: float,
    max_triangles: int,
    progress: Progress,
) -> list[Patch]:
    """A patch for each grid; the tolerance grows until all of them stay within the triangle budget."""
    cutters, boxes = [], Boxes.of(stage)
    for grid in stage.grids:
        values = linear_to_srgb(look.shown(light[grid.receiver]) @ LUMINANCE.astype(np.float32))
        cutters.append(Tessellator(stage, boxes, grid, values))
    fixed = sum(len(item.triangles) for item in stage.loose)
    budget = max(max_triangles - fixed, 2 * len(cutters))
    # Error falls about as fast as triangles grow, so a few rounds meet the budget.
    for attempt in range(6):
        stops = _shared_stops(cutters, tolerance)
        with progress.stage("tessellating", len(cutters)) as advance:
            patches = []
            for cutter in cutters:
                patches.append(cutter.cut(tolerance, stops))
                advance(1)
        total = sum(len(patch.triangles) for patch in patches)
        if total <= budget or attempt == 5:
            break
        tolerance *= min(max(total / budget * 1.1, 1.2), 4.0)
    if total > budget:
        progress.note(f"{total + fixed} triangles after lighting, more than the {max_triangles} asked for")
    return patches


def _shared_stops(cutters: list[Tessellator], tolerance: float) -> Stops:
    """What any facet wants on a border edge, all its neighbours get: no crack, no T-junction."""
    stops: Stops = {}
    for cutter in cutters:
        for key, where in cutter.stops(tolerance).items():
            stops.setdefault(key, set()).update(where)
    return {key: _apart(key, where) for key, where in stops.items()}


def _apart(key: Key, where: set[float]) -> set[float]:
    """Places along a border edge without those closer than APART to another, or to an end."""
    least = APART / max(1e-4 * float(np.linalg.norm(np.subtract(*key))), APART)
    kept: list[float] = []
    for place in sorted(where):
        if place - (kept[-1] if kept else 0.0) >= least and 1 - place >= least:
            kept.append(place)
    return set(kept)


def deliver(
    scene: Scene, stage: Stage, patches: list[Patch], light: NDArray[np.float32], look: Look
) -> Scene:
    """The scene with every lit mesh replaced by its lit, unlit-shaded copy; lamps glow, glass stays."""
    pieces: dict[int, list[Corners]] = {}
    for grid, patch in zip(stage.grids, patches, strict=True):
        pieces.setdefault(grid.facet.part, []).append(_of_patch(stage, grid, patch, light, look))
    for item in stage.loose:
        pieces.setdefault(item.part, []).append(_of_loose(item, light, look))
    made: dict[tuple[int, int], Mesh] = {}
    reliefs = Reliefs()
    for place, part in enumerate(stage.parts):
        mesh = _lit(part, pieces[place], look, reliefs) if place in pieces else unlit(part, look)
        made[part.node, part.slot] = mesh
    return put_back(scene, made)


def put_back(scene: Scene, made: dict[tuple[int, int], Mesh]) -> Scene:
    """Replace meshes by (node in walk order, slot)."""
    numbers = iter(range(10**9))

    def visit(node: Node) -> Node:
        number = next(numbers)
        meshes = tuple(made.get((number, slot), mesh) for slot, mesh in enumerate(node.meshes))
        return replace(node, meshes=meshes, children=tuple(visit(child) for child in node.children))

    return replace(scene, nodes=tuple(visit(node) for node in scene.nodes))


def _of_patch(stage: Stage, grid: Grid, patch: Patch, light: NDArray[np.float32], look: Look) -> Corners:
    facet, part = grid.facet, stage.parts[grid.facet.part]
    used, local = np.unique(patch.triangles, return_inverse=True)
    points = patch.points[used]
    world = facet.to_world(points)
    values = patch.takes[used] @ look.shown(light[grid.receiver]).reshape(-1, 3)
    faces = oriented(part.mesh.indices, part.world)[facet.triangles]
    corners = part.to_world(part.mesh.positions)[faces]

    def spread(attribute: NDArray[np.float32] | None) -> NDArray[np.float64] | None:
        """Continue what is affine on the facet to its new points; taken from its largest triangle."""
        if attribute is None:
            return None
        known = attribute[faces].astype(np.float64)
        size = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        best = int(size.argmax())
        slope = gradients(corners[best : best + 1], facet.axes[2:3], known[best : best + 1])[0]
        return np.asarray(known[best, 0] + (world - corners[best, 0]) @ slope.T)

    colours = spread(part.mesh.colours)
    normals = np.broadcast_to(facet.axes[2], world.shape)
    return Corners(world, normals, spread(part.mesh.uv0), colours, values, local.reshape(-1, 3))


def _of_loose(item: Loose, light: NDArray[np.float32], look: Look) -> Corners:
    values = look.shown(light[item.receiver])
    return Corners(item.positions, item.normals, item.uv0, item.colours, values, item.triangles)


def _joined(pieces: list[Corners]) -> Corners:
    def column(name: str) -> NDArray[np.float64] | None:
        values = [getattr(piece, name) for piece in pieces]
        return None if values[0] is None else np.concatenate(values)

    offset = np.cumsum([0] + [len(piece.positions) for piece in pieces])
    triangles = np.concatenate([p.triangles + o for p, o in zip(pieces, offset, strict=False)])
    return Corners(
        np.concatenate([piece.positions for piece in pieces]),
        np.concatenate([piece.normals for piece in pieces]),
        column("uv0"),
        column("colours"),
        np.concatenate([piece.light for piece in pieces]),
        triangles,
    )


def _lit(part: Part, pieces: list[Corners], look: Look, reliefs: Reliefs) -> Mesh:
    mesh, all_ = part.mesh, _joined(pieces)
    light = neutral(all_.light) if mesh.lighting == "neutral" else all_.light
    colours = np.ones((len(light), 4), np.float32)
    colours[:, :3] = light
    if all_.colours is not None:
        colours = (colours * all_.colours).astype(np.float32)
    # VTK (F3D) forgets the factor where there are vertex colours: the colour is carried by them alone.
    surface = bare(reliefs.of(part))
    *factor, alpha = surface.base_colour_factor
    colours[:, :3] *= np.asarray(factor, np.float32)
    if part.emission.any():
        uv = None if mesh.surface.emissive is None or mesh.surface.emissive.uv_set else all_.uv0
        own = look.seen(emission_at(part, Sampler(), uv))
        if surface.base_colour is not None:  # which multiplies what glows, too
            own = (own * np.asarray(factor) / np.maximum(part.albedo, 0.05)).astype(np.float32)
        colours[:, :3] = np.clip(colours[:, :3] + own, 0.0, 1.0)
    triangles = oriented(all_.triangles, part.world)
    normals = None
    if mesh.normals is not None:
        normals = unit(all_.normals @ part.world[:3, :3]).astype(np.float32)
    made = replace(
        mesh,
        positions=part.to_local(all_.positions),
        indices=triangles.astype(np.uint32),
        surface=replace(surface, base_colour_factor=(1.0, 1.0, 1.0, alpha)),
        normals=normals,
        tangents=None,
        uv0=None if all_.uv0 is None else all_.uv0.astype(np.float32),
        uv1=None,
        colours=colours,
        lighting="none",
        further=None,
    )
    return replace(made, further=carried(mesh, made))


def neutral(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Grey light for works of art: their own brightness squeezed into 0.8 to 1, their colours untouched."""
    low, high = NEUTRAL
    grey = low + (high - low) * np.clip(light @ LUMINANCE.astype(np.float32), 0.0, 1.0)
    return np.repeat(grey[:, None], 3, axis=1).astype(np.float32)


def bare(surface: Surface) -> Surface:
    """The surface as unlit base colour, without the maps that only lit shading reads."""
    return Surface(
        name=surface.name,
        base_colour=surface.base_colour,
        base_colour_factor=surface.base_colour_factor,
        alpha_mode=surface.alpha_mode,
        alpha_cutoff=surface.alpha_cutoff,
        double_sided=surface.double_sided,
        unlit=True,
        extras=surface.extras,
    )


def unlit(part: Part, look: Look) -> Mesh:
    """What is not lit: glowing surfaces in the colour they are seen with, everything else as it is."""
    if part.mesh.lighting != "none" or not part.emission.any():
        return part.mesh
    full = np.asarray(part.mesh.surface.emissive_factor) * part.mesh.surface.emissive_strength
    colour = 0.98 * look.seen(full).astype(np.float64)  # the texture, if there is one, stays over it
    alpha = part.mesh.surface.base_colour_factor[3]
    surface = replace(
        bare(part.mesh.surface),
        base_colour=part.mesh.surface.emissive,
        base_colour_factor=(float(colour[0]), float(colour[1]), float(colour[2]), alpha),
    )
    return replace(part.mesh, surface=surface, tangents=None)
