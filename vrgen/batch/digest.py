"""Digest: the SHA-256 of files and folders that are there already, each read once while it stays as it is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from vrgen.core.files import writing
from vrgen.errors import InputProblem

MOST_FILES = 20_000
"""Files of one folder that is an input."""
SETTLED_NS = 2_000_000_000
"""A file younger than this when it was read may change again within its time stamp: it is read anew."""


class Digests:
    """SHA-256 of contents, remembered by path, size, time of change and inode."""

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._known: dict[str, tuple[int, int, int, str]] = {}
        self._new = False
        try:
            self._known = msgspec.json.decode(memory.read_bytes(), type=dict[str, tuple[int, int, int, str]])
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            pass  # a memory that is lost costs time, nothing else

    def of(self, path: Path) -> str:
        """SHA-256 hex of a file, or of the names and contents in a folder. Raises InputProblem."""
        try:
            if not path.is_dir():
                return self._file(path)
            total = hashlib.sha256()
            for inner in files_of(path):
                total.update(f"{inner.relative_to(path).as_posix()}\0{self._file(inner)}\n".encode())
            return total.hexdigest()
        except OSError as problem:
            raise InputProblem(f"cannot read {path}: {problem.strerror}; check the path") from problem

    def save(self) -> None:
        """Write down what was learned."""
        if self._new:
            with writing(self._memory) as temporary:
                temporary.write_bytes(msgspec.json.encode(self._known))
            self._new = False

    def _file(self, path: Path) -> str:
        stat = os.stat(path)
        place = str(path.absolute())
        size, changed, inode, digest = self._known.get(place, (-1, -1, -1, ""))
        if (size, changed, inode) == (stat.st_size, stat.st_mtime_ns, stat.st_ino):
            return digest
        digest = sha256_of(path)
        import time

        if time.time_ns() - stat.st_mtime_ns > SETTLED_NS:
            self._known[place] = (stat.st_size, stat.st_mtime_ns, stat.st_ino, digest)
            self._new = True
        return digest


def sha256_of(path: Path) -> str:
    """SHA-256 hex of a file's bytes."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def files_of(folder: Path) -> list[Path]:
    """Files in a folder and below it, in order, hidden ones left out. Raises InputProblem for too many."""
    found: list[Path] = []
    for path in _walk(folder):
        found.append(path)
        if len(found) > MOST_FILES:
            raise InputProblem(f"{folder} holds more than {MOST_FILES:,} files; name a folder of its own")
    return sorted(found)


def _walk(folder: Path) -> Iterator[Path]:
    for entry in os.scandir(folder):
        if not entry.name.startswith("."):
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path))
            elif entry.is_file():
                yield Path(entry.path)
