"""Copy a run's photo_maps to where weights ship from, with licences and authors in the card.

    python tools/data/make_photo_maps.py RUN DATA assets/weights

DATA holds the sets that were learned from and a MANIFEST.csv with path, licence and author.
"""

from __future__ import annotations

import sys
from pathlib import Path

from make_bank import credits_of, licensed

from vrgen.models.weights import load_weights, save_weights

NOTES = (
    "1,700 steps on 54 real sets, then 3,500 on those and 38 procedural ones (tools/data/make_materials.py, "
    "seeds 0 and 1), on a processor. "
    "Estimates the normal, roughness, height and occlusion of a surface from one photo taken straight on. "
    "Relief and gloss are guesses from what such surfaces usually look like: dark paint can be taken for a "
    "hole. The mean roughness is not used: on sets held back it was farther off than one value for all. "
    "Metal is not told apart from other surfaces."
)


def main(run: Path, data: Path, out: Path) -> None:
    """Write photo_maps.safetensors and its card into `out`."""
    tensors, card, _ = load_weights(run / "photo_maps.safetensors")
    digest = save_weights(
        out / "photo_maps.safetensors", tensors, licensed(card | {"notes": NOTES}, credits_of(data))
    )
    print(out / "photo_maps.safetensors", digest)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
