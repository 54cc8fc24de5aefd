"""Further: what the vertices of a mesh carry to the file beyond what is drawn here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.arrays import frozen
from vrgen.errors import ValueProblem

Arrays = Mapping[str, NDArray[Any]]
WIDTHS = {"positions": 3, "normals": 3, "tangents": 4}


@dataclass(frozen=True, eq=False, slots=True)
class Further:
    """Attributes, morph targets and the geometry before a skin or a morph moved it.

    A mesh from a file stands as the file's nodes pose it, so that it is drawn and baked where it is seen;
    `rest` is what its joints and targets start from, and what is written back. A step that gives a mesh
    other vertices takes `further.taken(...)` along, or drops it with None.
    """

    attributes: Arrays = field(default_factory=dict)
    """By glTF name (`TEXCOORD_2`, `JOINTS_0`, `WEIGHTS_0`, `_WIND`): (V, N) float32 or integers."""
    targets: tuple[Arrays, ...] = ()
    """Morph targets: displacements (V, N) float32 by glTF name (`POSITION`, `NORMAL`, `TANGENT`, ...)."""
    rest: Arrays = field(default_factory=dict)
    """`positions`, `normals` (V, 3) and `tangents` (V, 4) float32 before the pose; empty when not posed."""

    def __post_init__(self) -> None:
        if self.rest and "positions" not in self.rest:
            raise ValueProblem("mesh: its rest has no positions; give them, or leave the rest empty")
        rest = {
            name: frozen(array, name=f"rest {name}", dtype=np.float32, shape=(None, WIDTHS[name]))
            for name, array in self.rest.items()
        }
        object.__setattr__(self, "attributes", _frozen(self.attributes))
        object.__setattr__(self, "targets", tuple(_frozen(target) for target in self.targets))
        object.__setattr__(self, "rest", rest)

    def arrays(self) -> Iterator[NDArray[Any]]:
        """Every array, each a row a vertex."""
        for group in (self.attributes, *self.targets, self.rest):
            yield from group.values()

    def taken(self, vertices: NDArray[Any]) -> Further:
        """Of new vertices, each made from the old one whose index stands in `vertices` (V',)."""

        def chosen(group: Arrays) -> Arrays:
            return {name: array[vertices] for name, array in group.items()}

        return Further(chosen(self.attributes), tuple(map(chosen, self.targets)), chosen(self.rest))


def _frozen(group: Arrays) -> Arrays:
    return {
        name: frozen(array, name=f"attribute {name}", dtype=np.asarray(array).dtype, shape=(None, None))
        for name, array in group.items()
    }
