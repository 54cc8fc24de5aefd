"""Turn a run of `vrgen train cyclegan` into weights that ship.

    python tools/data/make_cyclegan.py RUN DATA assets/weights NAME

NAME stands in cyclegan.toml beside this script, with notes on what is weak and, for skies, what the light
does. DATA holds a MANIFEST.csv with path, licence and author of everything that was learned from.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

from make_bank import credits_of, licensed

from vrgen.errors import InputProblem
from vrgen.models.weights import load_weights, save_weights


def ship(run: Path, data: Path, out: Path, name: str) -> Path:
    """Write NAME.safetensors and NAME.json; raises InputProblem when a source has no licence."""
    weights = next(iter(sorted(run.glob("cyclegan*.safetensors"))), run / "cyclegan.safetensors")
    tensors, card, _ = load_weights(weights)
    said = tomllib.loads(Path(__file__).with_name("cyclegan.toml").read_text())[name]
    credit = credits_of(data)
    unknown = [source for source in card["learned_from"] if source not in credit]
    if unknown:
        raise InputProblem(f"{data}/MANIFEST.csv says nothing of {', '.join(unknown[:5])}; add their rows")
    path = out / f"{name}.safetensors"
    save_weights(path, tensors, licensed(card | {"model": name} | said, credit))
    return path


if __name__ == "__main__":
    run, data, out = map(Path, sys.argv[1:4])
    print(json.dumps({"weights": str(ship(run, data, out, sys.argv[4]))}))
