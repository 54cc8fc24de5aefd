"""Pack: a GLB of ours with smaller textures and compressed meshes."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from vrgen.core.progress import SILENT, Progress
from vrgen.gltf.accessors import Accessors
from vrgen.gltf.container import padded, write_glb
from vrgen.gltf.load import Source, load
from vrgen.gltf.optimize.encoders import KtxJob
from vrgen.gltf.optimize.instances import instance
from vrgen.gltf.optimize.ktx2 import as_ktx2
from vrgen.gltf.optimize.pack_draco import DracoPart, draco_parts, pack_into
from vrgen.gltf.optimize.pack_meshes import MESHOPT, QUANTIZED, PackedStream, packed_streams
from vrgen.gltf.optimize.pack_textures import PackedTexture, point_at, require
from vrgen.gltf.optimize.pictures import Picture, pictures
from vrgen.gltf.optimize.search import searched
from vrgen.gltf.optimize.webp import WebpJob, as_webp
from vrgen.gltf.part import Part

SHORT = 5122
Textures = Literal["keep", "webp", "ktx2"]
Geometry = Literal["plain", "meshopt", "draco"]


@dataclass(frozen=True, slots=True)
class PackReport:
    """What was packed."""

    bytes: int
    """Size of the file."""
    texture_memory: int
    """Bytes of all textures on the GPU, KTX2 as ETC2 or ASTC, with mipmaps."""
    quality: int
    """Of ETC1S or WebP."""
    etc1s: int
    """Textures packed as ETC1S."""
    uastc: int
    """Textures packed as UASTC."""
    webp: int
    """Textures packed as WebP."""
    streams: int
    """Accessors packed by meshopt."""
    draco: int
    """Primitives packed by Draco."""
    calls_saved: int
    """Draw calls that instances save."""
    texture_bytes: tuple[int, int]
    """Of the textures that were packed, before and after."""
    geometry_bytes: tuple[int, int]
    """Of the geometry that was packed, before and after."""


class Packer:
    """A GLB that vrgen wrote, packed once or several times; what was encoded is kept in between."""

    def __init__(
        self, source: Path, folder: Path, *, textures: Textures, geometry: Geometry, instances: bool = False
    ) -> None:
        """`folder` is where pixels may lie, as long as the packer is used; `instances` draws equal meshes at
        once.

        Raises MissingPart without meshopt or DracoPy, where it is asked for.
        """
        self._source = load(source)
        self._accessors = Accessors(self._source)
        self._views = _views(self._source, self._accessors)
        self._textures = textures
        asked = textures != "keep"
        found = pictures(self._source, self._accessors, folder, blocks=textures == "ktx2") if asked else ()
        self._pictures: tuple[Picture, ...] = tuple(found)
        document = self._source.root.value
        meshopt, draco = geometry == "meshopt", geometry == "draco"
        self._streams = tuple(packed_streams(document, self._views) if meshopt else ())
        self._draco = tuple(draco_parts(document, self._views) if draco else ())
        self._instances = instances
        self._ktx2: dict[KtxJob, bytes] = {}
        self._webp: dict[WebpJob, bytes] = {}

    def searched(self, least: float, progress: Progress = SILENT) -> int:
        """The quality of ETC1S or WebP at which one picture, tried for all, keeps `least` decibels."""
        return searched(self._pictures, self._textures, least=least, progress=progress)

    def pack(self, target: Path, *, quality: int, progress: Progress = SILENT) -> PackReport:
        """Write the packed file to `target`.

        `quality` is that of ETC1S, 1 to 255, UASTC for all from 256 on, or of WebP, 1 to 100. Everything else
        of the file stays as it is. Raises MissingPart without the encoders, OutputProblem when they fail or
        nothing can be written.
        """
        textures = self._encoded(quality, progress)
        job = _Job(self._source, self._views, textures, self._streams, self._draco, self._instances)
        size, saved = job.write(target)
        memory = sum(texture.memory for texture in textures) + self._others(textures)
        kinds = [("uastc" if t.uastc else "etc1s") if t.mime == "image/ktx2" else "webp" for t in textures]
        counts = {kind: kinds.count(kind) for kind in ("etc1s", "uastc", "webp")}
        return PackReport(
            size,
            memory,
            quality,
            streams=len(self._streams),
            draco=len(self._draco),
            calls_saved=saved,
            texture_bytes=(sum(t.picture.bytes for t in textures), sum(len(t.data) for t in textures)),
            geometry_bytes=self._geometry_bytes(),
            **counts,
        )

    def _geometry_bytes(self) -> tuple[int, int]:
        document = self._source.root.value
        views = [stream.view for stream in self._streams]
        after = sum(len(stream.encoded) for stream in self._streams)
        for packed in self._draco:
            mesh, place = packed.places[0]
            part = document["meshes"][mesh]["primitives"][place]
            named = [part["indices"], *part["attributes"].values()]
            views += [document["accessors"][index]["bufferView"] for index in named]
            after += len(packed.data)
        return sum(len(self._views[view]) for view in set(views)), after

    def _encoded(self, quality: int, progress: Progress) -> list[PackedTexture]:
        if self._textures == "ktx2":
            return as_ktx2(self._pictures, self._ktx2, quality=quality, progress=progress)
        if self._textures == "webp":
            return as_webp(self._pictures, self._webp, quality=quality, progress=progress)
        return []

    def _others(self, packed: Sequence[PackedTexture]) -> int:
        """Bytes on the GPU of the images that were not packed."""
        from vrgen.gltf.images import Images
        from vrgen.gltf.texture_memory import texture_memory

        done = {texture.picture.image for texture in packed}
        known = {one.image: one.size for one in self._pictures if one.image not in done}
        left = set(range(len(self._source.root.items("images")))) - done - set(known)
        images = Images(self._source, self._accessors)
        images.load(left, later=True)
        return sum(texture_memory(*size) for size in known.values()) + sum(map(images.memory, left))


def _views(source: Source, accessors: Accessors) -> list[bytes]:
    count = len(source.root.items("bufferViews"))
    pointer = Part(source.path, "", {str(index): index for index in range(count)})
    return [bytes(accessors.view(pointer, str(index))[1]) for index in range(count)]


@dataclass(frozen=True, slots=True)
class _Job:
    """A loaded file and what the encoders made of it."""

    source: Source
    views: list[bytes]
    textures: list[PackedTexture]
    streams: tuple[PackedStream, ...]
    draco: tuple[DracoPart, ...]
    instances: bool

    def write(self, path: Path) -> tuple[int, int]:
        """The packed file: its bytes, and draw calls saved.

        A second buffer, which holds nothing, is as long as what meshopt's geometry unpacks to.
        """
        document = self._document()
        blobs: list[bytes] = list(self.views)
        for texture in self.textures:
            blobs[document["images"][texture.picture.image]["bufferView"]] = texture.data
        fallback = 0
        for stream in self.streams:
            blobs[stream.view] = stream.encoded
            view = document["bufferViews"][stream.view]
            length = len(stream.decoded)
            view["byteOffset"], view["byteLength"], view["buffer"] = fallback, length, 1
            fallback += padded(length)
            rows = {
                "byteStride": stream.stride,
                "count": stream.count,
                "mode": stream.mode,
                "filter": stream.filter,
            }
            view["extensions"] = {MESHOPT: {"buffer": 0, **rows}}
        pack_into(document, blobs, self.draco)
        saved = instance(document, blobs) if self.instances else 0
        _lay_out(document, blobs)
        if self.textures:
            point_at(document, self.textures)
        if fallback:
            document["buffers"].append({"byteLength": fallback, "extensions": {MESHOPT: {"fallback": True}}})
            require(document, MESHOPT)
        return write_glb(path, document, blobs), saved

    def _document(self) -> dict[str, Any]:
        """The file's JSON with the accessors as they will be."""
        document = copy.deepcopy(dict(self.source.root.value))
        for stream in self.streams:
            accessor = document["accessors"][stream.accessor]
            accessor["count"] = stream.count
            if stream.semantic:
                document["bufferViews"][stream.view]["byteStride"] = stream.stride
            else:
                accessor["componentType"] = 5123 if stream.stride == 2 else 5125
            if stream.filter == "OCTAHEDRAL":
                accessor["componentType"], accessor["normalized"] = SHORT, True
                require(document, QUANTIZED)
            if "min" in accessor and stream.filter == "EXPONENTIAL":
                rows = np.frombuffer(stream.decoded, "<f4").reshape(stream.count, -1)
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
