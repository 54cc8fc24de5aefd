"""Export: the page as a static folder that any web server can host, also below a path of its own."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vrgen.core.progress import SILENT, Progress
from vrgen.core.scene import Scene
from vrgen.errors import OutputProblem
from vrgen.view.web.show import Ports, load_show
from vrgen.view.web.site import Site, SiteOptions, site_of

MARKER = ".vrgen-site.json"
"""Says which files of a folder are ours; without it nothing in a folder is touched."""
JEKYLL = ".nojekyll"
"""Tells GitHub Pages to host the files as they are."""
LAST = ("show.json", "index.html", MARKER)
"""Take their places after all that they refer to."""


@dataclass(frozen=True, slots=True)
class ExportWebOptions:
    """What is written besides the gallery and its catalogue."""

    works: bool = True
    """Write each work as a GLB of its own, to be placed on a real wall in AR."""


@dataclass(frozen=True, slots=True)
class SiteReport:
    """What was written."""

    folder: Path
    """The site."""
    files: int
    """How many."""
    bytes: int
    """All together."""
    works: int
    """Works in the catalogue."""


def export_site(
    what: Scene | Path,
    folder: Path,
    options: ExportWebOptions,
    ports: Ports,
    *,
    progress: Progress = SILENT,
    page: Path | None = None,
) -> SiteReport:
    """Write the site of a scene or of a .glb or .gltf file into `folder`.

    A folder that is new appears whole or not at all. In one that holds an earlier export, files take the
    place of the old ones one by one after all are written, what is left over of the earlier export goes, and
    what others put there stays. Raises OutputProblem for any other folder with something in it, InputProblem
    for the file, MissingPart where the page was not built.
    """
    folder = Path(folder)
    earlier = _earlier(folder)
    show = load_show(what, ports)
    site = site_of(show, ports, SiteOptions(live=False, singles=options.works, page=page), progress)
    with _translated(folder), _staging(folder, inside=earlier is not None) as staging:
        size = _fill(staging, site, progress)
        if earlier is None:
            _appear(staging, folder)
        else:
            _take_places(staging, folder, earlier)
    return SiteReport(folder, len(site.parts), size, len(show.exhibits))


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise OutputProblem(
            f"cannot write {folder}: {problem.strerror or problem}; free some space or choose another place"
        ) from problem


def _earlier(folder: Path) -> tuple[str, ...] | None:
    """Files of an earlier export in the folder; None when it is empty or not there yet."""
    if folder.exists() and not folder.is_dir():
        raise OutputProblem(f"{folder} is a file, expected a folder to write into; choose another name")
    with _translated(folder):
        if not folder.exists() or not any(folder.iterdir()):
            return None
    try:
        names = json.loads((folder / MARKER).read_text(encoding="utf-8"))["files"]
        return tuple(name for name in names if isinstance(name, str) and _is_inside(name))
    except (OSError, ValueError, TypeError, KeyError):
        raise OutputProblem(
            f"{folder} holds files that no export of vrgen wrote; choose a new or an empty folder"
        ) from None


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


@contextmanager
def _staging(folder: Path, *, inside: bool) -> Iterator[Path]:
    """An empty folder on the same disk, gone at the end."""
    home = folder if inside else folder.absolute().parent
    home.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=home, prefix=f".{folder.name or 'site'}-"))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _fill(staging: Path, site: Site, progress: Progress) -> int:
    """Make every file of the site; bytes in all."""
    size = 0
    with progress.stage("writing the site", len(site.parts)) as advance:
        for name, part in site.parts.items():
            path = staging / name
            path.parent.mkdir(parents=True, exist_ok=True)
            data = part.make()
            path.write_bytes(data)
            size += len(data)
            advance(1)
    (staging / JEKYLL).touch()
    said = {"generator": site.said["generator"], "files": sorted([*site.parts, JEKYLL, MARKER])}
    (staging / MARKER).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return size


def _appear(staging: Path, folder: Path) -> None:
    """A new folder, or an empty one, becomes the site at once."""
    umask = os.umask(0)
    os.umask(umask)
    os.chmod(staging, 0o777 & ~umask)  # a temporary folder is for its owner alone, a site is not
    if folder.exists() and os.name == "nt":
        folder.rmdir()
    os.replace(staging, folder)


def _take_places(staging: Path, folder: Path, earlier: tuple[str, ...]) -> None:
    """Every file takes the place of its older one, those that refer to others last; leftovers go."""
    names = [path.relative_to(staging).as_posix() for path in sorted(staging.rglob("*")) if path.is_file()]
    for name in sorted(names, key=lambda name: LAST.index(name) if name in LAST else -1):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(staging / name, target)
    for name in sorted(set(earlier) - set(names)):
        path = folder / name
        if path.resolve().is_relative_to(folder.resolve()):
            path.unlink(missing_ok=True)
            _remove_empty(path.parent, folder)


def _remove_empty(path: Path, folder: Path) -> None:
    while path != folder and path.is_dir() and not any(path.iterdir()):
        path.rmdir()
        path = path.parent
