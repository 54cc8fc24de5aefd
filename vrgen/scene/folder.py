"""A folder as it is found: which files are works, which go with a work, which nobody can hang."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from vrgen.errors import InputProblem
from vrgen.scene import pictures, sculptures, vectors
from vrgen.scene.titles import natural_key

WORKS = pictures.SUFFIXES | vectors.SUFFIXES | sculptures.SUFFIXES
SIDECARS = frozenset(
    {".toml", ".txt", ".md", ".json", ".xmp", ".mtl", ".bin", ".ini", ".log", ".url", ".lnk"}
)
JUNK = frozenset({"thumbs.db", "desktop.ini", "icon\r", "ehthumbs.db"})
MAX_SIDECAR_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Listing:
    """Names in natural order."""

    works: tuple[str, ...]
    """Files that should be works, by their ending."""
    unknown: tuple[str, ...]
    """Files of a kind nobody here reads."""
    folders: tuple[str, ...]
    """Subfolders that hold works; they are not gone into."""


def list_folder(folder: Path, *, wanted: frozenset[str] = frozenset()) -> Listing:
    """What lies in `folder`. Textures that a model refers to are no works, unless `wanted` names them.

    InputProblem for a missing folder, a file in its place, or a folder that cannot be read.
    """
    if not folder.exists():
        raise InputProblem(f"no folder {folder}, expected a folder of pictures; check the name")
    if not folder.is_dir():
        raise InputProblem(f"{folder} is a file, expected a folder of pictures; give the folder it lies in")
    try:
        found = sorted(folder.iterdir(), key=lambda path: natural_key(path.name))
        visible = [path for path in found if not path.name.startswith(".") and path.name.lower() not in JUNK]
        files = [path for path in visible if path.is_file()]
        folders = [path.name for path in visible if path.is_dir() and _holds_works(path)]
    except OSError as problem:
        raise InputProblem(f"cannot read {folder}: {problem.strerror}; mend its permissions") from problem
    parts = {name for path in files for name in _parts(path)} - wanted
    works = [p.name for p in files if p.suffix.lower() in WORKS and p.name not in parts]
    unknown = [
        p.name
        for p in files
        if p.suffix.lower() not in WORKS | SIDECARS and p.name not in parts and not p.name.endswith("~")
    ]
    return Listing(tuple(works), tuple(unknown), tuple(folders))


def _holds_works(folder: Path) -> bool:
    try:
        return any(path.suffix.lower() in WORKS for path in folder.iterdir())
    except OSError:
        return False


def _parts(path: Path) -> Iterator[str]:
    """Names in the same folder that a model needs: the pictures of a .mtl or a .gltf, its buffers."""
    suffix = path.suffix.lower()
    if suffix not in (".mtl", ".gltf") or path.stat().st_size > MAX_SIDECAR_BYTES:
        return
    text = path.read_text("utf-8", errors="replace")
    if suffix == ".mtl":
        for line in re.findall(r"^\s*(?:map_\w+|bump|disp|decal|refl|norm)\s+(.+?)\s*$", text, re.M | re.I):
            # Options come first; a name may hold spaces, so every ending of the line is one.
            words = line.split(" ")
            yield from (" ".join(words[start:]).strip() for start in range(len(words)))
        return
    try:
        document = json.loads(text)
        for item in (*document.get("images", ()), *document.get("buffers", ())):
            yield unquote(item.get("uri", ""))
    except (ValueError, AttributeError, TypeError, RecursionError):
        return
