"""Bundle: the built page (HTML, script, style, decoders), found and read, and nothing outside its folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vrgen.core.files import resource
from vrgen.errors import InputProblem, MissingPart

FOLDER = "assets/page"
"""Where the build leaves it."""
FIRST = "index.html"
MEND = "type: make page (needs Node.js 18 or newer)"


def bundle(folder: Path | None = None) -> dict[str, Path]:
    """The files of the page by relative name with slashes. Raises MissingPart where it was not built.

    Hidden files are left out, and links that lead out of the folder.
    """
    if folder is None:
        try:
            folder = resource(FOLDER)
        except MissingPart as problem:
            raise MissingPart(f"the page is not built: there is no {FOLDER}; {MEND}") from problem
    files = dict(_inside(folder))
    if FIRST not in files:
        raise MissingPart(f"the page is not built: there is no {FIRST} in {folder}; {MEND}")
    return files


def _inside(folder: Path) -> Iterator[tuple[str, Path]]:
    root = folder.resolve()
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if any(part.startswith(".") for part in name.parts):
            continue
        real = path.resolve()
        if real.is_file() and real.is_relative_to(root):
            yield name.as_posix(), path


def read_inside(path: Path, root: Path) -> bytes:
    """A file of the bundle, which must still lie under `root`. Raises InputProblem."""
    real = path.resolve()
    if not real.is_relative_to(root.resolve()):
        raise InputProblem(f"{path} leads out of {root}, expected a file in it; build the page again")
    try:
        return real.read_bytes()
    except OSError as problem:
        raise InputProblem(f"cannot read {path}: {problem.strerror}; build the page again") from problem
