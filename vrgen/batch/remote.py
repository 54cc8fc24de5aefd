"""Remote: a store that others share from afar, behind one of this machine's: S3, SFTP, a mounted disk.

Anything that fsspec knows (`s3://bucket/textures`, `sftp://host/path`, `file:///mnt/shared`) holds the same
files as a local store. What is not here is looked for there; what was made here is taken there, contents
first, the step last. Nothing of it is believed before its SHA-256 has been counted here, so a half file there
costs a making, never a wrong result. Lists are taken once a run: a step that others finish meanwhile is made
again.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from vrgen.batch.key import Parts
from vrgen.batch.store import Made, Store, open_store
from vrgen.errors import MissingPart, OutputProblem, UsageProblem

STORE = ".store"
"""Where a store lies in an output folder."""
AT_ONCE = 8
"""Files on their way at the same time."""


class RemoteStore(Store):
    """A local store that fills itself from a remote one, and fills that."""

    def __init__(self, place: Path, url: str) -> None:
        """Raises MissingPart for a protocol whose library is not there, UsageProblem for one that is none."""
        super().__init__(place)
        self.url = url
        with _told(url):
            import fsspec

            self._there, self._root = fsspec.core.url_to_fs(url)
            found = self._there.find(f"{self._root}/steps") if self._there.exists(self._root) else []
        self._steps = {Path(path).stem for path in found}
        self._going: list[Future[None]] = []
        self._pool = ThreadPoolExecutor(AT_ONCE, "remote-store")

    def find(self, key: str) -> Made | None:
        """The result of a key, fetched when it lies afar alone; None otherwise."""
        here = super().find(key)
        return here if here is not None or key not in self._steps else self._fetched(key)

    def share(self, made: Made) -> None:
        """Take what was made there, in the background."""
        if made.key not in self._steps:
            self._steps.add(made.key)
            self._going.append(self._pool.submit(self._push, made))

    def settle(self) -> None:
        """Wait until everything is there. Raises OutputProblem for what could not be taken."""
        going, self._going = self._going, []
        with _told(self.url):
            for future in going:
                future.result()

    def _fetched(self, key: str) -> Made | None:
        try:
            made = msgspec.json.decode(self._there.cat_file(self._afar(self.step_path(key))), type=Made)
            contents = list(self._pool.map(self._content, [one.sha256 for one in made.files]))
        except (OSError, ValueError, msgspec.DecodeError, msgspec.ValidationError):
            return None
        whole = made.key == key and None not in contents
        parts: Parts = made.parts
        if not whole or parts.key() != key:
            return None
        with self.working() as folder:
            for one, data in zip(made.files, contents, strict=True):
                path = folder / "out" / one.name
                if data is None or not path.resolve().is_relative_to(folder.resolve()):
                    return None
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            (folder / "out").mkdir(exist_ok=True)
            return self.put(
                key, parts, folder / "out", seconds=made.seconds, passes=made.passes, facts=made.facts
            )

    def _content(self, sha256: str) -> bytes | None:
        import hashlib

        data: bytes = self._there.cat_file(self._afar(self.blob_path(sha256)))
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def _push(self, made: Made) -> None:
        for one in made.files:
            here, there = self.blob_path(one.sha256), self._afar(self.blob_path(one.sha256))
            if not self._there.exists(there) or self._there.size(there) != one.size:
                self._there.makedirs(there.rpartition("/")[0], exist_ok=True)
                self._there.pipe_file(there, here.read_bytes())
        step = self._afar(self.step_path(made.key))
        self._there.makedirs(step.rpartition("/")[0], exist_ok=True)
        self._there.pipe_file(step, msgspec.json.encode(made))

    def _afar(self, here: Path) -> str:
        return f"{self._root}/{here.relative_to(self.place).as_posix()}"


def store_for(place: Path | str | None, out: Path) -> Store:
    """The store of a run: in its output when no place is named, else that folder, or one before a URL.

    Raises OutputProblem, InputProblem, UsageProblem and MissingPart.
    """
    own = (out / STORE).absolute()
    if place is None or "://" in str(place):
        here = open_store(own)
        return here if place is None else RemoteStore(here.place, str(place))
    return open_store(Path(place).absolute())


@contextmanager
def _told(url: str) -> Iterator[Any]:
    """Foreign errors of file systems as ours."""
    try:
        yield
    except ImportError as problem:
        raise MissingPart(f"the store {url} needs another library: {problem}") from problem
    except ValueError as problem:
        raise UsageProblem(
            f"store: got {url}, expected a folder or a URL such as s3://bucket/folder ({problem})"
        ) from problem
    except OSError as problem:
        raise OutputProblem(
            f"the store {url} cannot be used ({problem}); what was made is in the output folder's .store"
        ) from problem
