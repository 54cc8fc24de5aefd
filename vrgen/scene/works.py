"""From a folder to works of art, in visiting order."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from vrgen.core.image import Image
from vrgen.core.progress import SILENT, Progress
from vrgen.core.scene import Scene
from vrgen.errors import InputProblem, ValueProblem
from vrgen.scene import pictures, sculptures, vectors
from vrgen.scene.catalogue import NAME, Catalogue, WorkEntry, entries_by_file, read_catalogue
from vrgen.scene.folder import WORKS, Listing, list_folder
from vrgen.scene.titles import natural_key, title_from
from vrgen.scene.work import Collection, Work

MAX_WORKS = 500
MEMORY_BYTES = 1_600_000_000
"""Decoded pixels in flight; a file that needs more goes alone."""
SHAPE_TOLERANCE = 0.02
"""How far size_cm may be from the picture's own proportions before it is mended."""

Given = ParamSpec("Given")
Result = TypeVar("Result")
PixelPlan = Callable[[Sequence[tuple[int, int]]], Sequence[int]]
"""From all works' (width, height) in pixels, (0, 0) for sculptures, to the long side each may keep."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One file with what its header says."""

    path: Path
    size: tuple[int, int]


def read_works(
    folder: Path | str,
    *,
    max_px: int | PixelPlan = 1400,
    strict: bool = False,
    load_model: Callable[[Path], Scene],
    progress: Progress = SILENT,
) -> Collection:
    """Read 1 to 500 works and the gallery.toml beside them.

    `max_px` limits the long side of pictures, all alike or by a plan (`budget.picture_pixels`);
    `load_model` reads .glb and .gltf files. Works with an `order` come first, the others follow by name,
    '2' before '10'. What cannot be hung is left out with its reason, or with `strict` is an InputProblem,
    as are a missing or empty folder and one of more than 500 works; UsageProblem for a gallery.toml with a
    wrong key or value. The result does not depend on the number of threads.
    """
    folder = Path(folder)
    catalogue, listing, entries = _survey(folder, progress)
    left_out = {name: _unknown(name) for name in listing.unknown}
    works: list[Work] = []
    with pictures.own_limits(), _pool() as pool:
        paths = [folder / name for name in listing.works]
        sizes = list(zip(paths, pool.map(_attempt(_size), paths), strict=True))
        found = [_Found(path, size) for path, size in sizes if not isinstance(size, str)]
        left_out |= {path.name: reason for path, reason in sizes if isinstance(reason, str)}
        _stop_if(strict, left_out)
        reader = _Reader(load_model, _Gate(MEMORY_BYTES))
        contents = pool.map(_attempt(reader.read), found, _limits(found, max_px))
        with progress.stage("reading works", len(found)) as advance:
            for item, content in zip(found, contents, strict=True):
                if isinstance(content, _Content):
                    works.append(_work(item, content, entries.get(item.path.name), progress))
                else:
                    left_out[item.path.name] = content
                    _stop_if(strict, left_out)
                advance(1)
    return _collected(folder, catalogue, works, left_out)


@contextmanager
def _pool() -> Iterator[ThreadPoolExecutor]:
    """Threads whose waiting work is dropped when anything goes wrong, so that an interrupt is prompt."""
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _survey(folder: Path, progress: Progress) -> tuple[Catalogue, Listing, Mapping[str, WorkEntry]]:
    toml = folder / NAME
    catalogue = read_catalogue(toml) if toml.is_file() else Catalogue()
    listing = list_folder(folder, wanted=frozenset(entry.file for entry in catalogue.work))
    if listing.folders:
        progress.note(f"not looked into: {', '.join(listing.folders)} (works are read from {folder} itself)")
    if not listing.works and not catalogue.work:
        inside = f"; its subfolder {listing.folders[0]} has some, give that" if listing.folders else ""
        kinds = ", ".join(sorted(suffix.removeprefix(".") for suffix in WORKS))
        raise InputProblem(f"{folder} holds no works, expected files of these kinds: {kinds}{inside}")
    if len(listing.works) > MAX_WORKS:
        raise InputProblem(
            f"{folder} holds {len(listing.works)} works, expected at most {MAX_WORKS}; "
            "split them into several shows"
        )
    return catalogue, listing, entries_by_file(catalogue, list(listing.works))


def _attempt(work: Callable[Given, Result]) -> Callable[Given, Result | str]:
    """`work`, with the reason as text instead of an InputProblem."""

    def tried(*args: Given.args, **named: Given.kwargs) -> Result | str:
        try:
            return work(*args, **named)
        except (InputProblem, ValueProblem) as problem:
            return str(problem)
        except OSError as problem:
            return f"cannot be read ({problem.strerror}); mend that first"

    return tried


def _stop_if(strict: bool, left_out: Mapping[str, str]) -> None:
    if strict and left_out:
        name, reason = min(left_out.items(), key=lambda item: natural_key(item[0]))
        raise InputProblem(f"{name}: {reason}")


def _unknown(name: str) -> str:
    ending = Path(name).suffix or "no ending"
    return f"is of a kind that is not read ({ending}); save it as PNG, JPEG, SVG or GLB"


def _size(path: Path) -> tuple[int, int]:
    suffix = path.suffix.lower()
    if suffix in pictures.SUFFIXES:
        return pictures.picture_size(path)
    return vectors.vector_size(path) if suffix in vectors.SUFFIXES else (0, 0)


def _limits(found: Sequence[_Found], max_px: int | PixelPlan) -> list[int]:
    if isinstance(max_px, int):
        return [max_px] * len(found)
    return list(max_px([_wealth(item) for item in found]))


def _wealth(item: _Found) -> tuple[int, int]:
    """Pixels to plan with: a drawing has as many as one likes."""
    width, height = item.size
    if item.path.suffix.lower() not in vectors.SUFFIXES:
        return width, height
    scale = -(-8192 // max(width, height))
    return width * scale, height * scale


class _Gate:
    """Lets decoding go ahead while its bytes fit; one that never fits goes when it is alone."""

    def __init__(self, capacity: int) -> None:
        self._capacity, self._used = capacity, 0
        self._changed = threading.Condition()

    @contextmanager
    def holding(self, amount: int) -> Iterator[None]:
        amount = min(amount, self._capacity)
        with self._changed:
            self._changed.wait_for(lambda: self._used + amount <= self._capacity)
            self._used += amount
        try:
            yield
        finally:
            with self._changed:
                self._used -= amount
                self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class _Content:
    image: Image | None
    model: Scene | None
    digest: str


@dataclass(frozen=True, slots=True)
class _Reader:
    load_model: Callable[[Path], Scene]
    gate: _Gate

    def read(self, item: _Found, max_px: int) -> _Content:
        suffix = item.path.suffix.lower()
        with item.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if suffix in vectors.SUFFIXES:
            return _Content(vectors.read_vector(item.path, max_px), None, digest)
        if suffix in sculptures.SUFFIXES:
            # A model in memory takes several times its file.
            with self.gate.holding(8 * item.path.stat().st_size):
                return _Content(None, sculptures.read_sculpture(item.path, self.load_model), digest)
        with self.gate.holding(4 * item.size[0] * item.size[1]):
            return _Content(pictures.read_picture(item.path, max_px), None, digest)


def _work(item: _Found, content: _Content, entry: WorkEntry | None, progress: Progress) -> Work:
    name = item.path.name
    title, year = title_from(name)
    entry = entry or WorkEntry(file=name)
    return Work(
        file=name,
        image=content.image,
        model=content.model,
        size_m=_size_m(name, content, entry, progress),
        title=entry.title if entry.title is not None else title,
        artist=entry.artist,
        year=str(entry.year) if entry.year is not None else year,
        text=entry.text,
        alt=entry.alt,
        order=entry.order,
        room=entry.room,
        source_px=item.size,
        digest=content.digest,
    )


def _size_m(name: str, content: _Content, entry: WorkEntry, progress: Progress) -> tuple[float, float] | None:
    """(width, height) in metres; a picture keeps its proportions whatever size_cm says."""
    if entry.size_cm is None:
        return None
    aspect = _aspect(content)
    if not isinstance(entry.size_cm, tuple):
        return entry.size_cm * aspect / 100, entry.size_cm / 100
    width, height = entry.size_cm[0] / 100, entry.size_cm[1] / 100
    if content.image is None or abs(width / height / aspect - 1) <= SHAPE_TOLERANCE:
        return width, height
    fitted = (width, width / aspect) if width / height < aspect else (height * aspect, height)
    progress.note(
        f"{name}: size_cm is {entry.size_cm[0]:g} x {entry.size_cm[1]:g}, but the picture has other "
        f"proportions; hung at {fitted[0] * 100:.1f} x {fitted[1] * 100:.1f} cm"
    )
    return fitted


def _aspect(content: _Content) -> float:
    if content.image is not None:
        return content.image.width / content.image.height
    assert content.model is not None  # a work is a picture or a sculpture
    low, high = content.model.bounds()
    width, height, depth = (float(side) for side in high - low)
    return max(width, depth) / height if height > 0 else 1.0


def _collected(
    folder: Path, catalogue: Catalogue, works: list[Work], left_out: Mapping[str, str]
) -> Collection:
    reasons = sorted(left_out.items(), key=lambda item: natural_key(item[0]))
    if not works:
        name, reason = reasons[0]
        raise InputProblem(f"none of the files in {folder} can be hung, the first because {name} {reason}")
    works.sort(key=lambda work: (work.order is None, work.order or 0, natural_key(work.file)))
    show = catalogue.gallery
    return Collection(
        works=tuple(works),
        title=show.title,
        style=show.style,
        seed=show.seed,
        sky=None if show.sky is None else str(show.sky),
        left_out=tuple(reasons),
    )
