"""Checks at the boundary: what was got, what was expected, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vrgen.errors import InputProblem, OutputProblem, ValueProblem, nearest

SIZES = (32, 8192)
"""Least and largest edge in pixels of what is generated."""
SEEDS = (0, 2**63 - 1)
"""Seeds are what a signed 64-bit integer holds, from 0."""


def within(name: str, value: int | float, low: int | float, high: int | float) -> None:
    """Raise ValueProblem unless low <= value <= high (a NaN is never within)."""
    if not low <= value <= high:
        raise ValueProblem(f"{name}: got {value}, expected {low} to {high}; choose a value in that range")


def one_of(name: str, value: str, known: Sequence[str]) -> None:
    """Raise ValueProblem with the nearest name unless `value` is known."""
    if value not in known:
        close = nearest(value, tuple(known))
        raise ValueProblem(f"{name}: got {value!r}.{close} Expected one of: {', '.join(known)}.")


def suffix_of(name: str, path: Path, known: Sequence[str]) -> None:
    """Raise ValueProblem unless the file's name ends in one of `known` (lower case, with the dot)."""
    if path.suffix.lower() not in known:
        raise ValueProblem(
            f"{name}: got {path}, expected a name that ends in {' or '.join(known)}; rename it"
        )


def readable(path: Path) -> None:
    """Raise InputProblem unless `path` is a file that can be read."""
    if path.is_dir():
        raise InputProblem(f"{path} is a folder, expected a file; name the file in it")
    if not path.exists():
        raise InputProblem(f"there is no file {path}; check the path")
    try:
        path.open("rb").close()
    except OSError as problem:
        raise InputProblem(f"cannot read {path}: {problem.strerror}; check its permissions") from problem


def writable(path: Path) -> None:
    """Raise OutputProblem, before any long work, unless a file can be put at `path`.

    Missing folders are made. A trial file is written and removed, because permission bits alone do
    not tell (read-only mounts, full disks, root).
    """
    from vrgen.core.files import writing

    if path.is_dir():
        raise OutputProblem(
            f"{path} is a folder, expected the name of a file; add one, as in {path}/show.glb"
        )
    try:
        with writing(path.with_name(f".{path.name}.trial")) as trial:
            trial.write_bytes(b"\0" * 4096)
        path.with_name(f".{path.name}.trial").unlink(missing_ok=True)
    except OutputProblem as problem:
        cause = problem.__cause__
        why = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(problem)
        raise OutputProblem(f"cannot write {path}: {why}; choose a place that can be written") from problem


def writable_folder(path: Path) -> None:
    """Raise OutputProblem, before any long work, unless files can be put into the folder `path`."""
    if path.exists() and not path.is_dir():
        raise OutputProblem(f"{path} is a file, expected a folder to write into; choose another name")
    try:
        writable(path / "trial")
    except OutputProblem as problem:
        raise OutputProblem(str(problem).replace(str(path / "trial"), str(path))) from problem
