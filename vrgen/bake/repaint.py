"""Repaint: dressed meshes of a scene exchanged for painted ones, all with one set of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np

from vrgen.bake.dress_options import DressOptions
from vrgen.bake.edges import Solid
from vrgen.bake.paint import CLAMP, Job, Painted, paint, pictures
from vrgen.bake.parts import collect
from vrgen.bake.wear import worn
from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.progress import Progress
from vrgen.core.record import Record
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface, Texture


def repainted(
    scene: Scene, jobs: Sequence[Job], options: DressOptions, *, seed: int, progress: Progress
) -> Scene:
    """The scene with the jobs' meshes, found as objects, on one sheet of base colour, ORM and normals.

    What looks alike but for its pictures becomes one surface. A painted surface no longer says how its one
    material was made: the scene's records do. Emissive pictures are lost with the UVs they lay on.
    """
    painted = paint(jobs, texels=options.texels, progress=progress)
    if options.wear > 0:
        solids = _solids(scene, jobs, painted)
        painted = worn(painted, solids, wear=options.wear, seed=seed, progress=progress)
    textures = [Texture(image, wrap=CLAMP) for image in pictures(painted)]
    surfaces: dict[tuple[object, ...], Surface] = {}
    made: dict[int, Mesh] = {}
    for job, mesh in zip(jobs, painted.meshes, strict=True):
        key = _kind(mesh.surface)
        surface = surfaces.setdefault(key, _painted(mesh.surface, textures, len(surfaces)))
        made[id(job.mesh)] = replace(mesh, surface=surface)

    def visit(node: Node) -> Node:
        return replace(node, meshes=tuple(made.get(id(mesh), mesh) for mesh in node.meshes))

    told = Record("dress", asdict(options), seed)
    return replace(scene.map_nodes(visit), records=(*scene.records, told))


def _solids(scene: Scene, jobs: Sequence[Job], painted: Painted) -> list[Solid]:
    """What may shelter the painted meshes: the whole scene, or for instances themselves alone."""
    blocking = [part.corners() for part in collect(scene) if part.blocks and len(part.mesh.indices)]
    alone = tuple(place for place, job in enumerate(jobs) if job.alone)
    found = [Solid(np.concatenate(blocking), alone)] if alone and blocking else []
    for place, job in enumerate(jobs):
        if not job.alone:
            found.append(Solid(painted.parts[place].corners(), (place,)))
    return found


def _kind(surface: Surface) -> tuple[object, ...]:
    """What still tells surfaces apart when all pictures are one."""
    glow = (0.0, 0.0, 0.0) if surface.emissive is not None else surface.emissive_factor
    return surface.double_sided, glow, surface.emissive_strength


def _painted(old: Surface, textures: Sequence[Texture], number: int) -> Surface:
    colour, orm, normal = textures
    lost = old.emissive is not None
    return replace(
        old,
        name=f"painted_{number}" if number else "painted",
        base_colour=colour,
        metallic_roughness=orm,
        metallic_factor=1.0,
        roughness_factor=1.0,
        normal=normal,
        occlusion=orm,
        emissive=None,
        emissive_factor=(0.0, 0.0, 0.0) if lost else old.emissive_factor,
        extras={},
    )
