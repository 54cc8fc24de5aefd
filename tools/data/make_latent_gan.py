"""Make the latent_gan that ships from a run: licences and authors of its sources, and which kinds are good.

    python tools/data/make_latent_gan.py RUN DATA assets/weights

RUN is the folder of `vrgen train latent`; DATA holds a MANIFEST.csv with path, licence and author. The kinds
that may be drawn, and what is to be known of these weights, are in latent_gan.toml beside this file.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

from make_bank import credits_of, licensed

from vrgen.errors import InputProblem
from vrgen.models.latent_gan import encoder_digest
from vrgen.models.weights import load_weights, save_weights

HERE = Path(__file__).parent


def main(run: Path, data: Path, out: Path) -> None:
    """Write latent_gan; refuses a run on other latents than those of the material_gan in `out`."""
    tensors, card, _ = load_weights(run / "latent_gan.safetensors")
    latents = encoder_digest(load_weights(out / "material_gan.safetensors")[0])
    if latents != card["material_gan"]:
        raise InputProblem(f"{run}: learned on other latents than {out}/material_gan has; train it on those")
    table = tomllib.loads((HERE / "latent_gan.toml").read_text())
    credit = credits_of(data)
    entries = [entry | credit[entry["name"]] for entry in card["entries"]]
    known = {entry["kind"] for entry in entries}
    card |= {"entries": entries, "kinds": sorted(known & set(table["kinds"])), "notes": table["notes"]}
    save_weights(out / "latent_gan.safetensors", tensors, licensed(card, credit))
    print(json.dumps({"out": str(out), "kinds": card["kinds"]}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
