"""Request: what `vrgen texture` is asked for, checked before any work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vrgen.errors import UsageProblem
from vrgen.synth.kinds import find_kind
from vrgen.synth.seeds import check_seed
from vrgen.synth.slider_names import SCALE, parse_sliders

SIZES = (64, 8192)
MOST_REFINING = 1000
METRES = (0.001, 1000.0)


@dataclass(frozen=True, slots=True)
class TextureOptions:
    """A PBR set of a kind: base colour, normal, roughness, height, occlusion (and metallic for metals)."""

    kind: str = "plaster"
    """Kind of material, `vrgen texture --list` names them all."""
    seed: int = 0
    """Another seed, another texture; the same seed, the same one."""
    size: int = 1024
    """Pixels along a side, 64 to 8192."""
    slider: tuple[str, ...] = ()
    """NAME=AMOUNT from -3 to 3, as often as you like: roughness, brightness, warmth, saturation, contrast,
    relief, scale."""
    mix: str | None = None
    """KIND:OTHER=SHARE, as in bricks:grass=0.4: OTHER covers that share of the area, first where KIND lies
    low."""
    mask: Path | str | None = None
    """Grey picture that says where OTHER of --mix goes first: white before black [a pattern of the seed]."""
    like: Path | str | None = None
    """Photo of a surface to make tiling variations of, in place of a kind."""
    refine: int = 0
    """Passes of gradient descent that bring the latents of --like nearer to the photo, 0 to 1000."""
    metres: float | None = None
    """Metres along the short side of the photo of --like [1]."""
    toward: int | None = None
    """A second seed to walk to, patch by patch."""
    way: float = 0.0
    """How much of the walk to --toward is done, 0 to 1."""
    draw: Literal["quilt", "gan"] = "quilt"
    """quilt lays patches of a source; gan draws from noise, for kinds that latent_gan draws well."""
    weights: Path | str | None = None
    """Weights of your own in place of those that ship: a run folder of `vrgen train gan`, or its .safetensors
    file. Photos of --like are encoded and drawn by them, kinds drawn."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the networks run."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """What --mix says."""

    base: str | None
    """Kind that lies below; None takes --kind, or the photo of --like."""
    other: str
    """Kind that covers it in parts."""
    share: float
    """Share of the area that is covered, 0 to 1."""


def check_texture(options: TextureOptions) -> None:
    """Raise UsageProblem, in one sentence, for whatever cannot be asked for."""
    find_kind(options.kind)
    check_size(options.size)
    check_seed(options.seed)
    parse_sliders(options.slider)
    mixture = None if options.mix is None else parse_mix(options.mix)
    if options.draw not in ("quilt", "gan"):
        raise UsageProblem(f"got draw {options.draw!r}, expected quilt or gan")
    if options.draw == "gan" and (options.like is not None or options.toward is not None):
        raise UsageProblem("what is drawn from noise is like no photo and walks nowhere; ask for draw quilt")
    if options.draw == "gan" and SCALE in parse_sliders(options.slider):
        raise UsageProblem("what is drawn from noise has the scale it was learned at; leave out slider scale")
    if options.draw == "gan" and options.weights is not None:
        raise UsageProblem("latent_gan draws for the weights that ship; leave out weights, or quilt")
    if options.mask is not None and mixture is None:
        raise UsageProblem("got a mask without a mix, expected --mix KIND:OTHER=SHARE beside it")
    if options.like is None and (options.refine or options.metres is not None):
        raise UsageProblem("refine and metres are about the photo of --like; name one, or leave them out")
    if options.like is not None and mixture is not None and mixture.base is not None:
        raise UsageProblem(
            f"got a photo and the mix {options.mix!r}, expected OTHER=SHARE alone: the photo lies below"
        )
    if not 0 <= options.refine <= MOST_REFINING:
        raise UsageProblem(f"got refine {options.refine}, expected passes from 0 to {MOST_REFINING}")
    if options.metres is not None and not METRES[0] <= options.metres <= METRES[1]:
        raise UsageProblem(f"got metres {options.metres}, expected {METRES[0]} to {METRES[1]:g}")
    if not 0.0 <= options.way <= 1.0:
        raise UsageProblem(f"got way {options.way}, expected a share of the walk from 0 to 1")
    if options.toward is None and options.way:
        raise UsageProblem(f"got way {options.way} and no second seed, expected toward beside it")
    if options.toward is not None:
        check_seed(options.toward)
        if mixture is not None:
            raise UsageProblem("a walk and a mix at once are not possible; ask for one of them")


def check_size(size: int) -> int:
    """`size` itself; raises UsageProblem outside 64 to 8192."""
    if not SIZES[0] <= size <= SIZES[1]:
        raise UsageProblem(f"got size {size}, expected pixels from {SIZES[0]} to {SIZES[1]}")
    return size


def parse_mix(text: str) -> Mixture:
    """`bricks:grass=0.4` or `grass=0.4` as a Mixture; raises UsageProblem for anything else."""
    kinds, _, number = text.partition("=")
    base, colon, other = kinds.rpartition(":")
    try:
        share = float(number)
    except ValueError:
        share = -1.0
    if not 0.0 < share < 1.0 or (colon and not base):
        raise UsageProblem(
            f"got mix {text!r}, expected KIND:OTHER=SHARE with a share from 0 to 1, as in bricks:grass=0.4"
        )
    return Mixture(find_kind(base.strip()).name if base else None, find_kind(other.strip()).name, share)
