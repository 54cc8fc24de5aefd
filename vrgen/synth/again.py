"""Again: what a record says, as options once more, with another seed or sliders further up or down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from vrgen.core.change import MATERIAL_SLIDERS, SKY_SLIDERS, Change
from vrgen.core.record import Record
from vrgen.errors import InputProblem, UsageProblem, nearest
from vrgen.synth.make_sky import cover_of
from vrgen.synth.request import TextureOptions, check_texture
from vrgen.synth.seeds import LARGEST
from vrgen.synth.sky_request import FIXED_LUX, SkyKind, SkyOptions, check_sky
from vrgen.synth.slider_names import MOST, SCALE, parse_sliders

FILES = {"like": "a photo", "mask": "a mask", "weights": "weights of somebody's own"}
"""Options that name files, which do not travel with the result."""
LIGHT_COVER = 0.85
"""Most clouds that a change brings: the sun's light on the floor is baked, so the sun must be seen."""
TEXTURE_TYPES: dict[str, type | tuple[type, ...]] = {
    "kind": str,
    "size": int,
    "slider": list,
    "mix": str,
    "toward": int,
    "way": (int, float),
    "draw": str,
}
SKY_TYPES: dict[str, type | tuple[type, ...]] = {
    "kind": str,
    "size": int,
    "sun_elevation": (int, float),
    "sun_azimuth": (int, float),
    "cover": (int, float),
    "warmth": (int, float),
}


def texture_again(record: Record, change: Change, *, device: str = "auto") -> TextureOptions:
    """The options of a record of `texture`, changed.

    Raises InputProblem for what only files that are not here could make again, UsageProblem for sliders that
    there are not or that stand at their end already.
    """
    _made_by(record, "texture", "material")
    for name, what in FILES.items():
        if name in record.options:
            raise InputProblem(
                f"this material was made from {what} ({record.options[name]}), which is not in the file; "
                "make it again with vrgen texture"
            )
    known = _options(record, TEXTURE_TYPES)
    known["slider"] = tuple(str(text) for text in known.get("slider", ()))
    options = TextureOptions(**known, seed=stepped_seed(record, change.seed_step), device=device)  # type: ignore[arg-type]
    check_texture(options)
    if not change.sliders:
        return options
    ends = {name: (-MOST, MOST) for name in MATERIAL_SLIDERS if options.draw == "quilt" or name != SCALE}
    amounts = slid(parse_sliders(options.slider), change.sliders, ends)
    told = tuple(f"{name}={amount:+g}" for name, amount in amounts.items() if amount)
    return replace(options, slider=told)


def sky_again(
    record: Record, change: Change, *, sun: tuple[float, float] | None = None, device: str = "auto"
) -> SkyOptions:
    """The options of a record of `sky`, changed.

    sun: azimuth and elevation in degrees that another seed must keep, because light is baked from there.
    Raises as `texture_again` does.
    """
    _made_by(record, "sky", "sky")
    if record.options.get("kind") == "like":
        raise InputProblem("this sky came from a panorama, which is not in the file; bake with another --sky")
    seed = stepped_seed(record, change.seed_step)
    kind = record.options.get("kind", "day")
    if kind not in get_args(SkyKind):
        raise InputProblem(f"the record's kind of sky is {kind!r}, which no version of vrgen wrote")
    options = SkyOptions(**_options(record, SKY_TYPES), seed=seed, device=device)  # type: ignore[arg-type]
    if sun is not None and change.seed_step and options.kind not in FIXED_LUX:
        azimuth, elevation = sun
        options = replace(options, sun_azimuth=azimuth, sun_elevation=min(max(elevation, 1.0), 89.0))
    check_sky(options)
    if not change.sliders:
        return options
    now = {"cover": cover_of(options), "warmth": options.warmth}
    ends = {"cover": (0.0, max(LIGHT_COVER, now["cover"])), "warmth": (-1.0, 1.0)}
    after = slid(now, change.sliders, {name: ends[name] for name in SKY_SLIDERS})
    return check_sky(replace(options, cover=after["cover"], warmth=after["warmth"]))


def stepped_seed(record: Record, step: int) -> int:
    """The record's seed and `step` further, round the ends. Raises InputProblem when it has none."""
    if record.seed is None:
        raise InputProblem("the record of this material has no seed; make it again with vrgen texture")
    return (record.seed + step) % (LARGEST + 1) if step else record.seed


def slid(
    now: Mapping[str, float], steps: Mapping[str, float], ends: Mapping[str, tuple[float, float]]
) -> dict[str, float]:
    """`now` with the steps added, held between (low, high) of each slider.

    Raises UsageProblem for a slider that is not among `ends`, and when all that move stand at their end.
    """
    amounts = dict(now)
    for name, step in steps.items():
        if name not in ends:
            known = tuple(ends)
            raise UsageProblem(
                f"no slider is called {name!r} here.{nearest(name, known)} There are: {', '.join(known)}"
            )
        low, high = ends[name]
        amounts[name] = round(min(max(now.get(name, 0.0) + step, low), high), 4)
    if steps and all(amounts[name] == now.get(name, 0.0) for name in steps):
        stuck = ", ".join(f"{name} stands at {amounts[name]:+g}" for name in steps)
        raise UsageProblem(f"{stuck}, as far as it goes; turn it the other way")
    return amounts


def _made_by(record: Record, step: str, what: str) -> None:
    if record.step != step:
        raise InputProblem(
            f"this {what} was made by {record.step!r}, expected {step!r}; it cannot be made again from a seed"
        )


def _options(record: Record, types: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """The options that are known, each of its type: files may say anything."""
    found = {name: value for name, value in record.options.items() if name in types and value is not None}
    for name, value in found.items():
        if not isinstance(value, types[name]) or isinstance(value, bool):
            raise InputProblem(f"the record's {name} is {value!r}, which no version of vrgen wrote")
    return found
