"""Is the loader ever the bottleneck? CPU seconds of cutting a batch against those of learning from it.

    python tools/bench/loader.py [DATA]

Without DATA the procedural set is made first. Prints a table and appends a row a family size to results.csv.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from table import report, row

from vrgen.train import TrainOptions, settle
from vrgen.train.data import material_batch
from vrgen.train.feed import Feed
from vrgen.train.gan import HABITS, MaterialFamily
from vrgen.train.sets import read_material_sets
from vrgen.train.step import Stepper
from vrgen.train.team import Team

STEPS = 6


def main(data: Path) -> None:
    """Time reading, cutting, waiting and learning, one thread each."""
    torch.set_num_threads(1)
    began = time.perf_counter()
    sources, _ = read_material_sets(data)
    reading = time.perf_counter() - began
    memory = sum(level.nbytes for source in sources for level in source.levels) / 1e6
    plan = settle(TrainOptions(data=data, out=data), HABITS)
    family = MaterialFamily(sources, [], plan)
    began = time.process_time()
    for step in range(20):
        material_batch(sources, np.random.default_rng(step), count=plan.batch, size=plan.crop)
    loading = (time.process_time() - began) / 20
    waited, learned = 0.0, 0.0
    with Team("auto") as team, Feed(family.batch, seed=0, steps=STEPS) as feed:
        stepper = Stepper(family, plan, team)
        for step in range(STEPS):
            began = time.perf_counter()
            batch = feed.batch(step)
            waited += (time.perf_counter() - began) * (step > 0)
            began = time.thread_time()
            stepper.take(step, batch)
            learned += (time.thread_time() - began) * (step > 0)
    waited, learned = waited / (STEPS - 1), learned / (STEPS - 1)
    about = f"{plan.batch} crops of {plan.crop}, {len(sources)} sources, {memory:.0f} MB in memory"
    report(
        [
            row("loader", "cutting a batch, CPU", loading, unit="s", peer=round(learned, 4),
                note=f"peer: one step of material_gan; {about}"),
            row("loader", "waiting for a batch", waited, unit="s", peer=round(learned, 4),
                note="wall clock, while the next is cut in a thread"),
            row("loader", "reading and checking a set", reading / len(sources), unit="s", note=about),
        ]
    )  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            script = Path(__file__).parents[1] / "data" / "make_materials.py"
            made = Path(folder) / "set"
            subprocess.run([sys.executable, str(script), str(made)], check=True)
            main(made)
