"""Encoders of KTX2: Basis Universal's own program, or its wasm run by node on machines that it is not for.

Both come from npm (tools/optimize builds them into assets/optimize).
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vrgen.core.files import resource
from vrgen.errors import MissingPart
from vrgen.gltf.optimize.children import Children

PROGRAM = "assets/optimize"
OLDEST_NODE = 18
MOST_THREADS = 16
SECONDS_AN_ITEM = 240.0
"""Time that one texture gets, on the slowest machine."""
ETC1S_EFFORT, UASTC_EFFORT = 1, 1
"""Of both formats: more costs two to four times the time for half a dB."""
RDO = {True: 1.0, False: 0.25}
"""UASTC's trade of quality for size: colour (True) a quarter smaller for 3 of its 44 dB, data less."""
ZSTD = 18
MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class KtxJob:
    """One texture to encode. Equal jobs are done once."""

    source: Path
    """RGBA8 rows; a name that says what is in it."""
    size: tuple[int, int]
    """Width, height."""
    alpha: bool
    """Whether its alpha says something."""
    srgb: bool
    """Or linear data."""
    uastc: bool
    """Or ETC1S."""
    quality: int
    """Of ETC1S, 1 to 255."""
    clamped: bool = False
    """Whether it ends at its edge, also in its mipmaps."""

    @property
    def cost(self) -> int:
        """Pixels, those of UASTC counted thrice."""
        return self.size[0] * self.size[1] * (3 if self.uastc else 1)


@lru_cache(maxsize=4)
def native(program: str = PROGRAM) -> Path | None:
    """Basis Universal's program for this machine, if it is here and starts."""
    machine = MACHINES.get(platform.machine().lower(), "")
    suffix = ".exe" if sys.platform == "win32" else ""
    try:
        path = resource(f"{program}/basisu-{sys.platform}-{machine}{suffix}")
        if not os.access(path, os.X_OK):
            path.chmod(0o755)
        said = subprocess.run([path, "-version"], capture_output=True, timeout=20, check=False)
    except (MissingPart, OSError, subprocess.SubprocessError):
        return None
    return path if said.returncode == 0 else None


def missing() -> str:
    """What stands in the way of KTX2, with the remedy; '' when it can be written."""
    if native(PROGRAM) is not None:
        return ""
    return without_node("main.mjs")


def without_node(script: str) -> str:
    """What stands in the way of a script of ours that node runs, with the remedy; '' for nothing."""
    try:
        resource(f"{PROGRAM}/{script}")
    except MissingPart:
        return "the encoders are not built; type `make encoders` in a checkout, or install vrgen's wheel"
    node = shutil.which("node")
    remedy = f"install Node.js {OLDEST_NODE} or newer"
    if node is None:
        return f"no encoder runs on this machine by itself, and there is no node to run the other; {remedy}"
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False)
        version = int(said.stdout.strip().lstrip("v").partition(".")[0] or 0)
    except (OSError, ValueError, subprocess.SubprocessError):
        version = 0
    return "" if version >= OLDEST_NODE else f"node is too old; {remedy}"


def encode(
    jobs: Sequence[KtxJob], done: dict[KtxJob, bytes], *, advance: Callable[[int], None]
) -> list[bytes]:
    """A KTX2 file with mipmaps for every job, and in `done`, where what was made before is found again.

    The bytes do not depend on how many work beside each other. Raises MissingPart when nothing here can
    encode, OutputProblem when it fails or takes too long. Whatever ends it ends its processes.
    """
    waiting = sorted(dict.fromkeys(job for job in jobs if job not in done), key=lambda job: -job.cost)
    advance(sum(job in done for job in jobs))
    if waiting:
        gap = missing()
        if gap:
            raise MissingPart(gap)
        program = native(PROGRAM)
        for job, data in _by_itself(program, waiting) if program else _by_node(waiting):
            done[job] = _said_srgb(data) if job.srgb else data
            advance(jobs.count(job))
    return [done[job] for job in jobs]


def threads(items: int) -> int:
    """How many work beside each other."""
    return max(1, min(os.cpu_count() or 1, MOST_THREADS, items))


def _by_itself(program: Path, jobs: Sequence[KtxJob]) -> Iterator[tuple[KtxJob, bytes]]:
    """One process a texture, as many beside each other as there are cores."""
    with (
        tempfile.TemporaryDirectory(prefix="vrgen-") as name,
        Children("the encoder") as children,
        ThreadPoolExecutor(threads(len(jobs))) as pool,
    ):
        work = {
            pool.submit(_one, program, job, Path(name) / str(number), children): job
            for number, job in enumerate(jobs)
        }
        try:
            for future in as_completed(work):
                yield work[future], future.result()
        except BaseException:
            children.end()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _one(program: Path, job: KtxJob, place: Path, children: Children) -> bytes:
    import cv2
    import numpy as np

    picture, out = place.with_suffix(".png"), place.with_suffix(".ktx2")
    pixels = np.fromfile(job.source, np.uint8).reshape(job.size[1], job.size[0], 4)
    order = [2, 1, 0, 3] if job.alpha else [2, 1, 0]
    cv2.imwrite(str(picture), pixels[..., order], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    words = [str(program), "-file", str(picture), "-output_file", str(out), *_words(job)]
    children.run(words, patience=SECONDS_AN_ITEM)
    picture.unlink()
    return out.read_bytes()


def _words(job: KtxJob) -> list[str]:
    """Metrics are linear throughout: weighing channels as video does tints what is nearly white."""
    words = ["-ktx2", "-mipmap", "-no_multithreading", "-linear", "-mip_srgb" if job.srgb else "-mip_linear"]
    words += ["-mip_clamp"] if job.clamped else []
    if not job.uastc:
        return [*words, "-q", str(job.quality), "-comp_level", str(ETC1S_EFFORT)]
    rdo = ["-uastc_rdo_l", str(RDO[job.srgb]), "-uastc_rdo_m"]
    return [*words, "-uastc", "-uastc_level", str(UASTC_EFFORT), *rdo, "-ktx2_zstandard_level", str(ZSTD)]


def _said_srgb(data: bytes) -> bytes:
    """The file with sRGB as its transfer function; the program says linear wherever its metrics are.

    KTX 2.0, section 3.10 and Khronos Data Format 1.3, 5.7: byte 14 of the data format descriptor.
    """
    place = int.from_bytes(data[48:52], "little") + 14
    return data[:place] + b"\x02" + data[place + 1 :]


def _by_node(jobs: Sequence[KtxJob]) -> Iterator[tuple[KtxJob, bytes]]:
    """The wasm build, one thread a core."""
    with tempfile.TemporaryDirectory(prefix="vrgen-") as name, Children("the encoder") as children:
        folder, count = Path(name), threads(len(jobs))
        items = [
            {
                "cost": job.cost,
                "source": str(job.source),
                "target": str(folder / f"{number}.ktx2"),
                "width": job.size[0],
                "height": job.size[1],
                "srgb": job.srgb,
                "uastc": job.uastc,
                "quality": job.quality,
                "effort": UASTC_EFFORT if job.uastc else ETC1S_EFFORT,
                "clamped": job.clamped,
                "rdo": RDO[job.srgb],
            }
            for number, job in enumerate(jobs)
        ]
        order = folder / "job.json"
        order.write_text(json.dumps({"threads": count, "items": items}), encoding="utf-8")
        words = [str(shutil.which("node")), str(resource(f"{PROGRAM}/main.mjs")), str(order)]
        for line in children.lines(words, patience=SECONDS_AN_ITEM * (1 + len(jobs) // count)):
            number = json.loads(line)["index"]
            yield jobs[number], (folder / f"{number}.ktx2").read_bytes()
