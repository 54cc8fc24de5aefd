"""Read a GLB or glTF file as a Scene."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from vrgen.core.mesh import Mesh
from vrgen.core.node import Camera, Light, Node
from vrgen.core.progress import SILENT, Progress
from vrgen.core.scene import Scene
from vrgen.gltf.accessors import Accessors
from vrgen.gltf.from_material import Surfaces
from vrgen.gltf.images import Images
from vrgen.gltf.instances import NAME as INSTANCES
from vrgen.gltf.instances import Instances
from vrgen.gltf.kept import LEVELS, Dangling, kept, node_values
from vrgen.gltf.load import PASSED, Source, load
from vrgen.gltf.part import Part
from vrgen.gltf.provenance import foreign, records_from
from vrgen.gltf.read_lens import camera_of, light_of
from vrgen.gltf.read_mesh import Meshes, weights_of
from vrgen.gltf.read_motion import Motion, transform_of

DEEPEST = 200
"""Levels of a node tree; deeper ones come from broken exporters and would end in Python's own limit."""


def read(path: Path | str, *, strict: bool = False, progress: Progress = SILENT) -> Scene:
    """Read a .glb or .gltf: tree, meshes, surfaces, lights, cameras, skins, animations, extras, records.

    Strips and fans become triangles, instances nodes of their own, Draco, meshopt and KTX2 what they pack;
    points and lines are kept for writing, and not drawn. Skinned and morphed meshes
    stand in the pose the file's nodes have, with what moves them in `Mesh.further`, `Node.skin` and
    `Scene.animations`. Extensions and extras that are not read are kept as they are and written back.
    Names stay as they are in the file, numbered where two nodes share one. The default scene is read, or
    the first. Memory: the file's own bytes, 2 GiB of geometry, 2 GiB of decoded pictures, 1 GiB of JSON.
    Pictures are decoded when their pixels are first looked at, which what only rewrites a file never does:
    `pixels` of a damaged one raises InputProblem then. strict: decode them all now, several at a time.
    Raises InputProblem, with the file and a JSON pointer or byte, for everything malformed, outside the
    file's folder, too large, or in need of an extension that is not read.
    """
    return Reader.open(Path(path), progress).scene(strict=strict)


class Reader:
    """Reads one file; every mesh, material and image once."""

    def __init__(self, source: Source, progress: Progress) -> None:
        self._source = source
        self._progress = progress
        self._accessors = Accessors(source)
        self.images = Images(source, self._accessors)
        self._surfaces = Surfaces(source, self.images, progress)
        self._nodes = source.root.parts("nodes")
        self._meshes = Meshes(source.root.parts("meshes"), self._accessors, self._surfaces, progress)
        self._camera_parts = source.root.parts("cameras")
        lights = source.root.extension("KHR_lights_punctual")
        self._lights = [] if lights is None else lights.parts("lights")
        self._taken: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._motion = Motion(source.root, self._accessors, self._surfaces, progress)
        self._instances = Instances(self._accessors)
        self._levels: dict[int, list[list[int]]] = {}

    @classmethod
    def open(cls, path: Path, progress: Progress) -> Reader:
        """The reader of a file, whose JSON is loaded."""
        return cls(load(path), progress)

    @property
    def generator(self) -> str:
        """Program that wrote the file, or ''."""
        return self._source.root.part("asset").text("generator", "")

    def scene(self, *, strict: bool = False) -> Scene:
        """The default scene; pictures stay undecoded until they are looked at, unless `strict`."""
        root = self._source.root
        scenes = root.parts("scenes")
        if root.has("scene") or scenes:
            part = scenes[root.reference("scene", len(scenes)) if root.has("scene") else 0]
            roots = part.references("nodes", len(self._nodes))
        else:  # a library of parts: show everything that has no parent
            part = Part(root.file, "", {})
            owned = {child for node in self._nodes for child in node.references("children", len(self._nodes))}
            roots = [index for index in range(len(self._nodes)) if index not in owned]
        order = self._order(roots)
        self._names.update({index: self._name(index) for index in order})
        self._motion.place(order, roots, self._names)
        self._find_levels(order)
        further = [one for trees in self._levels.values() for tree in trees for one in tree]
        self._load_images([*order, *further], strict=strict)
        asset = root.part("asset")
        return Scene(
            name=part.text("name", ""),
            nodes=self._build(order, roots),
            extras=part.extras(),
            records=records_from(asset.extras()),
            animations=self._motion.animations(),
            copyright=asset.text("copyright", ""),
            kept=self._kept(part),
            document=self._document(root),
        )

    def _kept(self, part: Part, *read: str, levels: Callable[[], list[Node]] | None = None) -> dict[str, Any]:
        """What is not read of a property that has extras of its own."""
        return kept(
            part,
            read=read,
            extras=False,
            change=node_values(self._names, self._accessors, self._meshes.shape),
            levels=levels,
            progress=self._progress,
        )

    def _document(self, root: Part) -> dict[str, Any]:
        """What the file says as a whole and is not read: of `asset`, of the root, what it requires."""
        change = node_values(self._names, self._accessors, self._meshes.shape)
        whole = kept(root, read=["KHR_lights_punctual"], change=change, progress=self._progress)
        asset, whole = foreign(kept(root.part("asset"), progress=self._progress), whole)
        required = [name for name in root.items("extensionsRequired") if name in PASSED]
        found = {"asset": asset, "required": required, **whole}
        return {key: value for key, value in found.items() if value}

    def _order(self, roots: list[int]) -> list[int]:
        """Nodes of the tree, parents first; each once, else it is no tree."""
        seen: dict[int, int] = {}
        waiting = [(index, 1) for index in reversed(roots)]
        while waiting:
            index, depth = waiting.pop()
            if index in seen:
                self._nodes[index].fail("is reached twice; nodes must form a tree without cycles")
            if depth > DEEPEST:
                self._nodes[index].fail(f"lies deeper than {DEEPEST} levels", do="flatten the tree")
            seen[index] = depth
            children = self._nodes[index].references("children", len(self._nodes))
            waiting.extend((child, depth + 1) for child in reversed(children))
        return list(seen)

    def _find_levels(self, order: list[int]) -> None:
        """Name the trees that MSFT_lod of the scene's nodes points at: the first to name one has it."""
        taken = set(order)
        for index in order:
            said = self._nodes[index].extension(LEVELS)
            ids = [] if said is None else said.references("ids", len(self._nodes))
            trees = [self._order([root]) for root in ids]
            found = [one for tree in trees for one in tree]
            skinned = any(self._nodes[one].has("skin") for one in found)
            if found and not skinned and len(set(found)) == len(found) and taken.isdisjoint(found):
                taken.update(found)
                self._names.update({one: self._name(one) for one in found})
                self._levels[index] = trees

    def _level_nodes(self, index: int) -> list[Node]:
        """The coarser nodes of a node. Raises Dangling for those that are not its own, and for skins."""
        if index not in self._levels:
            raise Dangling("its levels are none, skinned, in the scene, or another node's")
        built: dict[int, Node] = {}
        for tree in self._levels[index]:
            for one in reversed(tree):
                built[one] = self._node(one, built)
        return [built[tree[0]] for tree in self._levels[index]]

    def _load_images(self, order: list[int], *, strict: bool) -> None:
        meshes = {
            node.reference("mesh", len(self._meshes))
            for node in (self._nodes[index] for index in order)
            if node.has("mesh")
        }
        primitives = [part for index in sorted(meshes) for part in self._meshes.primitives(index)]
        wanted = {image for part in primitives for image in self._surfaces.images_of(part)}
        self.images.load(wanted, later=not strict)

    def _build(self, order: list[int], roots: list[int]) -> tuple[Node, ...]:
        built: dict[int, Node] = {}
        with self._progress.stage("read nodes", len(order)) as advance:
            for index in reversed(order):  # children before parents
                built[index] = self._node(index, built)
                advance(1)
        return tuple(built[index] for index in roots)

    def _name(self, index: int) -> str:
        return self._unique(self._nodes[index].text("name", "") or f"node_{index}")

    def _unique(self, wanted: str) -> str:
        name = wanted
        while name in self._taken:  # the count goes on where it stopped, or equal names cost their square
            self._taken[wanted] += 1
            name = f"{wanted}_{self._taken[wanted]}"
        self._taken[name] = 1
        return name

    def _node(self, index: int, built: dict[int, Node]) -> Node:
        part = self._nodes[index]
        translation, rotation, scale = transform_of(part)
        mesh = part.reference("mesh", len(self._meshes)) if part.has("mesh") else None
        weights = weights_of(part)
        instances = self._instances.of(part)
        if instances is None and part.extension(INSTANCES) is not None:
            self._progress.note(f"{part.file}: {part.place} has {INSTANCES}, which is kept; it is drawn once")
        light = part.extension("KHR_lights_punctual")
        drawn: dict[str, Any] = {} if mesh is None else self._drawn(index, mesh, weights)
        copies = [
            Node(self._unique(f"{self._names[index]}_{number}"), **drawn, **at)
            for number, at in enumerate(instances or (), start=1)
        ]
        return Node(
            name=self._names[index],
            translation=translation,
            rotation=rotation,
            scale=scale,
            light=None if light is None else self._light(light),
            camera=self._camera(part),
            children=(
                *(built[child] for child in part.references("children", len(self._nodes))),
                *copies,
            ),
            extras=part.extras(),
            skin=self._motion.skin(index),
            kept=self._kept(
                part,
                "KHR_lights_punctual",
                *([] if instances is None else [INSTANCES]),
                levels=partial(self._level_nodes, index),
            ),
            **({} if copies else drawn),
        )

    def _drawn(self, index: int, mesh: int, weights: tuple[float, ...] | None) -> dict[str, Any]:
        """The fields of a node that draw its mesh."""
        meshes = self._meshes_at(index, mesh, weights)
        return {
            "meshes": meshes,
            "weights": weights,
            "strokes": self._meshes.strokes(mesh),
            "mesh_kept": self._meshes.kept(mesh),
        }

    def _meshes_at(self, index: int, mesh: int, weights: tuple[float, ...] | None) -> tuple[Mesh, ...]:
        found = self._meshes.of(mesh, weights)
        matrices = self._motion.matrices(index)
        return found if matrices is None else self._meshes.posed(found, matrices, self._nodes[index])

    def _camera(self, node: Part) -> Camera | None:
        if not node.has("camera"):
            return None
        part = self._camera_parts[node.reference("camera", len(self._camera_parts))]
        return camera_of(part, kept(part, progress=self._progress))

    def _light(self, owner: Part) -> Light:
        part = self._lights[owner.reference("light", len(self._lights))]
        return light_of(part, kept(part, progress=self._progress))
