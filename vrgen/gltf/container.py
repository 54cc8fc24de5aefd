"""The GLB container: header, JSON chunk, BIN chunk (glTF 2.0, section 4.4)."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from vrgen.core.files import writing
from vrgen.errors import OutputProblem, ValueProblem

MAGIC = b"glTF"
JSON_CHUNK = 0x4E4F534A
BIN_CHUNK = 0x004E4942
HEADER = struct.Struct("<4sII")
CHUNK = struct.Struct("<II")
LARGEST = 2**32 - 1
"""Bytes: GLB lengths are 32 bit."""


def plain(value: Any) -> Any:
    """JSON values of a pygltflib object; empty fields are left out, extras are kept.

    pygltflib's own serialiser also empties what lies inside `extras`, and copies every value deeply.
    """
    if isinstance(value, list):
        return [plain(item) for item in value]
    if is_dataclass(value):
        pairs = ((item.name, getattr(value, item.name)) for item in fields(value))
    elif hasattr(value, "POSITION"):  # pygltflib.Attributes is the one class that is no dataclass
        pairs = iter(vars(value).items())
    else:
        return value
    return {name: plain(item) for name, item in pairs if item is not None and item != [] and item != {}}


def write_glb(path: Path, document: Mapping[str, Any], blobs: Sequence[bytes | memoryview]) -> int:
    """Write a GLB of a JSON document and the pieces of its one buffer, each padded to 4 bytes.

    Returns the bytes written. Raises ValueProblem when the document is no plain JSON, OutputProblem
    when the file cannot be written or would pass 4 GiB.
    """
    text = _json_bytes(document)
    size = sum(padded(len(blob)) for blob in blobs)
    total = HEADER.size + CHUNK.size + len(text) + (CHUNK.size + size if size else 0)
    if total > LARGEST:
        raise OutputProblem(
            f"cannot write {path}: {total} bytes, a GLB holds at most 4 GiB; use smaller textures"
        )
    with writing(path) as temporary, temporary.open("wb") as out:
        out.write(HEADER.pack(MAGIC, 2, total))
        out.write(CHUNK.pack(len(text), JSON_CHUNK) + text)
        if size:
            out.write(CHUNK.pack(size, BIN_CHUNK))
            for blob in blobs:
                out.write(blob)
                out.write(b"\0" * (padded(len(blob)) - len(blob)))
    return total


def padded(length: int) -> int:
    """`length` rounded up to 4 bytes."""
    return (length + 3) // 4 * 4


def _json_bytes(document: Mapping[str, Any]) -> bytes:
    try:
        text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as problem:
        raise ValueProblem(
            f"scene: extras or records hold what JSON cannot ({problem}); use plain numbers, texts, lists"
        ) from problem
    return text + b" " * (padded(len(text)) - len(text))
