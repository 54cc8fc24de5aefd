"""Sky: generate one HDR sky with its sun, from a seed or from a panorama of yours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vrgen.core.progress import Progress
from vrgen.core.sky import Sky
from vrgen.errors import UsageProblem
from vrgen.synth import SkyOptions, check_sky
from vrgen.verbs.verb import verb


@dataclass(frozen=True, slots=True)
class SkyRequest(SkyOptions):
    """What to make, and panoramas to start from."""

    like: Path | None = None
    """An HDR panorama (.hdr, .exr; .png, .jpg) to encode and give back; sun, cover and warmth change it."""
    blend: str | None = None
    """Another one whose dome comes over that of `like`: FILE or FILE:SHARE; half of it when none is said."""


@verb(SkyRequest)
def sky(options: SkyRequest, progress: Progress) -> Sky:
    """A linear HDR sky; the same options give the same sky."""
    from vrgen.synth import sky as generate
    from vrgen.synth import sky_like

    check_sky(options)
    if options.blend is not None and options.like is None:
        raise UsageProblem("got a sky to blend with and none to start from; give one with like")
    if options.like is None:
        with progress.stage(f"generating sky {options.seed}", 1):
            return generate(options)
    from vrgen.maps.read import read_sky

    with progress.stage(f"encoding {options.like.name}", 1):
        like = read_sky(options.like)
        if options.blend is None:
            return sky_like(like, options)
        path, share = file_and_share(options.blend)
        return sky_like(like, options, other=read_sky(path), share=share)


def file_and_share(text: str) -> tuple[Path, float]:
    """`FILE` or `FILE:SHARE` apart; raises UsageProblem when what follows the colon is no number."""
    name, colon, number = text.rpartition(":")
    if not colon or "/" in number or "\\" in number:
        return Path(text), 0.5
    try:
        return Path(name), float(number)
    except ValueError:
        raise UsageProblem(
            f"got {text!r} to blend with, expected FILE or FILE:SHARE, as in dusk.hdr:0.3"
        ) from None
