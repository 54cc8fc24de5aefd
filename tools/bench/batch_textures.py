"""Two hundred PBR sets of 1024 pixels: `vrgen batch`, two workers, against `vrgen texture` in a shell loop.

python tools/bench/batch_textures.py [SETS [PIXELS [SETS_OF_THE_LOOP]]]

The loop is measured on fewer sets, spread over the same kinds and seeds: each of its sets starts anew.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from table import report, row

KINDS = ("bricks", "planks", "plaster", "marble", "cobbles")
WORKERS = 2
VRGEN = (sys.executable, "-m", "vrgen")


def timed(*words: str) -> tuple[float, float]:
    """(seconds by the clock, by the processor) of one command of vrgen with all its processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run([*VRGEN, *words], check=True, capture_output=True)
    spent = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """The loop first, then the batch, then the batch again with nothing to do."""
    words = sys.argv[1:]
    sets, pixels, few = (int(word) for word in (words + ["200", "1024", "10"][len(words) :])[:3])
    seeds = -(-sets // len(KINDS))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        loop = [0.0, 0.0]
        for number in range(few):
            kind, seed = KINDS[number % len(KINDS)], str(number // len(KINDS))
            chosen = ("--kind", kind, "--seed", seed, "--size", str(pixels))
            spent = timed("texture", *chosen, "-o", str(folder / "loop"))
            loop = [loop[0] + spent[0], loop[1] + spent[1]]
        kinds = ", ".join(f'"{kind}"' for kind in KINDS)
        recipe = folder / "recipe.toml"
        recipe.write_text(
            f'[[product]]\nmake = "texture"\nkind = [{kinds}]\nseed = "0..{seeds - 1}"\nsize = {pixels}\n'
        )
        batch = timed("batch", str(recipe), "-o", str(folder / "out"), "--workers", str(WORKERS))
        again = timed("batch", str(recipe), "-o", str(folder / "out"), "--workers", str(WORKERS))
        same = (folder / "loop" / "bricks_0_diff.png").read_bytes()
        assert same == (folder / "out" / "texture" / "bricks-0" / "bricks_0_diff.png").read_bytes()
    made, name = seeds * len(KINDS), "batch_textures"
    load = f"load {os.getloadavg()[0]:.1f}"
    note = f"{made} sets of {pixels}, {WORKERS} workers; peer: shell loop of {few}; {load}"
    report(
        [
            row(name, "seconds a set", batch[0] / made, unit="s", peer=round(loop[0] / few, 3), note=note),
            row(name, "processor seconds a set", batch[1] / made, unit="s", peer=round(loop[1] / few, 3)),
            row(name, "nothing changed", again[0], unit="s", note=f"{made} sets"),
        ]
    )


if __name__ == "__main__":
    main()
