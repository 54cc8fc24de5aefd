"""Load a .glb or .gltf: the JSON, the buffers, and nothing from outside its folder."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote

from vrgen.errors import InputProblem
from vrgen.gltf.container import BIN_CHUNK, CHUNK, HEADER, JSON_CHUNK, LARGEST, MAGIC
from vrgen.gltf.parse import parse
from vrgen.gltf.part import REMEDY, Part

KNOWN = {
    "EXT_mesh_gpu_instancing",
    "EXT_meshopt_compression",
    "EXT_texture_webp",
    "KHR_draco_mesh_compression",
    "KHR_lights_punctual",
    "KHR_materials_emissive_strength",
    "KHR_materials_unlit",
    "KHR_mesh_quantization",
    "KHR_meshopt_compression",
    "KHR_texture_basisu",
    "KHR_texture_transform",
    "KHR_xmp_json_ld",
    "MOZ_lightmap",
}
"""Extensions that are read."""
PASSED = {
    "KHR_animation_pointer",
    "KHR_materials_anisotropy",
    "KHR_materials_clearcoat",
    "KHR_materials_diffuse_transmission",
    "KHR_materials_dispersion",
    "KHR_materials_ior",
    "KHR_materials_iridescence",
    "KHR_materials_sheen",
    "KHR_materials_specular",
    "KHR_materials_transmission",
    "KHR_materials_variants",
    "KHR_materials_volume",
}
"""Extensions that may be required though they are only passed on: without them all is there, less finely."""


@dataclass(frozen=True, slots=True)
class Source:
    """A loaded file."""

    root: Part
    """The whole document."""
    binary: memoryview | None
    """The BIN chunk of a GLB."""

    @property
    def path(self) -> Path:
        """The file."""
        return self.root.file

    def resource(self, part: Part, *, limit: int = LARGEST) -> memoryview:
        """The bytes that a part's `uri` names: a data URI, or a file in the folder of the document."""
        uri = part.text("uri")
        if uri.startswith("data:"):
            return _data_uri(part, uri)
        path = _inside(part, uri)
        try:
            return memoryview(_read(path, limit))
        except InputProblem as problem:
            part.fail(
                f"cannot be read ({str(problem.__cause__ or 'too large')[:160]})",
                "uri",
                do="put it beside the file",
            )

    def buffer(self, part: Part, *, first: bool) -> memoryview:
        """The bytes of a buffer, exactly `byteLength` of them."""
        length = part.integer("byteLength", low=1)
        if part.has("uri"):
            data = self.resource(part)
        elif self.binary is not None and first:
            data = self.binary
        else:
            part.fail("has no uri and the file has no BIN chunk for it")
        if length > len(data):
            part.fail(f"is {length}, but only {len(data)} bytes are there", "byteLength")
        return data[:length]


def load(path: Path) -> Source:
    """Load a GLB or glTF file. Raises InputProblem for anything that is not one, or not read here."""
    source = opened(path)
    refuse_unread(source)
    return source


def opened(path: Path) -> Source:
    """Load a GLB or glTF file, whatever extensions it requires. Raises InputProblem for one that is none."""
    data = _read(path, LARGEST)
    text, start, binary = _split(path, data) if data[:4] == MAGIC else (data, 0, None)
    root = Part(path, "", parse(path, text, start))
    version = root.part("asset").text("version")
    if version.split(".")[0] != "2":
        root.fail(f"is {version[:20]!r}, expected 2.0", "asset", "version", do="export it as glTF 2.0")
    return Source(root, binary)


def refuse_unread(source: Source) -> None:
    """Raise InputProblem for a file that requires an extension which is not read."""
    for index, name in enumerate(source.root.items("extensionsRequired")):
        if not isinstance(name, str) or name not in KNOWN | PASSED:
            source.root.fail(
                f"is {str(name)[:60]}, an extension that vrgen does not read",
                "extensionsRequired",
                index,
                do="export it without this extension",
            )


def _read(path: Path, limit: int) -> bytes:
    try:
        size = path.stat().st_size
        if size > limit:
            raise InputProblem(f"{path}: has {size} bytes, at most {limit} are read; make it smaller")
        return path.read_bytes()
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise InputProblem(f"cannot read {path}: {reason}; check the path") from problem


def _split(path: Path, data: bytes) -> tuple[bytes, int, memoryview | None]:
    """(JSON, the byte it begins at, BIN chunk) of a GLB; chunks of other kinds are passed over."""

    def fail(byte: int, problem: str) -> NoReturn:
        raise InputProblem(f"{path}: byte {byte}: the GLB {problem}; {REMEDY}")

    if len(data) < HEADER.size:
        fail(len(data), "ends in its header")
    _, version, length = HEADER.unpack_from(data)
    if version != 2:
        fail(4, f"container has version {version}, expected 2")
    if length > len(data):
        fail(8, f"header says {length} bytes, the file has {len(data)}")
    found: dict[int, tuple[int, memoryview]] = {}
    place, view = HEADER.size, memoryview(data)[:length]
    while place + CHUNK.size <= length:
        size, kind = CHUNK.unpack_from(view, place)
        place += CHUNK.size
        if size > length - place:
            fail(place - CHUNK.size, f"chunk says {size} bytes, {length - place} are left")
        if not found and kind != JSON_CHUNK:
            fail(place - 4, "does not begin with a JSON chunk")
        found.setdefault(kind, (place, view[place : place + size]))
        place += size
    if JSON_CHUNK not in found:
        fail(HEADER.size, "holds no JSON chunk")
    start, text = found[JSON_CHUNK]
    return bytes(text), start, found[BIN_CHUNK][1] if BIN_CHUNK in found else None


def _data_uri(part: Part, uri: str) -> memoryview:
    head, comma, body = uri.partition(",")
    try:
        if not comma or not head.endswith(";base64"):
            raise ValueError("not base64")
        return memoryview(base64.b64decode(unquote(body), validate=True))
    except (ValueError, binascii.Error):
        part.fail("is a data URI that is no base64", "uri")


def _inside(part: Part, uri: str) -> Path:
    """The path of a relative URI inside the document's folder; links that lead out are refused."""
    name = unquote(uri)
    folder = part.file.parent.resolve()
    if ":" in name or "\\" in name or name.startswith("/") or "\0" in name:
        part.fail(
            f"is {uri[:60]!r}, expected a path relative to the file", "uri", do="put it beside the file"
        )
    try:
        path = (folder / name).resolve()
    except (OSError, RuntimeError):
        part.fail(f"is {uri[:60]!r}, which is no path", "uri")
    if not path.is_relative_to(folder):
        part.fail(f"is {uri[:60]!r}, outside the file's folder", "uri", do="put it beside the file")
    return path
