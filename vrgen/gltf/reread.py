"""Reread: a file that is read again and again while somebody looks at it."""

from __future__ import annotations

from pathlib import Path

from vrgen.core.progress import SILENT, Progress
from vrgen.core.scene import Scene
from vrgen.gltf.images import Known
from vrgen.gltf.read import Reader


class Rereader:
    """Reads files, the second one with the pictures of the first where they are the same.

    Pictures whose encoded bytes have stayed are the same Image objects, so that they are neither decoded
    nor brought to a graphics card again.
    """

    def __init__(self) -> None:
        self._known: Known = {}

    def read(self, path: Path, progress: Progress = SILENT) -> Scene:
        """As vrgen.gltf.read does with `strict`; raises InputProblem."""
        reader = Reader.open(path, progress)
        reader.images.take_over(self._known)
        scene = reader.scene()
        self._known = reader.images.hand_over()
        return scene
