"""sky: a seed to an HDR sky, its sun exactly where it is asked for.

Two skies of a kind are decoded from their latents and meet on the compressed scale: the horizon and ground of
one, the upper dome of the other, turned so that their suns stand in one direction and joined over a wide
band. The sun is put back as a parameter, and the whole is scaled to daylight in cd/m2 (core.sun).
(Joined as latents, the band shows the decoder's grid: means of latents are no latents of skies.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

import vrgen
from vrgen.core import Record, Sky, Sun
from vrgen.core.frames import angles_from_direction, direction_from_angles
from vrgen.core.sun import (
    clear_sun_lux,
    dome_lux,
    illuminance,
    measure_sun,
    sun_colour,
    with_sun,
    without_sun,
)
from vrgen.errors import UsageProblem
from vrgen.models.device import pick_device
from vrgen.models.sky_vae import expand
from vrgen.synth.bank import Entry, load_bank
from vrgen.synth.decode import decode, load_generator
from vrgen.synth.seeds import check_seed, generator_of

SkyKind = Literal["day", "clear", "cloudy", "overcast", "dusk", "night"]
COVER = {"clear": 0.0, "cloudy": 0.25, "overcast": 1.0, "dusk": 0.0, "night": 0.0}
FIXED_LUX = {"dusk": 600.0, "night": 3.0}
"""Light of the dome on the ground where the sun's height says nothing."""
JOIN_DEGREES = (14.0, 38.0)
"""Elevations between which the lower sky hands over to the upper one."""


@dataclass(frozen=True, slots=True)
class SkyOptions:
    """An HDR sky with a measurable sun."""

    seed: int = 0
    """Another seed, another sky."""
    size: int = 2048
    """Width in pixels, a multiple of 64 from 256 to 8192; the height is half of it."""
    kind: SkyKind = "day"
    """day takes a clear or a cloudy one."""
    sun_elevation: float | None = None
    """Degrees above the horizon, 1 to 89; None leaves it where the sky has it."""
    sun_azimuth: float | None = None
    """Degrees from +X towards +Z; None lets the seed choose."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the generator runs."""


def check_sky(options: SkyOptions) -> SkyOptions:
    """The options themselves; raises UsageProblem when one is out of range."""
    check_seed(options.seed)
    if options.size % 64 or not 256 <= options.size <= 8192:
        raise UsageProblem(f"got sky size {options.size}, expected a multiple of 64 from 256 to 8192")
    if options.sun_elevation is not None and not 1 <= options.sun_elevation <= 89:
        raise UsageProblem(f"got sun elevation {options.sun_elevation}, expected degrees from 1 to 89")
    return options


def sky(options: SkyOptions) -> Sky:
    """Generate one Sky in cd/m2; its sun is measured on the result."""
    check_sky(options)
    rng = generator_of(options.seed, "sky", options.kind)
    device = pick_device(options.device)
    generator, digest = load_generator("sky_vae", device)
    bank = load_bank("sky_bank")
    kind = str(rng.choice(["clear", "cloudy"])) if options.kind == "day" else options.kind
    low = _nearest_sun(bank.of_kind(kind), options.sun_elevation, rng)
    high = bank.of_kind(kind)[int(rng.integers(len(bank.of_kind(kind))))]
    wanted = options.sun_azimuth if options.sun_azimuth is not None else float(rng.uniform(0, 360))
    mirrored = bool(rng.random() < 0.5)
    lower, upper = (
        _resized(decode(generator, _turned(entry), device=device, wrap_y=False), options.size)
        for entry in (low, high)
    )
    relative = expand(torch.from_numpy(_joined(lower, upper))).numpy()
    if mirrored:
        relative = relative[:, ::-1]
    relative = np.roll(relative, round(wanted / 360.0 * options.size), axis=1)
    elevation = options.sun_elevation if options.sun_elevation is not None else _elevation(low)
    sun = None if elevation is None else _sun(kind, wanted, elevation)
    if sun is not None:  # what the networks make of the glare is patchy: it is filled from its rim
        relative = without_sun(relative, sun.direction)
    radiance = relative * np.float32(_dome_light(kind, elevation) / max(illuminance(relative), 1e-9))
    if sun is not None:
        radiance = with_sun(radiance, sun)
    record = Record(
        step="sky",
        options={"kind": options.kind, "size": options.size, "sun_elevation": options.sun_elevation,
                 "sun_azimuth": options.sun_azimuth},
        seed=options.seed,
        model="sky_vae",
        model_digest=digest,
        versions={"vrgen": vrgen.__version__, "sky_bank": bank.digest},
        licences=tuple(sorted({low.facts["licence"], high.facts["licence"]})),
    )  # fmt: skip
    return Sky(radiance, measure_sun(radiance) if sun is not None else None, record)


def _elevation(entry: Entry) -> float | None:
    return angles_from_direction(entry.facts["sun"])[1] if "sun" in entry.facts else None


def _nearest_sun(entries: tuple[Entry, ...], elevation: float | None, rng: np.random.Generator) -> Entry:
    """Any entry, or the one of the two whose light is nearest to a sun of that height."""
    if elevation is None:
        return entries[int(rng.integers(len(entries)))]
    near = sorted(entries, key=lambda entry: abs((_elevation(entry) or 0.0) - elevation))[:2]
    return near[int(rng.integers(len(near)))]


def _turned(entry: Entry) -> NDArray[np.float32]:
    """The entry's latents turned so that its sun stands at azimuth 0, to the nearest cell."""
    own = angles_from_direction(entry.facts["sun"])[0] if "sun" in entry.facts else 0.0
    return np.roll(entry.latent, round(-own / 360.0 * entry.latent.shape[2]), axis=2)


def _joined(lower: NDArray[np.float32], upper: NDArray[np.float32]) -> NDArray[np.float32]:
    """Horizon and ground of `lower`, dome of `upper`, both (H, 2H, 3) on the compressed scale."""
    height = lower.shape[0]
    elevation = 90.0 - (np.arange(height) + 0.5) * 180.0 / height
    share = np.clip((elevation - JOIN_DEGREES[0]) / (JOIN_DEGREES[1] - JOIN_DEGREES[0]), 0.0, 1.0)
    share = (share * share * (3 - 2 * share))[:, None, None].astype(np.float32)
    return np.asarray(lower * (1 - share) + upper * share, np.float32)


def _resized(sky: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """To (width / 2, width, 3), on the compressed scale, wrapped in azimuth."""
    if sky.shape[1] == width:
        return sky
    margin = sky.shape[1] // 8
    around = np.pad(sky, ((0, 0), (margin, margin), (0, 0)), mode="wrap")
    how = cv2.INTER_AREA if width < sky.shape[1] else cv2.INTER_CUBIC
    side = width // 8
    scaled = cv2.resize(around, (width + 2 * side, width // 2), interpolation=how)
    return np.asarray(scaled[:, side : side + width], np.float32)


def _dome_light(kind: str, elevation: float | None) -> float:
    return FIXED_LUX.get(kind) or dome_lux(35.0 if elevation is None else elevation, cover=COVER[kind])


def _sun(kind: str, azimuth: float, elevation: float) -> Sun | None:
    if kind not in ("clear", "cloudy"):
        return None
    lux = clear_sun_lux(elevation) * (1.0 - COVER[kind])
    return Sun(direction_from_angles(azimuth, elevation), lux, sun_colour(elevation))
