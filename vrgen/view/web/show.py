"""Show: a scene together with the bytes that a browser gets for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from vrgen.core.exhibits import Exhibit, exhibits
from vrgen.core.scene import Scene
from vrgen.core.sky import Sky
from vrgen.errors import InputProblem, MissingPart
from vrgen.view.web.document import Document, document_of, skeleton

LARGEST = 2**32
"""Bytes of a file that are read."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What the page needs of glTF, handed in: this room does not read or write files of scenes."""

    read: Callable[[Path], Scene]
    """A .glb or .gltf file becomes a scene; raises InputProblem."""
    write: Callable[[Scene, Path], object]
    """A scene becomes a GLB; raises ValueProblem or OutputProblem."""

    def packed(self, scene: Scene) -> bytes:
        """The bytes of a scene's GLB."""
        with TemporaryDirectory(prefix="vrgen-") as folder:
            path = Path(folder) / "show.glb"
            self.write(scene, path)
            return path.read_bytes()


@dataclass(frozen=True, eq=False, slots=True)
class Show:
    """What is shown."""

    scene: Scene
    """The scene; boxes instead of meshes where `boxes` says so."""
    glb: bytes
    """The file that the browser loads."""
    document: Document
    """What that file says of itself."""
    exhibits: tuple[Exhibit, ...]
    """Its works, in the order of the tour."""
    boxes: bool = False
    """The file is compressed in a way that browsers alone read here: what is known is where things are."""


def load_show(source: Scene | Path, ports: Ports, *, sky: Sky | None = None) -> Show:
    """The show of a scene or of a .glb or .gltf file; `sky` lights it, which no file holds.

    A GLB that stands alone reaches the browser as it is, anything else is packed into one.
    Raises InputProblem.
    """
    if isinstance(source, Scene):
        return _packed(source, ports)
    glb = read_bytes(source) if source.suffix.lower() != ".gltf" else b""
    document = document_of(glb, source) if glb else None
    if document is None or not document.whole:
        return _packed(ports.read(source), ports)
    try:
        scene, boxes = ports.read(source), False
    except (InputProblem, MissingPart):
        if not document.needs:
            raise
        scene, boxes = skeleton(document), True
    scene = scene if sky is None else replace(scene, sky=sky)
    return Show(scene, glb, document, exhibits(scene), boxes)


def read_bytes(path: Path) -> bytes:
    """The file as it is. Raises InputProblem."""
    try:
        if path.stat().st_size > LARGEST:
            raise InputProblem(f"{path}: is larger than a GLB can be, 4 GiB; make it smaller")
        return path.read_bytes()
    except OSError as problem:
        raise InputProblem(f"cannot read {path}: {problem.strerror}; check the path") from problem


def _packed(scene: Scene, ports: Ports) -> Show:
    glb = ports.packed(scene)
    return Show(scene, glb, document_of(glb, Path(f"{scene.name}.glb")), exhibits(scene))
