"""sky: a seed, or a panorama of yours, to an HDR sky whose sun is exactly where it is asked for.

Horizon and ground of one sky of a kind meet the dome of another, both decoded from their latents. The dome
takes on the gradient of the sun that is asked for (synth.atmosphere), clouds of a third come over it until
they cover what is asked (synth.clouds), and trees and towers stay in front (synth.skyline). The sun is put
back as a parameter, and the whole is scaled to daylight in cd/m2 (core.sun).
(Joined as latents, the band shows the decoder's grid: means of latents are no latents of skies.)
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

import vrgen
from vrgen.core import Record, Sky, Sun
from vrgen.core.frames import LUMINANCE, angles_from_direction, direction_from_angles
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
from vrgen.models.sky_vae import compress, expand
from vrgen.synth.atmosphere import relit, softened
from vrgen.synth.bank import Bank, Entry, load_bank
from vrgen.synth.clouds import cloud_layer, covered, greyed, moved
from vrgen.synth.decode import load_generator
from vrgen.synth.kept import kept
from vrgen.synth.panorama import calm_poles, calm_turn, enlarged
from vrgen.synth.scenery import SUNLESS, Scenery, as_bright, blended, domed, from_bank, from_sky
from vrgen.synth.seeds import generator_of
from vrgen.synth.sky_request import FIXED_LUX, SkyOptions, check_sky

USUAL_COVER = {"clear": 0.0, "overcast": 1.0, "dusk": 0.0, "night": 0.0}
CLOUDY_COVER = (0.25, 0.55)
"""What a cloudy sky draws from."""
GREY_FROM = 0.9
"""Cover from which a closed sky is taken as it is, its soft light on the ground with it."""
CLOSED = 0.98
"""Cover from which no sun comes through."""
WARM = np.array([0.32, 0.0, -0.48])
"""Powers of two by which red, green and blue change from neutral to warmth 1."""


@kept
def sky(options: SkyOptions) -> Sky:
    """Generate one Sky in cd/m2; its sun is measured on the result."""
    check_sky(options)
    rng = generator_of(options.seed, "sky", options.kind)
    device = pick_device(options.device)
    bank = load_bank("sky_bank")
    kind, cover = _weather(options, rng)
    entries = _grounds(bank, kind, cover)
    low = _nearest_sun(entries, options.sun_elevation, rng)
    domes = [entry for entry in entries if entry.facts.get("dome", True)]
    high = domes[int(rng.integers(len(domes)))]
    start = domed(from_bank(low.facts["name"], device), from_bank(high.facts["name"], device))
    elevation = options.sun_elevation
    if elevation is None and kind not in FIXED_LUX:
        elevation = SUNLESS if start.elevation is None else start.elevation
    if kind in FIXED_LUX:
        start = replace(start, elevation=None)
    else:
        start = replace(start, sun_strength=1.0 - cover, dome_strength=1.0)
    return _finished(options, start, rng, kind=kind, cover=cover, elevation=elevation, sources=(low, high))


def cover_of(options: SkyOptions) -> float:
    """Share of the dome under clouds, 0 to 1, that `sky` gives for the options: asked for, or drawn."""
    return _weather(options, generator_of(options.seed, "sky", options.kind))[1]


def _weather(options: SkyOptions, rng: np.random.Generator) -> tuple[str, float]:
    """(kind, cover), the first draws of a sky's generator."""
    kind = str(rng.choice(["clear", "cloudy"])) if options.kind == "day" else options.kind
    cover = USUAL_COVER.get(kind, float(rng.uniform(*CLOUDY_COVER)))
    return kind, cover if options.cover is None else options.cover


def sky_like(like: Sky, options: SkyOptions, *, other: Sky | None = None, share: float = 0.5) -> Sky:
    """`like` encoded and given back through the model; sun, cover and warmth change it when asked for.

    With `other`, `share` (0 to 1) of that sky's dome comes over it, the suns in one direction; horizon and
    ground stay those of `like`. Left alone, the sun and the brightness of `like` are kept.
    """
    check_sky(options)
    if not 0 <= share <= 1:
        raise UsageProblem(f"got a share of {share} of the other sky, expected 0 to 1")
    rng = generator_of(options.seed, "sky", "like")
    device = pick_device(options.device)
    start = from_sky(like, device, height=max(512, options.size // 2))
    if other is not None:
        start = blended(start, from_sky(other, device, height=max(512, options.size // 2)), share)
    cover = 0.0 if options.cover is None else options.cover
    if start.elevation is None and options.sun_elevation is not None and options.cover is not None:
        start = replace(start, sun_strength=1.0)
    start = replace(start, sun_strength=start.sun_strength * (1.0 - cover))
    elevation = start.elevation if options.sun_elevation is None else options.sun_elevation
    if options.sun_azimuth is None:
        options = replace(options, sun_azimuth=start.azimuth)
    return _finished(options, start, rng, kind="like", cover=cover, elevation=elevation, sources=())


def _finished(
    options: SkyOptions,
    start: Scenery,
    rng: np.random.Generator,
    *,
    kind: str,
    cover: float,
    elevation: float | None,
    sources: tuple[Entry, ...],
) -> Sky:
    device = pick_device(options.device)
    drawn, mirrored = float(rng.uniform(0, 360)), bool(rng.random() < 0.5)
    azimuth = drawn if options.sun_azimuth is None else options.sun_azimuth
    sun = _sun(start, azimuth, elevation, cover)
    if sun is not None and sources:
        start = _clear_of_obstacles(start, float(angles_from_direction(sun.direction)[1]))
    closed = any(entry.facts["kind"] == "overcast" for entry in sources)
    relative = _lit(start, rng, device=device, cover=cover, elevation=elevation, closed=closed)
    if mirrored and sources:
        relative = relative[:, ::-1]
    compressed = compress(torch.from_numpy(np.ascontiguousarray(relative))).numpy()
    compressed = enlarged(compressed, options.size)
    columns = round(azimuth / 360 * options.size)
    if sources:  # a panorama's own poles and place are real
        compressed = calm_poles(compressed)
        columns += calm_turn(compressed, columns)
    relative = np.roll(expand(torch.from_numpy(compressed)).numpy(), columns, axis=1)
    if sun is not None:  # what the networks make of the glare is patchy: it is filled from its rim
        relative = without_sun(relative, sun.direction)
    lux = FIXED_LUX.get(kind) or start.dome_strength * dome_lux(
        SUNLESS if elevation is None else elevation, cover=cover if sources else float(elevation is None)
    )
    gains = _gains(options.warmth)
    radiance = np.asarray(relative * gains, np.float32)
    radiance *= np.float32(lux / max(illuminance(radiance), 1e-9))
    glare = _own_glare(start, elevation, options.size)
    if sun is not None and glare is not None:
        turned = np.roll(glare, columns - round(start.azimuth / 360 * options.size), axis=1)
        radiance += as_bright(turned * gains.astype(np.float32), glare) * np.float32(sun.lux)
    elif sun is not None:
        colour = sun.colour * gains
        radiance = with_sun(radiance, replace(sun, colour=colour / (colour @ LUMINANCE)))
    return Sky(radiance, measure_sun(radiance) if sun is not None else None, _record(options, kind, sources))


def _lit(
    start: Scenery,
    rng: np.random.Generator,
    *,
    device: str,
    cover: float,
    elevation: float | None,
    closed: bool,
) -> NDArray[np.float32]:
    """Relative radiance (H, 2H, 3) under the asked sun and clouds, the sun at azimuth 0."""
    relative = start.relative
    if start.elevation is not None and elevation is not None and abs(start.elevation - elevation) > 0.5:
        relative = relit(relative, start.share, start.elevation, elevation, cover=cover)
    if closed:
        return greyed(relative, softened(start.share))
    if cover <= 0:
        return relative
    open_skies = [entry for entry in load_bank("sky_bank").entries if entry.facts.get("open")]
    chosen = open_skies[int(rng.integers(len(open_skies)))]
    layer = moved(cloud_layer(from_bank(chosen.facts["name"], device).relative), rng, relative.shape[0])
    if elevation is None:
        dome = (relative[: len(relative) // 2] * start.share[: len(relative) // 2, :, None]).mean(axis=(0, 1))
        colour = np.sqrt(np.maximum(dome, 1e-9) / max(float(dome @ LUMINANCE), 1e-9))
    else:
        colour = sun_colour(elevation) ** (0.6 * (1.0 - cover))
    return covered(relative, start.share, layer, cover, colour / float(colour @ LUMINANCE))


def _clear_of_obstacles(start: Scenery, elevation: float) -> Scenery:
    """The scenery turned by as little as needed for its sun to stand before sky, not before a tower."""
    height, width = start.share.shape
    row = int(np.clip((90.0 - elevation) / 180.0 * height, 0, height - 1))
    seen = start.share[max(0, row - height // 60) : row + height // 60 + 1].min(axis=0)
    free = np.flatnonzero(seen > 0.6)
    if not len(free):
        return start
    middle = width // 2
    nearest = int(free[np.abs(free - middle).argmin()])
    turn = middle - nearest
    return replace(
        start, relative=np.roll(start.relative, turn, axis=1), share=np.roll(start.share, turn, axis=1)
    )


def _grounds(bank: Bank, kind: str, cover: float) -> tuple[Entry, ...]:
    """Whose horizon and light on the ground go with a kind and a cover."""
    if kind in ("clear", "cloudy", "overcast"):
        if cover >= GREY_FROM:
            return bank.of_kind("overcast")
        if kind == "overcast":
            return bank.of_kind("clear")
        return bank.of_kind("clear") + bank.of_kind("cloudy") if kind == "cloudy" else bank.of_kind("clear")
    return bank.of_kind(kind)


def _nearest_sun(entries: tuple[Entry, ...], elevation: float | None, rng: np.random.Generator) -> Entry:
    """Any entry, or one of the two whose light is nearest to a sun of that height."""
    if elevation is None:
        return entries[int(rng.integers(len(entries)))]

    def apart(entry: Entry) -> float:
        return abs(angles_from_direction(entry.facts.get("sun", (1.0, 0.8, 0.0)))[1] - elevation)

    near = sorted(entries, key=apart)[:2]
    return near[int(rng.integers(len(near)))]


def _sun(start: Scenery, azimuth: float, elevation: float | None, cover: float) -> Sun | None:
    if elevation is None or start.sun_strength <= 0 or cover >= CLOSED:
        return None
    lux = clear_sun_lux(elevation) * start.sun_strength
    return Sun(direction_from_angles(azimuth, elevation), lux, sun_colour(elevation))


def _own_glare(start: Scenery, elevation: float | None, width: int) -> NDArray[np.float32] | None:
    """The glare (H, 2H, 3) of a panorama's own sun; None where the sun is moved, or must be sharper than the
    panorama has it, and is drawn anew."""
    if start.glare is None or elevation != start.elevation or start.glare.shape[1] < width:
        return None
    return as_bright(enlarged(start.glare, width), start.glare)


def _gains(warmth: float) -> NDArray[np.float32]:
    """(3,) gains of red, green and blue that keep a white's luminance."""
    gains = 2.0 ** (WARM * warmth)
    return np.asarray(gains / (gains @ LUMINANCE), np.float32)


def _record(options: SkyOptions, kind: str, sources: tuple[Entry, ...]) -> Record:
    _, digest = load_generator("sky_vae", pick_device(options.device))
    told = ("kind", "size", "sun_elevation", "sun_azimuth", "cover", "warmth")
    return Record(
        step="sky",
        options={name: getattr(options, name) for name in told} | ({} if sources else {"kind": kind}),
        seed=options.seed,
        model="sky_vae",
        model_digest=digest,
        versions={"vrgen": vrgen.__version__, "sky_bank": load_bank("sky_bank").digest},
        licences=tuple(sorted({entry.facts["licence"] for entry in sources})),
    )
