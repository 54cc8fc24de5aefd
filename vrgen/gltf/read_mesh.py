"""glTF meshes -> Mesh: every primitive of triangles, with all that its vertices carry."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.further import Arrays, Further
from vrgen.core.mesh import Lighting, Mesh
from vrgen.core.progress import Progress
from vrgen.core.stroke import Stroke
from vrgen.gltf import draco
from vrgen.gltf.accessors import Accessors
from vrgen.gltf.from_material import VARIANTS, Surfaces
from vrgen.gltf.kept import kept
from vrgen.gltf.part import Part
from vrgen.gltf.skins import morphed, posed
from vrgen.gltf.to_material import textures_of
from vrgen.gltf.triangles import draws_strokes, mode_of, order_of, triangles

MOST_VALUES = 2**28
"""Vertices and indices of all primitives together: primitives may share accessors, which costs no bytes."""
LIGHTINGS: dict[str, Lighting] = {"baked": "baked", "neutral": "neutral", "none": "none"}
FIELDS = {
    "NORMAL": ("normals", (3,)),
    "TANGENT": ("tangents", (4,)),
    "TEXCOORD_0": ("uv0", (2,)),
    "TEXCOORD_1": ("uv1", (2,)),
    "COLOR_0": ("colours", (3, 4)),
}
"""Field of a Mesh, and components, of the attributes that have one."""
KNOWN = {"TEXCOORD": (2,), "COLOR": (3, 4), "JOINTS": (4,), "WEIGHTS": (4,)}
"""Components of the attributes that are numbered."""
MOVES = {"POSITION": 3, "NORMAL": 3, "TANGENT": 3}
MOST_TARGETS = 4096
"""Morph targets of one primitive; they may share accessors, which costs no bytes."""


class Meshes:
    """Reads the meshes of one file, each once; those that move, once a node."""

    def __init__(self, parts: list[Part], accessors: Accessors, surfaces: Surfaces, progress: Progress):
        self._parts = parts
        self._accessors = accessors
        self._surfaces = surfaces
        self._progress = progress
        self._read: dict[int, tuple[Mesh, ...]] = {}
        self._morphed: dict[tuple[int, tuple[float, ...]], tuple[Mesh, ...]] = {}
        self._shapes: dict[int, Mesh] = {}
        self._strokes: dict[int, tuple[Stroke, ...]] = {}
        self._values = 0

    def __len__(self) -> int:
        return len(self._parts)

    def primitives(self, index: int) -> list[Part]:
        """The primitives of a mesh."""
        return self._parts[index].parts("primitives")

    def kept(self, index: int) -> dict[str, Any]:
        """Weights, extras and extensions of a mesh."""
        part = self._parts[index]
        found = kept(part, progress=self._progress)
        return {"weights": list(weights_of(part) or ()), **found} if part.has("weights") else found

    def of(self, index: int, weights: tuple[float, ...] | None) -> tuple[Mesh, ...]:
        """The primitives of a mesh, morphed by weights, or by the mesh's own where they are None."""
        if index not in self._read:
            found = (self._primitive(part, self._parts[index]) for part in self.primitives(index))
            self._read[index] = tuple(mesh for mesh in found if mesh is not None)
        applied = weights_of(self._parts[index]) if weights is None else weights
        if not applied or not any(applied):
            return self._read[index]
        key = (index, applied)
        if key not in self._morphed:
            self._morphed[key] = tuple(
                morphed(mesh, applied, self._parts[index], self._accessors.budget)
                for mesh in self._read[index]
            )
        return self._morphed[key]

    def shape(self, index: int) -> Mesh | None:
        """The triangles of a mesh's first primitive alone, for extensions that mean no more by a mesh; None
        where there is no such mesh."""
        parts = self.primitives(index) if index < len(self._parts) else []
        if not parts or not parts[0].part("attributes").has("POSITION"):
            return None
        if index not in self._shapes:
            positions = self._accessors.floats(parts[0].part("attributes"), "POSITION", widths=(3,))
            indices = triangles(parts[0], self._accessors, len(positions))
            if indices is None:
                return None
            self._count(parts[0], len(positions) + indices.size)
            self._shapes[index] = Mesh(positions, indices, name=self._parts[index].text("name", ""))
        return self._shapes[index]

    def posed(self, meshes: tuple[Mesh, ...], matrices: NDArray[np.float64], node: Part) -> tuple[Mesh, ...]:
        """Meshes moved by joints, whose (J, 4, 4) matrices lead into the frame of the node."""
        return tuple(posed(mesh, matrices, node, self._accessors.budget) for mesh in meshes)

    def strokes(self, index: int) -> tuple[Stroke, ...]:
        """The points and lines of a mesh."""
        if index not in self._strokes:
            parts = [part for part in self.primitives(index) if draws_strokes(part)]
            found = (self._stroke(part, self._parts[index]) for part in parts)
            self._strokes[index] = tuple(stroke for stroke in found if stroke is not None)
        return self._strokes[index]

    def _stroke(self, part: Part, mesh: Part) -> Stroke | None:
        positions = self._positions(part)
        if positions is None:
            return None
        order = order_of(part, self._accessors, len(positions)) if part.has("indices") else None
        self._count(part, len(positions) + (0 if order is None else len(order)))
        self._progress.note(f"{part.file}: {part.place} draws points or lines, which are kept and not drawn")
        bare = self._mesh(part, mesh, positions, np.zeros((0, 3), np.uint32))
        return Stroke(mode_of(part), bare, order)

    def _primitive(self, part: Part, mesh: Part) -> Mesh | None:
        if draws_strokes(part):
            return None
        draco.unpack(part, self._accessors)
        positions = self._positions(part)
        if positions is None:
            return None
        indices = triangles(part, self._accessors, len(positions))
        assert indices is not None
        self._count(part, len(positions) + indices.size)
        return self._mesh(part, mesh, positions, indices)

    def _positions(self, part: Part) -> NDArray[np.float32] | None:
        attributes = part.part("attributes")
        if attributes.has("POSITION"):
            return self._accessors.floats(attributes, "POSITION", widths=(3,))
        self._progress.note(f"{part.file}: {part.place} has no positions and was left out")
        return None

    def _mesh(
        self, part: Part, mesh: Part, positions: NDArray[np.float32], indices: NDArray[np.uint32]
    ) -> Mesh:
        """All that a primitive's vertices carry."""
        attributes = part.part("attributes")
        surface = self._surfaces.of(part)
        arrays = self._fields(attributes, len(positions))
        further = self._further(part, attributes, len(positions))
        for _, texture in textures_of(surface):  # what viewers do where UVs are missing: one texel for all
            if texture.uv_set < 2:
                name, group = f"uv{texture.uv_set}", arrays
            else:
                name, group = f"TEXCOORD_{texture.uv_set}", further
            if name not in group:
                self._accessors.budget.spend(part, 8 * len(positions))
                group[name] = np.zeros((len(positions), 2), np.float32)
        targets = self._targets(part, len(positions))
        ours = part.extras().get("vrgen")
        ours = ours if isinstance(ours, dict) else {}
        name = ours.get("name", mesh.text("name", ""))
        return Mesh(
            positions=positions,
            indices=indices,
            surface=surface,
            name=name if isinstance(name, str) else "",
            lighting=LIGHTINGS.get(str(ours.get("lighting")), "baked"),
            further=Further(further, targets) if further or targets else None,
            kept=self._kept(part),
            **arrays,
        )

    def _kept(self, part: Part) -> dict[str, Any]:
        """Extras and extensions of a primitive, without what is ours."""
        change = self._surfaces.variant if part.extension(VARIANTS) is not None else None
        found = kept(part, read=[draco.NAME], change=change, progress=self._progress)
        extras = found.get("extras")
        if isinstance(extras, dict) and "vrgen" in extras:
            found["extras"] = {key: value for key, value in extras.items() if key != "vrgen"}
            if not found["extras"]:
                del found["extras"]
        return found

    def _fields(self, part: Part, count: int) -> dict[str, Any]:
        """The fields of a Mesh that a primitive's attributes fill."""
        found = {}
        for key, (field, widths) in FIELDS.items():
            if part.has(key):
                found[field] = self._counted(
                    part, key, self._accessors.floats(part, key, widths=widths), count
                )
        if "colours" in found:
            self._accessors.budget.spend(part, 16 * count)
            found["colours"] = _rgba(found["colours"])
        return found

    def _further(self, primitive: Part, part: Part, count: int) -> dict[str, NDArray[Any]]:
        """The attributes that a Mesh has no field for, by name."""
        found: dict[str, NDArray[Any]] = {}
        for key in part:
            if key in FIELDS or key == "POSITION":
                continue
            kind, _, number = key.partition("_")
            if kind and (kind not in KNOWN or not number.isdecimal()):
                self._progress.note(
                    f"{part.file}: {primitive.place} has {key[:40]}, which glTF does not know"
                )
                continue
            widths = KNOWN.get(kind)
            if kind in ("TEXCOORD", "COLOR", "WEIGHTS"):
                values: NDArray[Any] = self._accessors.floats(part, key, widths=widths or ())
            else:
                values = self._accessors.further(part, key)
            if kind == "JOINTS" and (values.dtype.kind != "u" or values.shape[1] != 4):
                part.fail("holds no four whole numbers a vertex", key)
            found[key] = self._counted(part, key, values, count)
        return found

    def _targets(self, part: Part, count: int) -> tuple[Arrays, ...]:
        """Displacements of the morph targets of a primitive."""
        found = []
        parts = part.parts("targets")
        if len(parts) > MOST_TARGETS:
            part.fail(f"has {len(parts)} morph targets, at most {MOST_TARGETS} are read", "targets")
        for target in parts:
            arrays = {}
            for key in target:
                width = MOVES.get(key)
                widths = (width,) if width else KNOWN.get(key.partition("_")[0], (1, 2, 3, 4))
                arrays[key] = self._counted(
                    target, key, self._accessors.floats(target, key, widths=widths), count
                )
            found.append(arrays)
        return tuple(found)

    def _counted(self, part: Part, key: str, values: NDArray[Any], count: int) -> NDArray[Any]:
        if len(values) != count:
            part.fail(f"has {len(values)} elements, POSITION has {count}", key)
        return values

    def _count(self, part: Part, values: int) -> None:
        self._values += values
        if self._values > MOST_VALUES:
            part.fail(
                f"passes the limit of {MOST_VALUES} vertices and indices in one file", do="split the file"
            )


def weights_of(part: Part) -> tuple[float, ...] | None:
    """The morph weights of a node or a mesh, None where it says none."""
    if not part.has("weights"):
        return None
    found = part.items("weights")
    if len(found) > MOST_TARGETS:
        part.fail(f"has {len(found)}, at most {MOST_TARGETS} are read", "weights")
    return part.numbers("weights", (0.0,) * len(found), low=-1e6, high=1e6)


def _rgba(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """(V, 4) in [0, 1] of RGB or RGBA."""
    if colours.shape[1] == 3:
        colours = np.concatenate([colours, np.ones((len(colours), 1), np.float32)], axis=1)
    return np.clip(colours, 0.0, 1.0)
