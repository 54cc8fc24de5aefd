"""texture: a request becomes a PBR set that tiles.

A source (of the bank, or a photo) is quilted to a periodic latent map, which a walk to a second seed changes
patch by patch and the sliders move, or the map is drawn from noise; the generator makes maps of it, and
another kind may cover them in parts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import vrgen
from vrgen.core import Image, Material, Record
from vrgen.errors import InputProblem, UsageProblem
from vrgen.models.device import pick_device
from vrgen.models.material_gan import DOWN
from vrgen.models.weights import found, load_weights
from vrgen.synth.bank import load_bank
from vrgen.synth.decode import decode_all, load_generator
from vrgen.synth.draw import draw_latent, load_drawer, source_name
from vrgen.synth.kept import kept
from vrgen.synth.like import source_like
from vrgen.synth.mix import mixed, pattern_from, pattern_of
from vrgen.synth.morph import Walk, walk
from vrgen.synth.pbr import Channels, material_of, resized
from vrgen.synth.request import Mixture, TextureOptions, check_texture, parse_mix
from vrgen.synth.seamless import calm_shift
from vrgen.synth.seeds import generator_of
from vrgen.synth.slider_names import SCALE, parse_sliders
from vrgen.synth.sliders import load_fields, moved
from vrgen.synth.source import Source, at_scale, closing, laid, periods, source_of

METAL_KINDS = ("metal", "iron")
PHOTO = "photo"
Latent = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What all parts of a picture share."""

    grid: tuple[int, int]
    """Latent cells, rows and columns."""
    metres: float
    """Metres that a cell covers."""
    factor: float
    """How much larger than life features are."""
    device: str
    weights: Path | None = None
    """Of another material_gan than the one that ships."""


@dataclass(frozen=True, eq=False, slots=True)
class Prepared:
    """A request whose latents are there: what is left is to decode them and to finish the maps."""

    options: TextureOptions
    latents: tuple[Latent, ...]
    """(C, H, W) float32 each: of the surface, and of what covers it in parts."""
    plan: _Plan
    kind: str
    record: Record
    mixture: Mixture | None = None
    pattern: NDArray[np.float32] | None = None
    """(size, size): where the other kind of the mixture goes first."""
    calm: tuple[int, int] | None = None
    """The cell of a walk that the border goes through."""


@kept
def texture(options: TextureOptions, *, photo: Image | None = None, mask: Image | None = None) -> Material:
    """Generate one Material; it tiles in both directions and knows its metres.

    `photo` and `mask` are the pictures that `like` and `mask` name. Raises UsageProblem for what cannot be
    asked for and InputProblem for a photo that shows too little.
    """
    prepared = prepare(options, photo=photo, mask=mask)
    return finish(prepared, decoded([prepared])[0])


def prepare(options: TextureOptions, *, photo: Image | None = None, mask: Image | None = None) -> Prepared:
    """The first part of `texture`: latents, on the processor but for photos and other scales."""
    check_texture(options)
    if (options.like is None) != (photo is None) or (options.mask is None) != (mask is None):
        raise UsageProblem("texture: like and mask name files, photo and mask are their pictures; give both")
    amounts = parse_sliders(options.slider)
    factor = 2.0 ** (amounts.pop(SCALE, 0.0) / 2)
    device = pick_device(options.device)
    weights = None if options.weights is None else found(Path(options.weights), "material_gan")
    mixture = None if options.mix is None else parse_mix(options.mix)
    kind = PHOTO if photo else (mixture.base if mixture else None) or options.kind
    rng = generator_of(options.seed, "texture", kind)
    if photo is not None:
        source, plan = _plan_like(photo, options, factor, device, weights)
    else:
        name = source_name(kind, options.seed, device) if options.draw == "gan" else None
        source, plan = _plan_of(source_of(kind, rng, name), options.size, factor, device)
    plan = replace(plan, weights=weights)
    licences = {source.licence}
    if options.draw == "gan":
        latent = draw_latent(kind, options.seed, plan.grid[0], device)
    else:
        latent = laid(source, plan.grid, rng)
    pattern, calm = None, None
    if options.toward is not None:
        way, licence = _walk(latent, source, kind, options, plan)
        licences.add(licence)
        latent, calm = way.at(options.way), way.calm
    latents = [latent]
    if mixture is not None:
        above, pattern, licence = _cover(mixture, mask, options, plan)
        latents.append(above)
        licences.add(licence)
    versions = _versions(photo, mask, sliders=bool(amounts))
    if options.draw == "gan":
        versions["latent_gan"] = load_drawer(device)[2]
    return Prepared(
        options,
        tuple(_slid(latent, amounts, plan) for latent in latents),
        plan,
        kind,
        _record(options, versions, tuple(sorted(licences)), plan),
        mixture,
        pattern,
        calm,
    )


def decoded(prepared: Sequence[Prepared]) -> list[list[Channels]]:
    """Maps (8 H, 8 W, 9) of all latents of each; those of one device and of the same weights at once."""
    made: list[list[Channels]] = [[] for _ in prepared]
    for place in dict.fromkeys((one.plan.device, one.plan.weights) for one in prepared):
        which = [i for i, one in enumerate(prepared) if (one.plan.device, one.plan.weights) == place]
        numbers = [i for i in which for _ in prepared[i].latents]
        latents = [latent for i in which for latent in prepared[i].latents]
        generator, _ = load_generator("material_gan", *place)
        for i, maps in zip(
            numbers, decode_all(generator, latents, device=place[0], wrap_y=True), strict=True
        ):
            made[i].append(maps)
    return made


def finish(prepared: Prepared, maps: Sequence[Channels]) -> Material:
    """The last part of `texture`: maps at the size that was asked for, as bytes."""
    options, plan, mixture = prepared.options, prepared.plan, prepared.mixture
    channels = resized(maps[0], (options.size, options.size))
    if mixture is not None:
        assert prepared.pattern is not None
        above = resized(maps[1], (options.size, options.size))
        channels = mixed(channels, above, prepared.pattern, mixture.share)[0]
    if prepared.calm is None:
        shift = calm_shift(channels)
    else:  # through the middle of a cell, the same one for all steps of a walk
        turns = ((cell + 0.5) / cells for cell, cells in zip(prepared.calm, plan.grid, strict=True))
        down, right = (-round(turn * options.size) for turn in turns)
        shift = (down, right)
    return material_of(
        channels,
        name=_name(prepared.kind, mixture, options),
        kind=prepared.kind,
        metres=plan.metres * (plan.grid[0] + plan.grid[1]) / 2,
        metal=bool({prepared.kind, mixture.other if mixture else ""} & set(METAL_KINDS)),
        record=prepared.record,
        shift=shift,
    )


def _plan_of(source: Source, size: int, factor: float, device: str) -> tuple[Source, _Plan]:
    """The bank's source at its scale, and as many whole tiles of it as `size` has room for.

    Whole tiles, so that courses and boards close; when `size` is no multiple, the picture is scaled.
    """
    cells = source.latent.shape[1]
    cells *= max(1, round(size / (cells * DOWN)))
    plan = _Plan((cells, cells), source.metres, factor, device)
    return (source if factor == 1.0 else at_scale(source, factor, plan.grid, device)), plan


def _plan_like(
    photo: Image, options: TextureOptions, factor: float, device: str, weights: Path | None
) -> tuple[Source, _Plan]:
    """The photo as a source, and a grid that whole periods of it fill."""
    metres, refine = options.metres or 1.0, options.refine
    source = source_like(photo, metres, factor=factor, refine=refine, device=device, weights=weights)
    down, right = closing(options.size / DOWN, periods(source))
    return source, _Plan((round(down), round(right)), source.metres * factor, factor, device)


def _walk(
    latent: Latent, source: Source, kind: str, options: TextureOptions, plan: _Plan
) -> tuple[Walk, str]:
    """(the walk between the two seeds, licence of the second one's source)."""
    assert options.toward is not None
    rng = generator_of(options.toward, "texture", kind)
    if kind != PHOTO:
        source = _fitting(source_of(kind, rng), plan)
    end = laid(source, plan.grid, rng)
    order = generator_of(options.seed, "walk", kind, str(options.toward))
    return walk(latent, end, order), source.licence


def _cover(
    mixture: Mixture, mask: Image | None, options: TextureOptions, plan: _Plan
) -> tuple[Latent, NDArray[np.float32], str]:
    """(latents of the other kind, the pattern that it follows, licence of its source)."""
    rng = generator_of(options.seed, "mix", mixture.other)
    source = _fitting(source_of(mixture.other, rng), plan)
    above = laid(source, plan.grid, rng)
    pattern = pattern_of(rng, options.size) if mask is None else pattern_from(mask, rng, options.size)
    return above, pattern, source.licence


def _fitting(source: Source, plan: _Plan) -> Source:
    """Another source brought to the plan's metres a cell."""
    return at_scale(source, plan.factor * source.metres / plan.metres, plan.grid, plan.device)


def _slid(latent: Latent, amounts: dict[str, float], plan: _Plan) -> Latent:
    """Latents that the sliders have moved.

    Weights that went out from those that ship have latents near enough for their sliders.
    """
    digest = load_generator("material_gan", plan.device, plan.weights)[1]
    if plan.weights is not None:
        card = load_weights(plan.weights)[1]
        digest = card.get("started_from", {}).get("digest", digest)
        if card["shape"]["latent"] != len(latent):
            raise InputProblem(
                f"{plan.weights}: latents of {card['shape']['latent']} channels, the kinds that ship have "
                f"{len(latent)}; train from material_gan (--from material_gan), or ask for --like"
            )
    return moved(latent, amounts, load_fields(), digest) if amounts else latent


def _name(kind: str, mixture: Mixture | None, options: TextureOptions) -> str:
    parts = [kind if options.like is None else _plain(Path(options.like).stem)]
    if mixture is not None:
        parts.append(mixture.other)
    parts.append(str(options.seed))
    if options.toward is not None:
        parts += ["to", str(options.toward), f"{round(100 * options.way):03d}"]
    return "_".join(parts)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "_", name.lower()).strip("_") or PHOTO


def _record(
    options: TextureOptions, versions: dict[str, str], licences: tuple[str, ...], plan: _Plan
) -> Record:
    """All that was asked for and differs from the usual; files by their names, no path of this machine."""
    asked: dict[str, Any] = {"kind": options.kind, "size": options.size}
    for spec in fields(options):
        value = getattr(options, spec.name)
        if spec.name not in ("seed", "device") and value != spec.default:
            asked[spec.name] = list(value) if isinstance(value, tuple) else value
    for name in ("like", "mask", "weights"):
        if name in asked:
            asked[name] = Path(asked[name]).name
    return Record(
        step="texture",
        options=asked,
        seed=options.seed,
        model="material_gan",
        model_digest=load_generator("material_gan", plan.device, plan.weights)[1],
        versions=versions,
        licences=licences,
    )


def _versions(photo: Image | None, mask: Image | None, *, sliders: bool) -> dict[str, str]:
    """vrgen's, and digests of whatever else the result depends on."""
    versions = {"vrgen": vrgen.__version__, "material_bank": load_bank("material_bank").digest}
    if sliders:
        versions["material_sliders"] = load_fields().digest
    for name, picture in (("photo", photo), ("mask", mask)):
        if picture is not None:
            versions[name] = picture.digest()
    return versions
