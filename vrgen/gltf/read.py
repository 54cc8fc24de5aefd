"""Read a GLB or glTF file as a Scene."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.mesh import Lighting, Mesh
from vrgen.core.node import Camera, Light, Node
from vrgen.core.progress import SILENT, Progress
from vrgen.core.scene import Scene
from vrgen.gltf.accessors import Accessors
from vrgen.gltf.from_material import Surfaces
from vrgen.gltf.images import Images
from vrgen.gltf.load import Source, load
from vrgen.gltf.part import Part
from vrgen.gltf.pose import decompose
from vrgen.gltf.provenance import records_from
from vrgen.gltf.skins import joint_matrices, posed
from vrgen.gltf.to_material import textures_of
from vrgen.gltf.triangles import triangles

DEEPEST = 200
"""Levels of a node tree; deeper ones come from broken exporters and would end in Python's own limit."""
MOST_VALUES = 2**28
"""Vertices and indices of all primitives together: primitives may share accessors, which costs no bytes."""
FARTHEST = 1e12
"""Metres, or factors: beyond it a product of transforms loses its meaning."""
LIGHTS = {"directional": "directional", "point": "point", "spot": "spot"}
LIGHTINGS: dict[str, Lighting] = {"baked": "baked", "neutral": "neutral", "none": "none"}
RIGHT = 1.5707963267948966


def read(path: Path | str, *, progress: Progress = SILENT) -> Scene:
    """Read a .glb or .gltf: tree, meshes, surfaces, lights, cameras, extras, records.

    Strips and fans become triangles; points, lines, morph targets and animations are left out with a
    note; skinned meshes stand in the pose the file's nodes have. Names stay as they are in the file,
    numbered where two nodes share one. The default scene is read, or the first.
    Raises InputProblem, with file and place, for everything malformed, outside the file's folder, too
    large, or in need of an extension that is not read.
    """
    return Reader.open(Path(path), progress).scene()


class Reader:
    """Reads one file; every mesh, material and image once."""

    def __init__(self, source: Source, progress: Progress) -> None:
        self._source = source
        self._progress = progress
        self._accessors = Accessors(source)
        self.images = Images(source, self._accessors)
        self._surfaces = Surfaces(source, self.images, progress)
        self._nodes = source.root.parts("nodes")
        self._mesh_parts = source.root.parts("meshes")
        self._camera_parts = source.root.parts("cameras")
        lights = source.root.extension("KHR_lights_punctual")
        self._lights = [] if lights is None else lights.parts("lights")
        self._meshes: dict[int, list[tuple[Part, Mesh]]] = {}
        self._skins = source.root.parts("skins")
        self._worlds: dict[int, NDArray[np.float64]] = {}
        self._names: dict[str, int] = {}
        self._values = 0

    @classmethod
    def open(cls, path: Path, progress: Progress) -> Reader:
        """The reader of a file, whose JSON is loaded."""
        return cls(load(path), progress)

    @property
    def generator(self) -> str:
        """Program that wrote the file, or ''."""
        return self._source.root.part("asset").text("generator", "")

    def scene(self) -> Scene:
        """The default scene."""
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
        self._place(order, roots)
        self._load_images(order)
        if root.items("animations"):
            self._progress.note(f"{root.file}: animations are left out")
        return Scene(
            name=part.text("name", ""),
            nodes=self._build(order, roots),
            extras=part.extras(),
            records=records_from(root.part("asset").extras()),
        )

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

    def _load_images(self, order: list[int]) -> None:
        meshes = {
            node.reference("mesh", len(self._mesh_parts))
            for node in (self._nodes[index] for index in order)
            if node.has("mesh")
        }
        primitives = [part for index in meshes for part in self._mesh_parts[index].parts("primitives")]
        self.images.load({image for part in primitives for image in self._surfaces.images_of(part)})

    def _place(self, order: list[int], roots: list[int]) -> None:
        """World transforms, which skins need; parents come first in `order`."""
        if not self._skins:
            return
        self._worlds = {root: np.eye(4) for root in roots}
        for index in order:
            part = self._nodes[index]
            translation, rotation, scale = self._transform(part)
            self._worlds[index] = self._worlds[index] @ Node("", translation, rotation, scale).matrix
            for child in part.references("children", len(self._nodes)):
                self._worlds[child] = self._worlds[index]

    def _build(self, order: list[int], roots: list[int]) -> tuple[Node, ...]:
        names = {index: self._name(index) for index in order}
        built: dict[int, Node] = {}
        with self._progress.stage("read nodes", len(order)) as advance:
            for index in reversed(order):  # children before parents
                built[index] = self._node(index, names[index], built)
                advance(1)
        return tuple(built[index] for index in roots)

    def _name(self, index: int) -> str:
        wanted = self._nodes[index].text("name", "") or f"node_{index}"
        name = wanted
        while name in self._names:  # the count goes on where it stopped, or equal names cost their square
            self._names[wanted] += 1
            name = f"{wanted}_{self._names[wanted]}"
        self._names[name] = 1
        return name

    def _node(self, index: int, name: str, built: dict[int, Node]) -> Node:
        part = self._nodes[index]
        translation, rotation, scale = self._transform(part)
        light = part.extension("KHR_lights_punctual")
        return Node(
            name=name,
            translation=translation,
            rotation=rotation,
            scale=scale,
            meshes=self._meshes_at(part, index),
            light=None
            if light is None
            else _light(self._lights[light.reference("light", len(self._lights))]),
            camera=self._camera(part),
            children=tuple(built[child] for child in part.references("children", len(self._nodes))),
            extras=part.extras(),
        )

    def _transform(self, part: Part) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        if part.has("matrix"):
            identity = tuple(np.eye(4).ravel().tolist())
            return decompose(
                np.array(part.numbers("matrix", identity, low=-FARTHEST, high=FARTHEST)).reshape(4, 4).T
            )
        rotation = np.array(part.numbers("rotation", (0.0, 0.0, 0.0, 1.0)))
        length = float(np.linalg.norm(rotation))
        if not 0.5 < length < 2.0:
            part.fail("is no unit quaternion", "rotation")
        if abs(length - 1.0) > 1e-6:
            rotation = rotation / length
        return (
            np.array(part.numbers("translation", (0.0, 0.0, 0.0), low=-FARTHEST, high=FARTHEST)),
            rotation,
            np.array(part.numbers("scale", (1.0, 1.0, 1.0), low=-FARTHEST, high=FARTHEST)),
        )

    def _camera(self, node: Part) -> Camera | None:
        if not node.has("camera"):
            return None
        part = self._camera_parts[node.reference("camera", len(self._camera_parts))]
        if part.choice("type", {"perspective": True, "orthographic": False}) is False:
            self._progress.note(f"{part.file}: {part.place} is orthographic and was left out")
            return None
        lens = part.part("perspective")
        near = lens.number("znear", low=1e-9)
        return Camera(
            yfov=lens.number("yfov", low=1e-6, high=3.14159),
            aspect=lens.number("aspectRatio", low=1e-6) if lens.has("aspectRatio") else None,
            znear=near,
            zfar=lens.number("zfar", low=near) if lens.has("zfar") else None,
        )

    def _meshes_at(self, node: Part, index: int) -> tuple[Mesh, ...]:
        if not node.has("mesh"):
            return ()
        mesh = node.reference("mesh", len(self._mesh_parts))
        if mesh not in self._meshes:
            parts = self._mesh_parts[mesh].parts("primitives")
            pairs = (
                (part.part("attributes"), self._primitive(part, self._mesh_parts[mesh])) for part in parts
            )
            self._meshes[mesh] = [(attributes, found) for attributes, found in pairs if found is not None]
        if node.has("skin"):
            return self._skinned(node, index, self._meshes[mesh])
        return tuple(found for _, found in self._meshes[mesh])

    def _skinned(self, node: Part, index: int, meshes: list[tuple[Part, Mesh]]) -> tuple[Mesh, ...]:
        """Joints move vertices in the world, whatever the node's own place: it is taken out again here."""
        skin = self._skins[node.reference("skin", len(self._skins))]
        matrices = joint_matrices(skin, self._accessors, self._worlds, nodes=len(self._nodes))
        here = self._worlds[index]
        if not 1e-18 < abs(np.linalg.det(here)) < np.inf:
            self._progress.note(f"{node.file}: {node.place} cannot be inverted; its skin was left out")
            return tuple(mesh for _, mesh in meshes)
        matrices = np.linalg.inv(here) @ matrices
        return tuple(posed(mesh, attributes, self._accessors, matrices) for attributes, mesh in meshes)

    def _primitive(self, part: Part, mesh: Part) -> Mesh | None:
        attributes = part.part("attributes")
        if not attributes.has("POSITION"):
            self._progress.note(f"{part.file}: {part.place} has no positions and was left out")
            return None
        positions = self._accessors.floats(attributes, "POSITION", widths=(3,))
        indices = triangles(part, self._accessors, len(positions))
        if indices is None:
            self._progress.note(f"{part.file}: {part.place} draws points or lines and was left out")
            return None
        self._count(part, len(positions) + indices.size)
        surface = self._surfaces.of(part)
        arrays = self._attributes(attributes, len(positions))
        for _, texture in textures_of(surface):  # what viewers do where UVs are missing: one texel for all
            arrays.setdefault(f"uv{texture.uv_set}", np.zeros((len(positions), 2), np.float32))
        ours = part.extras().get("vrgen")
        ours = ours if isinstance(ours, dict) else {}
        name = ours.get("name", mesh.text("name", ""))
        return Mesh(
            positions=positions,
            indices=indices,
            surface=surface,
            name=name if isinstance(name, str) else "",
            lighting=LIGHTINGS.get(str(ours.get("lighting")), "baked"),
            **arrays,
        )

    def _attributes(self, part: Part, count: int) -> dict[str, Any]:
        """The fields of a Mesh that a primitive's attributes fill."""
        wanted = {
            "normals": ("NORMAL", (3,)),
            "tangents": ("TANGENT", (4,)),
            "uv0": ("TEXCOORD_0", (2,)),
            "uv1": ("TEXCOORD_1", (2,)),
            "colours": ("COLOR_0", (3, 4)),
        }
        found = {}
        for field, (key, widths) in wanted.items():
            if part.has(key):
                values = self._accessors.floats(part, key, widths=widths)
                if len(values) != count:
                    part.fail(f"has {len(values)} elements, POSITION has {count}", key)
                found[field] = values
        if "colours" in found:
            found["colours"] = _rgba(found["colours"])
        return found

    def _count(self, part: Part, values: int) -> None:
        self._values += values
        if self._values > MOST_VALUES:
            part.fail(
                f"passes the limit of {MOST_VALUES} vertices and indices in one file", do="split the file"
            )


def _light(part: Part) -> Light:
    kind = part.choice("type", LIGHTS)
    spot = part.part("spot")
    outer = spot.number("outerConeAngle", RIGHT / 2, low=0.0, high=RIGHT + 1e-6)
    colour = part.numbers("color", (1.0, 1.0, 1.0), low=0.0)
    return Light(
        kind=kind,
        intensity=part.number("intensity", 1.0, low=0.0),
        colour=(colour[0], colour[1], colour[2]),
        range_m=part.number("range", low=0.0) if part.has("range") else None,
        inner_cone=spot.number("innerConeAngle", 0.0, low=0.0, high=outer),
        outer_cone=outer,
    )


def _rgba(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """(V, 4) in [0, 1] of RGB or RGBA."""
    if colours.shape[1] == 3:
        colours = np.concatenate([colours, np.ones((len(colours), 1), np.float32)], axis=1)
    return np.clip(colours, 0.0, 1.0)
