"""Files: output appears whole or not at all, and what travels with the package is found."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vrgen.errors import MissingPart, OutputProblem


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is synced and takes the final name.

    On any exception nothing stays behind. OSErrors become OutputProblem with one sentence.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
        os.close(handle)
    except OSError as problem:
        raise OutputProblem(
            f"cannot write {path}: {problem.strerror}; choose a folder that can be written"
        ) from problem
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as problem:
        raise OutputProblem(
            f"cannot write {path}: {problem.strerror or problem}; free some space or choose another place"
        ) from problem
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def resource(name: str) -> Path:
    """Path of a file or folder that travels with vrgen: `shaders/...` or `assets/...`.

    Installed, they lie inside the package; in a checkout, at its top level.
    """
    package = Path(__file__).resolve().parent.parent
    for root in (package, package.parent):
        if (root / name).exists():
            return root / name
    raise MissingPart(f"{name} did not come with this installation of vrgen; install it again with pip")
