"""Company: the files that a file names, which count with it: glTF's buffers and images, OBJ's materials, and
whatever texts of a TOML file are paths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec

from vrgen.core.toml_file import read_toml
from vrgen.errors import InputProblem

COMPANY = (".gltf", ".obj", ".toml")
"""Files that name others."""
_MATERIALS = re.compile(rb"^\s*mtllib\s+(.+?)\s*$", re.MULTILINE)
_MAPS = re.compile(
    rb"^\s*(?:map_\w+|bump|disp|decal|refl|norm)\s+(?:.*\s)?(\S+)\s*$", re.MULTILINE | re.IGNORECASE
)


def company_of(path: Path) -> tuple[Path, ...]:
    """Files and folders that a file names and that are there, in order; none for what names nothing.

    A file that cannot be read names nothing here: whoever works on it will say what is wrong.
    """
    suffix = path.suffix.lower()
    if suffix not in COMPANY or not path.is_file():
        return ()
    named = {".gltf": _of_gltf, ".obj": _of_obj, ".toml": _of_toml}[suffix]
    try:
        return tuple(dict.fromkeys(named(path)))
    except (OSError, InputProblem):
        return ()


def _of_gltf(path: Path) -> Iterator[Path]:
    try:
        root = msgspec.json.decode(path.read_bytes())
    except msgspec.DecodeError:
        return
    for part in ("buffers", "images"):
        entries = root.get(part) if isinstance(root, dict) else None
        for entry in entries if isinstance(entries, list) else []:
            uri = entry.get("uri") if isinstance(entry, dict) else None
            if isinstance(uri, str) and not uri.startswith("data:"):
                yield from _there(path.parent, unquote(uri))


def _of_obj(path: Path) -> Iterator[Path]:
    for line in _MATERIALS.findall(path.read_bytes()):
        for library in _there(path.parent, line.decode("utf-8", "replace")):
            yield library
            for name in _MAPS.findall(library.read_bytes()):
                yield from _there(library.parent, name.decode("utf-8", "replace").replace("\\", "/"))


def _of_toml(path: Path) -> Iterator[Path]:
    _, tables = read_toml(path)
    yield from _named(tables, path.parent)


def _named(value: Any, folder: Path) -> Iterator[Path]:
    """The files and folders that texts in the tables name, and what those name."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _named(one, folder)
    elif isinstance(value, str) and value.strip():
        for there in _there(folder, value):
            yield there
            if there.suffix.lower() != ".toml":
                yield from company_of(there)


def _there(folder: Path, name: str) -> Iterator[Path]:
    """The file or folder of that name, if there is one; never one that holds the folder itself."""
    if len(name) > 1000 or "\0" in name:
        return
    path = folder / name
    try:
        if path.exists() and not folder.resolve().is_relative_to(path.resolve()):
            yield path
    except OSError:  # a text that is no name of a file
        return
