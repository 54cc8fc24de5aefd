"""Mutation fuzzing of the glTF importer, with trimesh and pygltflib on the same inputs.

Valid files are changed by bytes (flips, cuts, repeats, zeros) and by values of their JSON (another type, a
huge or negative number, another index, a key gone, a list a thousand times); some are packed, by meshopt,
Draco, Basis Universal and as instances. Each importer reads every input, pictures decoded, in a process of
its own with 4 GiB of memory; what counts is how it ends:

* `crash`: the process died, of a signal or for want of memory;
* `hang`: no answer in 20 seconds;
* `foreign`: an exception that is not of the importer's own kind (of vrgen: VrgenError; trimesh and pygltflib
  have none: ValueError counts as theirs).

Of vrgen also: `unnamed`, an error that names no JSON pointer and no byte; `unwritten`, a scene that was read
and cannot be written; `invalid`, a file written again in which Khronos' validator finds errors where it found
none in the input (where node and tools/check are).

`python tools/bench/fuzz_gltf.py --minutes 10` prints the table and appends rows to tools/bench/results.csv.
`--keep FOLDER` keeps the inputs that ended badly with vrgen. tools/bench/fuzz_gltf_atheris.py is the same
guided by coverage.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from fuzz_mutations import mutated
from table import report, row

ROOT = Path(__file__).resolve().parents[2]
CHECK = ROOT / "tools" / "check"
MEMORY = 4 * 2**30
"""Bytes of address space beside what the libraries take themselves."""
PATIENCE = 20.0
WRITTEN = "written.glb"
LARGEST_JUDGED = 2**16
"""Bytes of a file that the validator gets: lists a thousand times as long take it minutes."""
TOGETHER = 100
"""Files that the validator gets at once."""
BAD = ("crash", "hang", "foreign", "unnamed", "unwritten", "invalid")


def importer(name: str) -> tuple[Any, tuple[type[BaseException], ...]]:
    """(function that reads a path, the exceptions that are its own)."""
    if name == "vrgen":
        from vrgen.errors import VrgenError

        return read_and_write, (VrgenError,)
    if name == "trimesh":
        import trimesh

        return trimesh.load_scene, (ValueError,)
    import pygltflib

    return pygltflib.GLTF2().load, (ValueError,)


class Ended(Exception):
    """How reading went wrong, where it was neither a crash nor an exception."""


def read_and_write(path: str) -> None:
    """Read a file with vrgen, its pictures too, and write the scene beside it."""
    from tests.gltf.named import assert_named
    from vrgen.errors import VrgenError
    from vrgen.gltf import read, write

    try:
        scene = read(path, strict=True)
    except VrgenError as problem:
        try:
            assert_named(problem, Path(path))
        except (AssertionError, ValueError) as unnamed:
            raise Ended("unnamed", str(problem)) from unnamed
        raise
    try:
        write(scene, Path(path).with_name(WRITTEN))
    except VrgenError as problem:
        raise Ended("unwritten", str(problem)) from problem


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
        except Ended as problem:
            pipe.send(problem.args)
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
    """Small sound files: of our own with every kind of value and packing, and those that were given."""
    from tests.gltf.test_packed import instanced, packed_by_draco, packed_by_meshopt
    from tests.gltf.test_passthrough import animated, coated_and_more

    made = (animated, coated_and_more, packed_by_draco, packed_by_meshopt, instanced)
    files = [make().save(folder).read_bytes() for make in made]
    return files + [path.read_bytes() for path in (*more, *as_ktx2(folder))]


def as_ktx2(folder: Path) -> list[Path]:
    """A textured triangle whose pictures are KTX2, where node can make it."""
    import numpy as np

    from vrgen.core import Image, Mesh, Node, Scene, Surface, Texture
    from vrgen.gltf import write

    picture = Image(np.linspace(0, 255, 64 * 64 * 4).astype(np.uint8).reshape(64, 64, 4))
    places = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    worn = Surface(base_colour=Texture(picture), normal=Texture(picture), alpha_mode="blend")
    write(
        Scene("k", (Node("k", meshes=(Mesh(places, [[0, 1, 2]], worn, uv0=places[:, :2]),)),)),
        folder / "k.glb",
    )
    program = CHECK / "compress.mjs"
    words = ["node", str(program), "ktx2", str(folder / "k.glb"), str(folder / "ktx2.glb")]
    try:
        subprocess.run(words, check=True, capture_output=True, cwd=program.parent)
    except (OSError, subprocess.SubprocessError):
        print("no KTX2 among the seeds: node or tools/check/node_modules is not there")
        return []
    return [folder / "ktx2.glb"]


class Validity:
    """Whether what is written again is valid where the input was."""

    def __init__(self, folder: Path) -> None:
        here = shutil.which("node") and (CHECK / "node_modules" / "gltf-validator").is_dir()
        self._folder = folder
        self._pairs: list[tuple[bytes, Path]] = []
        self.available = bool(here)
        self.pairs = 0

    def add(self, data: bytes, written: Path) -> list[tuple[bytes, str]]:
        """Take a pair; (input, what is wrong) of those that became invalid, when enough are there."""
        if not self.available or written.stat().st_size > LARGEST_JUDGED:
            return []
        after = self._folder / f"{len(self._pairs)}_after.glb"
        written.replace(after)
        self._pairs.append((data, after))
        return self.judged() if len(self._pairs) == TOGETHER else []

    def judged(self) -> list[tuple[bytes, str]]:
        """The pairs that wait, judged: the inputs of bad ones alone, for some make the validator hang."""
        pairs, self._pairs = self._pairs, []
        self.pairs += len(pairs)
        found = []
        for (data, _), after in zip(pairs, self._errors([path for _, path in pairs]), strict=True):
            if after:
                before = self._folder / "before.glb"
                before.write_bytes(data)
                if self._errors([before]) == [[]]:
                    found.append((data, after[0]))
        return found

    def _errors(self, files: list[Path]) -> list[list[str]]:
        """The errors of each file; of one that the validator does not get through, that it does not."""
        if not files:
            return []
        words = ["node", str(CHECK / "validate.mjs"), *map(str, files)]
        try:
            told = subprocess.run(words, check=True, capture_output=True, text=True, timeout=3 * PATIENCE)
        except subprocess.SubprocessError:
            if len(files) == 1:
                return [["the validator does not get through it"]]
            return [errors for file in files for errors in self._errors([file])]
        reports = [json.loads(line)["issues"]["messages"] for line in told.stdout.splitlines()]
        return [
            [f"{item['code']} {item.get('pointer', '')}" for item in report if item["severity"] == 0]
            for report in reports
        ]


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
    sys.path.insert(0, str(ROOT))
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
        validity = Validity(folder)

        def bad(data: bytes, how: str, why: str) -> None:
            print(f"input {count}: {how} {why}", flush=True)
            if told.keep:
                told.keep.mkdir(parents=True, exist_ok=True)
                number = hashlib.sha256(data).hexdigest()[:8]
                (told.keep / f"{how}_{number}.glb").write_bytes(data)

        while time.monotonic() < end:
            data = mutated(rng.choice(good), rng)
            path.write_bytes(data)
            count += 1
            for reader in readers:
                how = reader.end(path)
                if reader.name != "vrgen":
                    continue
                if how in BAD:
                    bad(data, how, reader.last)
                for file, why in validity.add(data, folder / WRITTEN) if how == "read" else ():
                    readers[0].ends["invalid"] += 1
                    bad(file, "invalid", why)
        for file, why in validity.judged():
            readers[0].ends["invalid"] += 1
            bad(file, "invalid", why)
    for reader in readers:
        reader.close()
    keep(readers, count, validity)


def keep(readers: list[Reader], count: int, validity: Validity) -> None:
    """Print and keep the counts, ours beside each peer's."""
    ours, *peers = readers
    notes = {
        "unnamed": f"of {count} inputs",
        "unwritten": f"of {count} inputs",
        "invalid": f"of {validity.pairs} written again",
    }
    rows = [
        row("fuzz_gltf", kind, float(ours.ends[kind]), unit="inputs", note=note)
        for kind, note in notes.items()
    ]
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
    report(rows)


if __name__ == "__main__":
    main()
