"""Store: what steps have made, by their keys; contents by their SHA-256. Nothing in it has to be locked.

    STORE/steps/ab/abcd....json    one step: its parts, its files, what it found out
    STORE/blobs/cd/cdef....        one content; read-only, linked into output folders
    STORE/tmp/                     work in hand; a folder here that nobody holds is swept

A file takes its name when it is whole, by a link or rename; two processes that make the same thing make the
same bytes under the same name. A step is believed while all its contents have the size and the time of change
that were written down with it; what does not is made again. The layout is that of the Remote Execution
API's action cache and content-addressable storage (bazelbuild/remote-apis), in plain files.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from vrgen.batch.digest import files_of, sha256_of
from vrgen.batch.key import Parts
from vrgen.errors import InputProblem, OutputProblem

READ_ONLY = 0o444


@dataclass(frozen=True, slots=True)
class Content:
    """One file of a step's result."""

    name: str
    """Its place below the result, with slashes."""
    sha256: str
    size: int
    changed_ns: int
    """Time of change of the stored content, in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Made:
    """A step's result as the store knows it."""

    key: str
    parts: Parts
    files: tuple[Content, ...]
    seconds: float
    """How long the making took."""
    passes: bool = True
    """Whether the verb was content: `check` is not when it finds errors."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Figures of the verb's summary: records, measures, counts."""

    def digest(self) -> str:
        """SHA-256 hex over names and contents: what the steps that take this as input see."""
        return digest_of(self.files)


class Store:
    """A folder of results that any number of runs and processes share."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def step_path(self, key: str) -> Path:
        """Where a step is written down."""
        return self.place / "steps" / key[:2] / f"{key}.json"

    def blob_path(self, sha256: str) -> Path:
        """Where a content lies."""
        return self.place / "blobs" / sha256[:2] / sha256

    def find(self, key: str) -> Made | None:
        """The result of a key, when all of it is there as it was written; None otherwise."""
        made = self.recall(key)
        if made is None or all(map(self._stands, made.files)):
            return made
        if self.damage(made):
            return None
        seen = tuple(replace(one, changed_ns=self._changed_ns(one)) for one in made.files)
        made = replace(made, files=seen)  # touched, but the same bytes: believed again
        self._write(self.step_path(key), msgspec.json.encode(made))
        return made

    def recall(self, key: str) -> Made | None:
        """What is written down about a key, its contents unseen; None when there is nothing to read."""
        try:
            made = msgspec.json.decode(self.step_path(key).read_bytes(), type=Made)
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            return None
        return made if made.key == key else None

    def put(self, key: str, parts: Parts, folder: Path, *, seconds: float, passes: bool, facts: Any) -> Made:
        """Take the files of a folder as a key's result; they are moved. Raises OutputProblem."""
        try:
            files = tuple(self._take(path, path.relative_to(folder).as_posix()) for path in files_of(folder))
            made = Made(key, parts, files, round(seconds, 4), passes, facts)
            self._write(self.step_path(key), msgspec.json.encode(made))
        except OSError as problem:
            raise OutputProblem(
                f"cannot write to the store {self.place}: {problem.strerror}; free some space, then run again"
            ) from problem
        return made

    def share(self, made: Made) -> None:
        """Let others have what was made: here they see it already."""

    def settle(self) -> None:
        """Wait until others have all of it. Raises OutputProblem."""

    def forget(self, key: str) -> None:
        """Drop a step; its contents stay for others until `prune`."""
        self.step_path(key).unlink(missing_ok=True)

    def damage(self, made: Made) -> list[str]:
        """Names of the files whose stored bytes are not what they were; those contents are removed."""
        bad = []
        for one in made.files:
            path = self.blob_path(one.sha256)
            if not path.is_file() or sha256_of(path) != one.sha256:
                path.unlink(missing_ok=True)
                bad.append(one.name)
        return bad

    def keys(self) -> Iterator[str]:
        """Keys of all steps."""
        for path in sorted((self.place / "steps").glob("??/*.json")):
            yield path.stem

    @contextmanager
    def working(self) -> Iterator[Path]:
        """An empty folder to work in; gone afterwards, or swept by a later run if this one is killed."""
        folder = self.place / "tmp" / uuid.uuid4().hex
        try:
            folder.mkdir(parents=True)
            held = FileLock(folder / ".held")
            held.acquire()
        except OSError as problem:
            raise OutputProblem(
                f"cannot work in the store {self.place}: {problem.strerror}; choose another with --store"
            ) from problem
        try:
            yield folder
        finally:
            held.release()
            shutil.rmtree(folder, ignore_errors=True)

    def sweep(self) -> int:
        """Remove the work that killed runs left behind; what is being worked on is left. How many."""
        swept = 0
        for folder in (self.place / "tmp").glob("*"):
            if time.time() - _born(folder) < 60:  # just made: it may not hold its lock yet
                continue
            try:
                with FileLock(folder / ".held", timeout=0):
                    pass
            except (Timeout, OSError):
                continue
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
        return swept

    def _stands(self, one: Content) -> bool:
        try:
            stat = os.stat(self.blob_path(one.sha256))
        except OSError:
            return False
        return stat.st_size == one.size and stat.st_mtime_ns == one.changed_ns

    def _take(self, path: Path, name: str) -> Content:
        """Move one file to its content's place; what lies there already is used when it is whole."""
        sha256 = sha256_of(path)
        blob = self.blob_path(sha256)
        blob.parent.mkdir(parents=True, exist_ok=True)
        _sync(path)
        os.chmod(path, READ_ONLY)
        # Times are taken before bytes are counted: what is damaged meanwhile, or later, shows by its time.
        stat = os.stat(path)
        try:
            os.link(path, blob)  # never replaces what another process has put there and relies on
        except FileExistsError:
            before = os.stat(blob)
            if sha256_of(blob) == sha256:
                stat = before
            else:
                os.replace(path, blob)
        except OSError:  # a file system without hard links
            os.replace(path, blob)
        return Content(name, sha256, stat.st_size, stat.st_mtime_ns)

    def copy(self, sha256: str, target: Path) -> None:
        """A content's bytes as a file of its own; raises InputProblem, and drops the content, when they are
        not what they were."""
        blob = self.blob_path(sha256)
        try:
            data = blob.read_bytes()
        except OSError:
            data = b""
        if hashlib.sha256(data).hexdigest() != sha256:
            blob.unlink(missing_ok=True)
            raise InputProblem(f"{blob} is damaged; run the same command again: it is made anew then")
        target.write_bytes(data)

    def _changed_ns(self, one: Content) -> int:
        return os.stat(self.blob_path(one.sha256)).st_mtime_ns

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{uuid.uuid4().hex}")
        try:
            # Not synced: a step that a power failure tears cannot be read and is made again; the contents
            # that it names were synced before it.
            temporary.write_bytes(data)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def open_store(place: Path) -> Store:
    """The store at a place, made when it is not there. Raises OutputProblem, InputProblem."""
    if place.exists() and not place.is_dir():
        raise InputProblem(f"{place} is a file, expected the folder of a store; choose another with --store")
    try:
        for part in ("steps", "blobs", "tmp"):
            (place / part).mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise OutputProblem(
            f"cannot make a store in {place}: {problem.strerror}; choose another place with --store"
        ) from problem
    return Store(place)


def digest_of(files: tuple[Content, ...]) -> str:
    """SHA-256 hex over names and contents; of a file alone its own."""
    if len(files) == 1:
        return files[0].sha256
    total = hashlib.sha256()
    for one in files:
        total.update(f"{one.name}\0{one.sha256}\n".encode())
    return total.hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb") as opened:
        os.fsync(opened.fileno())


def _born(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0
