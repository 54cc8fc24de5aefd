"""Instances: the places of EXT_mesh_gpu_instancing, at each of which a node's mesh is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.gltf.accessors import Accessors
from vrgen.gltf.part import Part

NAME = "EXT_mesh_gpu_instancing"
PARTS = {"TRANSLATION": ("translation", 3), "ROTATION": ("rotation", 4), "SCALE": ("scale", 3)}
"""Field of a Node, and components, of the attributes that place an instance; others are left out."""
MOST = 2**16
"""Instances of one file: each becomes a node."""
FARTHEST = 1e12


class Instances:
    """Reads the instances of one file."""

    def __init__(self, accessors: Accessors) -> None:
        self._accessors = accessors
        self._count = 0

    def of(self, node: Part) -> list[dict[str, Any]] | None:
        """The fields of each instance of a node, in the node's frame; None where it is drawn as it is.

        Raises InputProblem for counts that differ, for places that are none, and for too many of them.
        """
        said = node.extension(NAME)
        if said is None or not node.has("mesh") or node.has("skin"):
            return None
        attributes = said.part("attributes")
        found = {
            field: self._values(attributes, key, width)
            for key, (field, width) in PARTS.items()
            if attributes.has(key)
        }
        counts = {len(values) for values in found.values()}
        if len(counts) != 1:
            attributes.fail(f"have {len(counts)} different counts, expected one for all")
        self._count += counts.pop()
        if self._count > MOST:
            attributes.fail(f"pass the limit of {MOST} instances in one file", do="split the file")
        fields = [[(name, row) for row in values] for name, values in found.items()]
        return [dict(row) for row in zip(*fields, strict=True)]

    def _values(self, attributes: Part, key: str, width: int) -> NDArray[np.float64]:
        values = self._accessors.floats(attributes, key, widths=(width,)).astype(np.float64)
        if np.abs(values).max() > FARTHEST:
            attributes.fail(f"reach {np.abs(values).max():g}, expected at most {FARTHEST:g}", key)
        if key == "ROTATION":
            lengths = np.linalg.norm(values, axis=1, keepdims=True)
            if lengths.min() < 0.5:
                attributes.fail("hold what is no unit quaternion", key)
            values = values / lengths
        return values
