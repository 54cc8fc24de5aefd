"""Mesh: triangles with one surface (a glTF primitive)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vrgen.core.arrays import digest_of, frozen
from vrgen.core.further import Further
from vrgen.core.surface import Surface
from vrgen.errors import ValueProblem

Lighting = Literal["baked", "neutral", "none"]
PLAIN = Surface()
ATTRIBUTES = {"normals": 3, "tangents": 4, "uv0": 2, "uv1": 2, "colours": 4}


@dataclass(frozen=True, eq=False, slots=True)
class Mesh:
    """Triangles in the node's frame, counter-clockwise seen from outside."""

    positions: NDArray[np.float32]
    """(V, 3) float32, metres."""
    indices: NDArray[np.uint32]
    """(T, 3) uint32 into the vertices."""
    surface: Surface = PLAIN
    """How it looks."""
    normals: NDArray[np.float32] | None = None
    """(V, 3) float32 unit vectors; None means flat."""
    tangents: NDArray[np.float32] | None = None
    """(V, 4) float32, w the bitangent's sign (MikkTSpace)."""
    uv0: NDArray[np.float32] | None = None
    """(V, 2) float32, origin top left."""
    uv1: NDArray[np.float32] | None = None
    """(V, 2) float32, second set (lightmap)."""
    colours: NDArray[np.float32] | None = None
    """(V, 4) float32 linear RGBA in [0, 1]; multiplies base colour."""
    lighting: Lighting = "baked"
    """What the bake does: `baked` coloured light, `neutral` brightness alone and gently (works of art
    keep their colours), `none` nothing (sky, glass, lamps)."""
    name: str = ""
    """Name in the file."""
    further: Further | None = None
    """What its vertices carry besides: further attributes, joints and weights, morph targets."""
    kept: Mapping[str, Any] = field(default_factory=dict)
    """Extras and extensions of the primitive in the file, as JSON; a Surface stands for a material."""

    def __post_init__(self) -> None:
        positions = frozen(
            self.positions, name=f"mesh {self.name}: positions", dtype=np.float32, shape=(None, 3)
        )
        indices = frozen(self.indices, name=f"mesh {self.name}: indices", dtype=np.uint32, shape=(None, 3))
        if len(indices) and int(indices.max()) >= len(positions):
            raise ValueProblem(
                f"mesh {self.name}: index {int(indices.max())} of {len(positions)} vertices; mend the indices"
            )
        object.__setattr__(self, "positions", positions)
        object.__setattr__(self, "indices", indices)
        for name, width in ATTRIBUTES.items():
            value = getattr(self, name)
            if value is not None:
                label = f"mesh {self.name}: {name}"
                array = frozen(value, name=label, dtype=np.float32, shape=(len(positions), width))
                object.__setattr__(self, name, array)

        for array in () if self.further is None else self.further.arrays():
            if len(array) != len(positions):
                raise ValueProblem(
                    f"mesh {self.name}: got {len(positions)} vertices and {len(array)} of what they carry "
                    "further; take further.taken(...) of the new vertices along, or None"
                )

    @property
    def at_rest(self) -> Mesh:
        """The mesh before its joints and morph targets moved it: itself, where nothing did."""
        rest = {} if self.further is None else self.further.rest
        if not rest:
            return self
        return replace(
            self,
            positions=rest["positions"],
            normals=None if self.normals is None else rest.get("normals"),
            tangents=None if self.tangents is None else rest.get("tangents"),
        )

    def digest(self) -> str:
        """SHA-256 hex of the geometry (not of the surface)."""
        arrays = [getattr(self, name) for name in ATTRIBUTES]
        return digest_of(self.positions, self.indices, *arrays)
