"""Dress: generated materials onto the meshes of a scene, at their true size in metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.dress_options import DressOptions
from vrgen.bake.paint import Job
from vrgen.bake.parts import oriented
from vrgen.bake.project import with_metre_uvs, without_origin
from vrgen.bake.repaint import repainted
from vrgen.bake.uv_scale import UvScale, measure_uv
from vrgen.core.material import Material
from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.progress import SILENT, Progress
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface, Texture
from vrgen.errors import UsageProblem, nearest

EVERYTHING = "*"
PLAIN = DressOptions()
DARK: dict[str, Any] = {"emissive": None, "emissive_factor": (0.0, 0.0, 0.0)}


@dataclass(frozen=True, eq=False, slots=True)
class Wear:
    """One material and what wears it."""

    material: Material
    """What is worn."""
    part: str = EVERYTHING
    """Name of nodes (with all below them), meshes or materials; `*` and `?` stand for any letters,
    `*` alone for all that does not glow and is no glass."""


def dress(
    scene: Scene,
    wears: Sequence[Wear],
    options: DressOptions = PLAIN,
    *,
    seed: int = 0,
    progress: Progress = SILENT,
) -> Scene:
    """The scene whose named parts wear generated materials; where several fit, the last one counts.

    UVs that lie true are kept, and the texture's transform brings the tiles to their size in metres; others
    are laid anew, in metres, or painted with all that wears, as the options say. Two-sidedness and glow of a
    surface stay. seed: of the noise of wear. Raises UsageProblem, with the nearest name, for a part that
    there is not, MissingPart without xatlas or embreex where something is painted.
    """
    dresser = _Dresser(wears, scene, options)
    for part in (*(wear.part for wear in wears), *(part for part, _ in options.densities())):
        check_part(scene, part)
    made = replace(scene, nodes=tuple(dresser.visit(node, np.eye(4), ()) for node in scene.nodes))
    if not dresser.jobs:
        if options.part_density:
            progress.note("part_density: nothing is painted; the materials tile, as sharp as they are")
        return made
    tiling = sum(job.repeats is not None for job in dresser.jobs)
    if tiling:
        progress.note(f"wear lies where a thing is, not where a tile is: {tiling} tiling meshes are painted")
    return repainted(made, dresser.jobs, options, seed=seed, progress=progress)


def names_of(scene: Scene) -> tuple[str, ...]:
    """Every name a part can be called by: nodes', meshes' and materials', in order, each once."""
    names: dict[str, None] = {}
    for node, _ in scene.walk():
        drawn = any(child.meshes for child, _ in node.walk())
        for name in (node.name, *(n for mesh in node.meshes for n in (mesh.name, mesh.surface.name))):
            if name and drawn:
                names[name] = None
    return tuple(names)


def check_part(scene: Scene, part: str) -> None:
    """Raise UsageProblem unless something in the scene is called `part`."""
    known = names_of(scene)
    if part == EVERYTHING or any(_fits(name, part) for name in known):
        return
    few = ", ".join(known[:12]) + (f" and {len(known) - 12} more" if len(known) > 12 else "")
    raise UsageProblem(
        f"nothing is called {part!r}.{nearest(part, known)} Parts are named by node, mesh or material: {few}"
    )


def _fits(name: str, part: str) -> bool:
    return name.lower() == part.lower() or fnmatchcase(name.lower(), part.lower())


class _Dresser:
    """Walks the tree; what is one mesh at one turn and size in several places stays one mesh."""

    def __init__(self, wears: Sequence[Wear], scene: Scene, options: DressOptions) -> None:
        self._wears, self._options = wears, options
        self.jobs: list[Job] = []
        """What is to be painted; the meshes are in the tree that was visited."""
        self._uses: dict[int, int] = {}
        for node, _ in scene.walk():
            for mesh in node.meshes:
                self._uses[id(mesh)] = self._uses.get(id(mesh), 0) + 1
        self._made: dict[tuple[int, int, bytes], Mesh] = {}
        self._surfaces: dict[tuple[int, int, tuple[float, ...]], Surface] = {}

    def visit(self, node: Node, parent: NDArray[np.float64], above: tuple[str, ...]) -> Node:
        world, names = parent @ node.matrix, (*above, node.name)
        meshes = tuple(self._dressed(mesh, world, names) for mesh in node.meshes)
        children = tuple(self.visit(child, world, names) for child in node.children)
        return replace(node, meshes=meshes, children=children)

    def _dressed(self, mesh: Mesh, world: NDArray[np.float64], names: tuple[str, ...]) -> Mesh:
        called = (*names, mesh.name, mesh.surface.name)
        fitting = [w for w in self._wears if w.part != EVERYTHING and any(_fits(n, w.part) for n in called)]
        if _plain(mesh):
            fitting = fitting or [w for w in self._wears if w.part == EVERYTHING]
        if not fitting or not len(mesh.indices) or abs(np.linalg.det(world[:3, :3])) < 1e-12:
            return mesh
        alone = self._uses[id(mesh)] == 1
        key = (id(mesh), id(fitting[-1]), world[:3].tobytes() if alone else world[:3, :3].tobytes())
        if key not in self._made:
            made, scale = self._laid(mesh, fitting[-1].material, world, alone=alone)
            served = scale is not None
            if self._options.wear > 0 or (self._options.projection == "triplanar" and not served):
                self._plan(made, scale, world, fitting[-1].material, called, alone)
            self._made[key] = made
        return self._made[key]

    def _plan(
        self,
        mesh: Mesh,
        scale: UvScale | None,
        world: NDArray[np.float64],
        material: Material,
        called: tuple[str, ...],
        alone: bool,
    ) -> None:
        repeats = None if scale is None else _factor(material, scale)
        if scale is None and self._options.projection == "box":
            repeats = (1.0 / material.size_m[0], 1.0 / material.size_m[1])
        wishes = [px for part, px in self._options.densities() if any(_fits(n, part) for n in called)]
        name = next((name for name in (*reversed(called[:-2]), *called[-2:]) if name), "")
        place, wish = world if alone else without_origin(world), wishes[-1] if wishes else None
        self.jobs.append(Job(mesh, place, material, repeats, wish, alone, name))

    def _laid(
        self, mesh: Mesh, material: Material, world: NDArray[np.float64], *, alone: bool
    ) -> tuple[Mesh, UvScale | None]:
        """The mesh in its material, and the scale of its own UVs where they serve."""
        found = scale = _scale_of(mesh, world)
        surface = mesh.surface
        if scale is None or not scale.serves:
            found = None
            mesh = with_metre_uvs(mesh, world, origin=alone)
            scale = UvScale(1.0, 1.0, mirrored=False, even=1.0, upright=1.0)
            # A picture of glowing parts lay on the UVs that are gone.
            surface = surface if surface.emissive is None else replace(surface, **DARK)
        elif scale.mirrored and surface.emissive is None:
            assert mesh.uv0 is not None
            # Turned on the mesh, not by a negative texture scale, which tangents would not follow.
            mesh = replace(mesh, uv0=mesh.uv0 * np.array([-1, 1], np.float32), tangents=None)
        return replace(mesh, surface=self._surface(surface, material, scale)), found

    def _surface(self, old: Surface, material: Material, scale: UvScale) -> Surface:
        """One surface for all meshes that lie alike: they stay one draw call."""
        factor = _factor(material, scale)
        key = (id(old), id(material), factor)
        if key not in self._surfaces:
            self._surfaces[key] = worn(old, material, factor)
        return self._surfaces[key]


def _plain(mesh: Mesh) -> bool:
    """Whether `*` means it: not what glows, not glass, not what is painted far away."""
    surface = mesh.surface
    painted = mesh.lighting == "none" or surface.unlit
    return not painted and surface.alpha_mode != "blend" and not any(surface.emissive_factor)


def _scale_of(mesh: Mesh, world: NDArray[np.float64]) -> UvScale | None:
    if mesh.uv0 is None:
        return None
    faces = oriented(mesh.indices, world)
    points = mesh.positions.astype(np.float64) @ world[:3, :3].T
    return measure_uv(points[faces], mesh.uv0[faces].astype(np.float64))


def _factor(material: Material, scale: UvScale) -> tuple[float, float]:
    """Repeats a UV unit, to four digits so that meshes which nearly agree share a surface."""
    u = 1.0 / (material.size_m[0] * scale.across)
    v = 1.0 / (material.size_m[1] * scale.along)
    return (float(f"{u:.4g}"), float(f"{v:.4g}"))


def worn(old: Surface, material: Material, scale: tuple[float, float]) -> Surface:
    """The material as a surface that repeats `scale` times a UV unit, with what stays of the old surface."""
    new = Surface.of(material)

    def laid(texture: Texture | None) -> Texture | None:
        return None if texture is None else replace(texture, scale=scale)

    return replace(
        new,
        name=f"{old.name}_{material.name}" if old.name else material.name,
        base_colour=laid(new.base_colour),
        metallic_roughness=laid(new.metallic_roughness),
        normal=laid(new.normal),
        occlusion=laid(new.occlusion),
        emissive=old.emissive,
        emissive_factor=old.emissive_factor,
        emissive_strength=old.emissive_strength,
        double_sided=old.double_sided,
    )
