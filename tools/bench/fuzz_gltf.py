"""Mutation fuzzing of the glTF importer, with trimesh and pygltflib on the same inputs.

Valid files are changed by bytes (flips, cuts, repeats, zeros) and by values of their JSON (another type, a
huge or negative number, another index, a key gone, a list a thousand times). Each importer reads every input
in a process of its own with 4 GiB of memory; what counts is how it ends:

* `crash`: the process died, of a signal or for want of memory;
* `hang`: no answer in 20 seconds;
* `foreign`: an exception that is not of the importer's own kind (of vrgen: VrgenError; trimesh and pygltflib
  have none: ValueError counts as theirs).

`python tools/bench/fuzz_gltf.py --minutes 10` prints the table and appends rows to tools/bench/results.csv.
`--keep FOLDER` keeps the inputs that ended badly with vrgen.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import struct
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from table import report, row

MEMORY = 4 * 2**30
"""Bytes of address space beside what the libraries take themselves."""
PATIENCE = 20.0
ODD = (None, -1, 0, 1, 3, 5126, 10**9, 10**30, 1.5, -1e38, 1e308, "", "x", "../x", [], {}, True, [[]], [None])


def split(data: bytes) -> tuple[dict[str, Any], bytes]:
    """JSON and BIN chunk of a sound GLB."""
    size = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def glb(document: Any, binary: bytes) -> bytes:
    """A GLB of a document, which may be any JSON, and its BIN chunk."""
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    chunks += struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a document."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield (*path, key)
        yield from places(item, (*path, key))


def with_other_values(data: bytes, rng: random.Random) -> bytes:
    """One to three values of the JSON changed."""
    document, binary = split(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        found = list(places(document))
        *path, last = max(
            rng.sample(found, min(3, len(found))), key=len
        )  # leaves more often than whole lists
        parent = document
        for key in path:
            parent = parent[key]
        old, kind = parent[last], rng.randrange(6)
        if kind == 0:
            del parent[last]
        elif kind == 1 and isinstance(old, int | float):
            parent[last] = rng.choice((old + 1, old - 1, old * 1000, -old, old / 2))
        elif kind == 2 and isinstance(old, list) and len(json.dumps(old)) < 2000:
            parent[last] = old * rng.choice((2, 1000))
        elif kind == 3:
            other = document
            for key in rng.choice(list(places(document))):
                other = other[key]
            parent[last] = json.loads(json.dumps(other))
        else:
            parent[last] = rng.choice(ODD)
    return glb(document, binary)


def with_other_bytes(data: bytes, rng: random.Random) -> bytes:
    """A few bytes flipped, cut out, repeated or zeroed; half the time in the JSON."""
    bad = bytearray(data)
    end = 20 + struct.unpack_from("<I", data, 12)[0] if rng.random() < 0.5 else len(data)
    for _ in range(rng.randint(1, 6)):
        place, kind = rng.randrange(min(end, len(bad))), rng.randrange(5)
        size = rng.choice((1, 4, 64, 1024))
        if kind == 0:
            bad[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            bad[place] = rng.randrange(256)
        elif kind == 2:
            del bad[place : place + size]
        elif kind == 3:
            bad[place:place] = bad[place : place + size]
        else:
            bad[place : place + size] = bytes(len(bad[place : place + size]))
        if not bad:
            return b""
    if len(bad) >= 12 and rng.random() < 0.8:  # else nothing but the header's length is looked at
        struct.pack_into("<I", bad, 8, len(bad))
    return bytes(bad)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The file, changed; the same generator gives the same change."""
    return with_other_values(data, rng) if rng.random() < 0.6 else with_other_bytes(data, rng)


def importer(name: str) -> tuple[Any, tuple[type[BaseException], ...]]:
    """(function that reads a path, the exceptions that are its own)."""
    if name == "vrgen":
        from vrgen.errors import VrgenError
        from vrgen.gltf import read

        return read, (VrgenError,)
    if name == "trimesh":
        import trimesh

        return trimesh.load_scene, (ValueError,)
    import pygltflib

    return pygltflib.GLTF2().load, (ValueError,)


def serve(name: str, pipe: Connection) -> None:
    """Read what is asked for and say how it ended."""
    read, own = importer(name)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    while True:
        path = pipe.recv()
        try:
            read(path)
            pipe.send(("read", ""))
        except (*own, ImportError):  # what an installation lacks is no fault of the importer
            pipe.send(("refused", ""))
        except MemoryError:
            pipe.send(("crash", "MemoryError"))
        except BaseException as problem:
            pipe.send(("foreign", f"{type(problem).__name__}: {problem}"[:200]))


class Reader:
    """An importer in a process of its own, started again when it dies."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ends: Counter[str] = Counter()
        self.told: Counter[str] = Counter()
        self._start()

    def _start(self) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(
            target=serve, args=(self.name, theirs), daemon=True
        )
        self._process.start()
        theirs.close()

    def end(self, path: Path, patience: float = PATIENCE) -> str:
        """How reading a file ends: `read`, `refused`, `foreign`, `crash` or `hang`."""
        told = ""
        try:
            self._pipe.send(str(path))
            end, told = self._pipe.recv() if self._pipe.poll(patience) else ("hang", "")
        except (EOFError, OSError):
            end = "crash"
        if end == "hang":
            self._process.kill()
        if end == "hang" or (end == "crash" and not told):
            self._process.join()
            self._start()
        self.ends[end] += 1
        if told:
            self.told[told.split(":")[0]] += 1
        self.last = told
        return end

    def close(self) -> None:
        """End the process."""
        self._process.kill()


def seeds(folder: Path, more: list[Path]) -> list[bytes]:
    """Small sound files: one of our own with every kind of value, and those that were given."""
    import sys

    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from tests.gltf.test_passthrough import animated, coated_and_more

    files = [animated().save(folder).read_bytes(), coated_and_more().save(folder).read_bytes()]
    return files + [path.read_bytes() for path in more]


def main() -> None:
    """Fuzz for so many minutes and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path, help="more sound GLB files to start from")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long")
    parser.add_argument("--seed", type=int, default=0, help="of the changes")
    parser.add_argument("--keep", type=Path, help="folder for the inputs that ended badly")
    parser.add_argument("--no-peers", action="store_true", help="vrgen alone")
    told = parser.parse_args()
    rng = random.Random(told.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        good = seeds(folder, told.files)
        readers = [Reader("vrgen"), *([] if told.no_peers else [Reader("trimesh"), Reader("pygltflib")])]
        for reader in readers:  # the first answer waits for the imports
            reader.end(folder / "none.glb", 300.0)
            reader.ends.clear()
            reader.told.clear()
        path, count, end = folder / "a.glb", 0, time.monotonic() + 60 * told.minutes
        while time.monotonic() < end:
            data = mutated(rng.choice(good), rng)
            path.write_bytes(data)
            count += 1
            for reader in readers:
                how = reader.end(path)
                if reader.name == "vrgen" and how not in ("read", "refused"):
                    print(f"input {count}: {how} {reader.last}", flush=True)
                    if told.keep:
                        told.keep.mkdir(parents=True, exist_ok=True)
                        (told.keep / f"{how}_{told.seed}_{count}.glb").write_bytes(data)
    for reader in readers:
        reader.close()
    keep(readers, count)


def keep(readers: list[Reader], count: int) -> None:
    """Print and keep the counts, ours beside each peer's."""
    ours, *peers = readers
    rows = []
    for kind in ("crash", "hang", "foreign"):
        for peer in peers:
            note = f"of {count} inputs"
            if kind == "foreign":
                note += f", {len(peer.told)} kinds against {len(ours.told)}"
            what = f"{kind}, against {peer.name}"
            rows.append(
                row(
                    "fuzz_gltf",
                    what,
                    float(ours.ends[kind]),
                    unit="inputs",
                    peer=float(peer.ends[kind]),
                    note=note,
                )
            )
    for reader in readers:
        print(f"{reader.name:10} {dict(reader.ends)} {dict(reader.told.most_common(12))}")
    if rows:
        report(rows)


if __name__ == "__main__":
    main()
