"""Measure seams: a hundred random samples of everything that claims to tile, every map, both axes.

    python tools/bench/seams.py [COUNT]

Kinds, seeds, sliders, mixes, walks, elevations and covers are drawn at random. Photos for variations and maps
are pieces cut from generated textures, which do not tile. Prints the worst of each way and where it was, and
appends them to results.csv.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import numpy as np
from table import report, row

import vrgen
from vrgen.core import Image, Material
from vrgen.maps.pole import pole_score
from vrgen.maps.seam import seam_score
from vrgen.models.weights import load_weights, shipped
from vrgen.synth import KINDS, TextureOptions
from vrgen.synth import texture as make_texture
from vrgen.synth.photo import maps_of
from vrgen.synth.photo_request import MapsOptions
from vrgen.synth.sky_request import FIXED_LUX

SIZE = 256
SKIES = ("day", "clear", "cloudy", "overcast", *FIXED_LUX)
WIDE = 2048
"""Width of a sky."""
KIND_NAMES = sorted(KINDS)
Scores = dict[str, float]


def of_material(material: Material) -> Scores:
    """The worse axis of each map."""
    return {
        name: max(seam_score(image.to_float(), axis) for axis in ("u", "v"))
        for name, image in material.maps().items()
    }


def kind_of(rng: np.random.Generator, among: list[str] = KIND_NAMES) -> str:
    """A random kind."""
    return among[int(rng.integers(len(among)))]


def piece(rng: np.random.Generator) -> Image:
    """Part of a texture, as a photo shows it."""
    pixels = make_texture(TextureOptions(kind=kind_of(rng), seed=int(rng.integers(1000)), size=512))
    side = int(rng.integers(200, 400))
    return Image(np.ascontiguousarray(pixels.base_colour.pixels[:side, :side]))


def quilted(rng: np.random.Generator) -> Scores:
    """`vrgen texture`, some with sliders."""
    slider = (f"scale={rng.uniform(-2, 2):.2f}", f"relief={rng.uniform(-2, 2):.2f}")
    return of_material(
        vrgen.texture(
            kind=kind_of(rng),
            seed=int(rng.integers(10_000)),
            size=SIZE,
            slider=slider if rng.random() < 0.5 else (),
        )
    )


def drawn(rng: np.random.Generator) -> Scores:
    """`vrgen texture --draw gan`."""
    kinds = load_weights(shipped("latent_gan"))[1]["kinds"]
    return of_material(
        vrgen.texture(kind=kind_of(rng, kinds), seed=int(rng.integers(10_000)), size=SIZE, draw="gan")
    )


def mixed(rng: np.random.Generator) -> Scores:
    """`vrgen texture --mix`."""
    mix = f"{kind_of(rng)}:{kind_of(rng)}={rng.uniform(0.1, 0.9):.2f}"
    return of_material(vrgen.texture(mix=mix, seed=int(rng.integers(10_000)), size=SIZE))


def walked(rng: np.random.Generator) -> Scores:
    """`vrgen texture --morph`."""
    a, b = (int(seed) for seed in rng.integers(10_000, size=2))
    return of_material(vrgen.texture(kind=kind_of(rng), seed=a, toward=b, way=float(rng.random()), size=SIZE))


def varied(rng: np.random.Generator) -> Scores:
    """`vrgen texture --like`."""
    options = TextureOptions(like="piece.png", seed=int(rng.integers(10_000)), size=SIZE)
    return of_material(make_texture(options, photo=piece(rng)))


def from_photo(rng: np.random.Generator) -> Scores:
    """`vrgen maps`."""
    return of_material(maps_of(piece(rng), MapsOptions(size=SIZE)))


def restyled(rng: np.random.Generator) -> Scores:
    """`vrgen restyle` of a material, against what went in: what tiled with 0.9 may tile with 0.9."""
    material = vrgen.texture(kind=kind_of(rng), seed=int(rng.integers(10_000)), size=SIZE)
    return of_material(vrgen.restyle(material))


def skies(rng: np.random.Generator) -> Scores:
    """`vrgen sky`, azimuth and both poles, on a log scale."""
    kind = kind_of(rng, list(SKIES))
    made = vrgen.sky(
        seed=int(rng.integers(10_000)),
        kind=kind,
        size=WIDE,
        sun_elevation=None if kind in FIXED_LUX else float(rng.uniform(2, 80)),
        sun_azimuth=float(rng.uniform(0, 360)),
    )
    shown = np.log1p(made.radiance / made.radiance.mean())
    return {
        "azimuth": seam_score(shown, "u"),
        "up": pole_score(shown, "up"),
        "down": pole_score(shown, "down"),
    }


WAYS: dict[str, Callable[[np.random.Generator], Scores]] = {
    "texture": quilted,
    "texture --draw gan": drawn,
    "texture --mix": mixed,
    "texture --morph": walked,
    "texture --like": varied,
    "maps": from_photo,
    "restyle": restyled,
    "sky": skies,
}


def samples(act: Callable[[np.random.Generator], Scores], count: int) -> Iterator[tuple[float, str]]:
    """(worst score, what and which) of each sample."""
    for number in range(count):
        scores = act(np.random.default_rng([7, number]))
        worst = max(scores, key=lambda name: scores[name])
        yield scores[worst], f"{worst} of sample {number}"


def main(count: int) -> None:
    """Measure all ways."""
    rows = []
    for name, act in WAYS.items():
        found = list(samples(act, count))
        worst, where = max(found)
        above = sum(score > 1.0 for score, _ in found)
        note = f"{where}; {above} of {count} above 1"
        rows.append(row("seams", f"worst of {name}", worst, unit="", peer=1.0, note=note))
        print(f"{name:22}{worst:8.3f}  {note}", flush=True)
    report(rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
