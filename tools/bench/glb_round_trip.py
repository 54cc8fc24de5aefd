"""Reading a GLB and writing it again, against trimesh and pygltflib: seconds, and memory beside the file.

1 million triangles in 40 meshes and ten photographs of 2048x2048 pixels. Each program runs in a process of
its own, its libraries loaded before the clock starts; memory is the growth of the process' peak. Pictures
that nobody looks at go through as they are, as they do with pygltflib; trimesh decodes and encodes them, as
`vrgen, strict` decodes them.

`python tools/bench/glb_round_trip.py` prints the table and appends rows to tools/bench/results.csv.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import glb_write
from table import Row, report, row

WAYS = ("vrgen", "vrgen, strict", "pygltflib", "trimesh")
TIMES = 3


def peak() -> int:
    """Bytes of memory that this process has held at most."""
    told = Path("/proc/self/status").read_text()
    return 1024 * int(next(line.split()[1] for line in told.splitlines() if line.startswith("VmHWM")))


def once(way: str, source: Path, target: Path) -> tuple[float, int]:
    """(seconds, bytes of memory) of one reading and writing in this process."""
    if way == "trimesh":
        import trimesh

        trimesh.creation.box().export(file_type="glb")  # what it loads late
        before, start = peak(), time.perf_counter()
        trimesh.load_scene(str(source)).export(str(target))
    elif way == "pygltflib":
        import pygltflib

        before, start = peak(), time.perf_counter()
        pygltflib.GLTF2().load(str(source)).save(str(target))
    else:
        import cv2  # noqa: F401
        from PIL import JpegImagePlugin, PngImagePlugin  # noqa: F401

        from vrgen.gltf import read, write

        before, start = peak(), time.perf_counter()
        write(read(source, strict=way != "vrgen"), target)
    return time.perf_counter() - start, peak() - before


def measured(way: str, source: Path, target: Path) -> tuple[float, float]:
    """(shortest seconds, megabytes) of a way, each time in a new process."""
    found = []
    for _ in range(TIMES):
        command = [sys.executable, str(Path(__file__)), way, str(source), str(target)]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        found.append((float(told[0]), int(told[1]) / 1e6))
    return min(found)[0], min(memory for _, memory in found)


def main() -> None:
    """Run and report."""
    from vrgen.gltf import write

    photo = glb_write.photo
    glb_write.photo = lambda seed, side: photo(seed, 2048)
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name) / "in.glb", Path(name) / "out.glb"
        write(glb_write.scene(), source)
        size = source.stat().st_size / 1e6
        found = {way: measured(way, source, target) for way in WAYS}
    rows: list[Row] = []
    for way in WAYS[:2]:
        for peer in WAYS[2:]:
            (ours, memory), (theirs, their_memory) = found[way], found[peer]
            note = f"file {size:.1f} MB"
            what = f"{way}, against {peer}"
            rows.append(row("glb_round_trip", what, ours, unit="s", peer=round(theirs, 4), note=note))
            rows.append(
                row("glb_round_trip", what, memory, unit="MB", peer=round(their_memory, 1), note=note)
            )
    report(rows)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(*once(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
    else:
        main()
