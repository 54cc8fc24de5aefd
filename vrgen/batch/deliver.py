"""Deliver: results of the store appear in the output folder, as links where the file system has them."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path

from vrgen.batch.store import Made, Store
from vrgen.errors import OutputProblem

STEM = "item"
"""What a step calls its one file; delivered, this part of the name is the item's own."""


def paths_of(name: str, made: Made, out: Path, *, folder: bool) -> list[Path]:
    """Where the files of an item stand in the output folder: in one of its own, or beside its siblings."""
    return [out / name / one.name if folder else out / _renamed(name, one.name) for one in made.files]


def stands(made: Made, store: Store, paths: list[Path]) -> bool:
    """Whether what was delivered is there and is what the store holds."""
    return all(_same(path, one.size, one.changed_ns) for path, one in zip(paths, made.files, strict=True))


def deliver(made: Made, store: Store, paths: list[Path]) -> None:
    """Put every file in its place, whole or not at all. Raises OutputProblem."""
    for path, one in zip(paths, made.files, strict=True):
        if _same(path, one.size, one.changed_ns):
            continue
        try:
            place(store.blob_path(one.sha256), path)
        except OSError as problem:
            raise OutputProblem(
                f"cannot write {path}: {problem.strerror}; free some space or choose another folder"
            ) from problem


def place(blob: Path, path: Path) -> None:
    """Put a content where it is to be seen, whole or not at all: linked, or copied. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid.uuid4().hex}")
    try:
        try:
            os.link(blob, temporary)
        except OSError:  # another disk, or a file system without hard links
            shutil.copy2(blob, temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _same(path: Path, size: int, changed_ns: int) -> bool:
    try:
        stat = os.stat(path)
    except OSError:
        return False
    return stat.st_size == size and stat.st_mtime_ns == changed_ns


def _renamed(name: str, file: str) -> str:
    """`dusk/3` and `item_preview.png`: `dusk/3_preview.png`."""
    return f"{name}{file.removeprefix(STEM)}" if file.startswith(STEM) else f"{name}_{file}"
