"""Pack: a GLB of ours with KTX2 textures and compressed meshes, and how a GPU will see it."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vrgen.core.progress import SILENT, Progress
from vrgen.gltf.accessors import Accessors
from vrgen.gltf.container import padded, write_glb
from vrgen.gltf.load import Source, load
from vrgen.gltf.optimize import encoders
from vrgen.gltf.optimize.pack_meshes import MESHOPT, QUANTIZED, PackedMesh, PackedStream, packed_meshes
from vrgen.gltf.optimize.pack_textures import PackedTexture, packed_textures, point_at, require
from vrgen.gltf.part import Part

SHORT = 5122


@dataclass(frozen=True, slots=True)
class PackReport:
    """What was packed."""

    bytes: int
    """Size of the file."""
    texture_memory: int
    """Bytes of all textures on the GPU, packed ones as ETC2 or ASTC, with mipmaps."""
    etc1s: int
    """Textures packed as ETC1S."""
    uastc: int
    """Textures packed as UASTC."""
    streams: int
    """Accessors packed."""


def pack(
    source: Path, target: Path, seen: Path, *, quality: int = 128, progress: Progress = SILENT
) -> PackReport:
    """Write `source`, a GLB that vrgen wrote, to `target` with KTX2 and meshopt, and to `seen` as plain glTF
    with what both leave of it, for a renderer that reads neither.

    `quality` is that of ETC1S, 1 to 255; from 256 on colour is UASTC too. Everything else of the file stays
    as it is. Raises MissingPart without the encoders, OutputProblem when they fail or nothing can be written.
    """
    loaded = load(source)
    accessors = Accessors(loaded)
    with tempfile.TemporaryDirectory(prefix="vrgen-") as name:
        folder = Path(name)
        textures = list(packed_textures(loaded, accessors, folder, quality=quality))
        views = _views(loaded, accessors)
        meshes = list(packed_meshes(loaded.root.value, views, folder))
        items = [*(part.item for part in textures), *(part.item for part in meshes)]
        with progress.stage("encode textures and meshes", len(items)) as advance:
            said = encoders.run(folder, items, advance=advance)
        textures = _mended(textures, folder, progress)
        counts = [int(answer["vertices"]) for answer in said[len(textures) :]]
        job = _Job(loaded, views, textures, list(zip(meshes, counts, strict=True)), folder)
        size = job.write(target)
        job.write_seen(seen)
    memory = sum(texture.memory for texture in textures) + _others(loaded, accessors, textures)
    etc1s = sum(not texture.uastc for texture in textures)
    streams = sum(len(mesh.streams) for mesh in meshes)
    return PackReport(size, memory, etc1s, len(textures) - etc1s, streams)


def _mended(textures: list[PackedTexture], folder: Path, progress: Progress) -> list[PackedTexture]:
    """The textures, those that ETC1S harms encoded again as UASTC."""
    poor = {texture.image for texture in textures if texture.suffers(folder)}
    mended = [texture.finer() if texture.image in poor else texture for texture in textures]
    with progress.stage("encode finer textures", len(poor)) as advance:
        encoders.run(folder, [t.item for t in mended if t.image in poor], advance=advance)
    return mended


def _views(source: Source, accessors: Accessors) -> list[bytes]:
    count = len(source.root.items("bufferViews"))
    pointer = Part(source.path, "", {str(index): index for index in range(count)})
    return [bytes(accessors.view(pointer, str(index))[1]) for index in range(count)]


def _others(source: Source, accessors: Accessors, packed: Sequence[PackedTexture]) -> int:
    """Bytes on the GPU of the images that were not packed."""
    from vrgen.gltf.images import Images
    from vrgen.gltf.texture_memory import texture_memory

    left = set(range(len(source.root.items("images")))) - {texture.image for texture in packed}
    images = Images(source, accessors)
    images.load(left, later=True)
    return sum(texture_memory(*size) for size in images.sizes().values())


@dataclass(frozen=True, slots=True)
class _Job:
    """A loaded file and what the encoders left in a folder."""

    source: Source
    views: list[bytes]
    textures: list[PackedTexture]
    meshes: list[tuple[PackedMesh, int]]
    folder: Path

    def write(self, path: Path) -> int:
        """The packed file. A second buffer, which holds nothing, is as long as what geometry unpacks to."""
        document = self._document()
        blobs: list[bytes] = list(self.views)
        for texture in self.textures:
            blobs[document["images"][texture.image]["bufferView"]] = texture.encoded(self.folder)
        fallback = 0
        for stream, count in self._streams():
            blobs[stream.view] = stream.encoded(self.folder)
            view = document["bufferViews"][stream.view]
            length = len(stream.decoded(self.folder))
            view["byteOffset"], view["byteLength"], view["buffer"] = fallback, length, 1
            fallback += padded(length)
            rows = {"byteStride": stream.stride, "count": count, "mode": stream.mode, "filter": stream.filter}
            view["extensions"] = {MESHOPT: {"buffer": 0, **rows}}
        _lay_out(document, blobs)
        if self.textures:
            point_at(document, self.textures)
        if fallback:
            document["buffers"].append({"byteLength": fallback, "extensions": {MESHOPT: {"fallback": True}}})
            require(document, MESHOPT)
        return write_glb(path, document, blobs)

    def write_seen(self, path: Path) -> None:
        """The same as plain glTF."""
        document = self._document()
        blobs: list[bytes] = list(self.views)
        for texture in self.textures:
            part = document["images"][texture.image]
            blobs[part["bufferView"]] = texture.decoded(self.folder)
            part["mimeType"] = "image/png"
        for stream, _ in self._streams():
            blobs[stream.view] = stream.decoded(self.folder)
        _lay_out(document, blobs)
        write_glb(path, document, blobs)

    def _streams(self) -> list[tuple[PackedStream, int]]:
        """Every packed accessor with the count of its rows, indices as many as they were."""
        listed = self.source.root.value.get("accessors", [])
        return [
            (stream, count if stream.semantic else int(listed[stream.accessor]["count"]))
            for mesh, count in self.meshes
            for stream in mesh.streams
        ]

    def _document(self) -> dict[str, Any]:
        """The file's JSON with the accessors as they will be."""
        document = copy.deepcopy(dict(self.source.root.value))
        for stream, count in self._streams():
            accessor = document["accessors"][stream.accessor]
            accessor["count"] = count
            if stream.semantic:
                document["bufferViews"][stream.view]["byteStride"] = stream.stride
            else:
                accessor["componentType"] = 5123 if stream.stride == 2 else 5125
            if stream.filter == "OCTAHEDRAL":
                accessor["componentType"], accessor["normalized"] = SHORT, True
                require(document, QUANTIZED)
            if "min" in accessor and stream.filter == "EXPONENTIAL":
                rows = np.frombuffer(stream.decoded(self.folder), "<f4").reshape(count, -1)
                accessor["min"], accessor["max"] = rows.min(axis=0).tolist(), rows.max(axis=0).tolist()
        return document


def _lay_out(document: dict[str, Any], blobs: Sequence[bytes]) -> None:
    """Give every bufferView its place in the one buffer."""
    place = 0
    for view, blob in zip(document.get("bufferViews", []), blobs, strict=True):
        inner = view.get("extensions", {}).get(MESHOPT, view)
        inner["byteOffset"], inner["byteLength"] = place, len(blob)
        place += padded(len(blob))
    document["buffers"] = [{"byteLength": place}] if place else []
