"""texture: a kind and a seed to a PBR set that tiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

import vrgen
from vrgen.core import Image, Material, Record, to_bytes
from vrgen.errors import UsageProblem
from vrgen.models.device import pick_device
from vrgen.models.material_gan import CHANNELS, DOWN
from vrgen.synth.bank import Entry, load_bank
from vrgen.synth.decode import decode, load_generator
from vrgen.synth.kinds import find_kind
from vrgen.synth.quilt import QuiltOptions, quilt
from vrgen.synth.seamless import calm_border
from vrgen.synth.seeds import check_seed, generator_of

SIZES = (64, 8192)
METAL_KINDS = ("metal", "iron")


@dataclass(frozen=True, slots=True)
class TextureOptions:
    """A PBR set of a kind: base colour, normal, roughness, height, occlusion (and metallic for metals)."""

    kind: str = "plaster"
    """Kind of material, `vrgen texture --list` names them all."""
    seed: int = 0
    """Another seed, another texture; the same seed, the same one."""
    size: int = 1024
    """Pixels along a side, 64 to 8192."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the generator runs."""


def check_size(size: int) -> int:
    """`size` itself; raises UsageProblem outside 64 to 8192."""
    if not SIZES[0] <= size <= SIZES[1]:
        raise UsageProblem(f"got size {size}, expected pixels from {SIZES[0]} to {SIZES[1]}")
    return size


def texture(options: TextureOptions) -> Material:
    """Generate one Material; it tiles in both directions and knows its metres.

    The latents are quilted on a grid of whole source tiles, so that courses and boards close; when the size
    asked for is no multiple of that, the picture is scaled. Raises UsageProblem for a bad size, seed or kind.
    """
    kind = find_kind(options.kind)
    check_size(options.size)
    check_seed(options.seed)
    rng = generator_of(options.seed, "texture", kind.name)
    device = pick_device(options.device)
    generator, digest = load_generator("material_gan", device)
    bank = load_bank("material_bank")
    entries = bank.of_kind(kind.name)
    entry = entries[int(rng.integers(len(entries)))]
    cells = entry.latent.shape[1]
    repeats = max(1, round(options.size / (cells * DOWN)))
    latent = quilt(entry.latent, (cells * repeats, cells * repeats), rng, _quilting(cells))
    channels = calm_border(_scaled(decode(generator, latent, device=device, wrap_y=True), options.size))
    record = Record(
        step="texture",
        options={"kind": kind.name, "size": options.size},
        seed=options.seed,
        model="material_gan",
        model_digest=digest,
        versions={"vrgen": vrgen.__version__, "material_bank": bank.digest},
        licences=(entry.facts["licence"],),
    )
    return _material(channels, kind.name, entry, repeats, record)


def _quilting(cells: int) -> QuiltOptions:
    """Patches of three eighths of the source: bricks and slabs travel whole, no half tile is copied."""
    patch = 3 * cells // 8
    return QuiltOptions(patch=patch, overlap=patch // 3)


def _scaled(channels: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """(H, W, 9) to (size, size, 9), periodic: the border is wrapped before the filter sees it."""
    got = channels.shape[0]
    if got == size:
        return channels
    margin = max(1, got // 8)
    around = np.pad(channels, ((margin, margin), (margin, margin), (0, 0)), mode="wrap")
    inner = round(size * (got + 2 * margin) / got)
    how = cv2.INTER_AREA if size < got else cv2.INTER_CUBIC
    planes = [cv2.resize(around[..., c], (inner, inner), interpolation=how) for c in range(around.shape[2])]
    start = round(size * margin / got)
    return np.asarray(np.stack(planes, axis=-1)[start : start + size, start : start + size], np.float32)


def _material(
    channels: NDArray[np.float32], kind: str, entry: Entry, repeats: int, record: Record
) -> Material:
    def image(name: str, space: Literal["srgb", "linear"] = "linear") -> Image:
        return Image(to_bytes(channels[..., CHANNELS[name]]), space)

    metres = float(entry.facts["metres"]) * repeats
    maps: dict[str, Any] = {name: image(name) for name in ("roughness", "height", "occlusion")}
    if kind in METAL_KINDS:
        maps["metallic"] = image("metallic")
    return Material(
        name=f"{kind}_{record.seed}",
        kind=kind,
        base_colour=image("base_colour", "srgb"),
        normal=Image(to_bytes(_unit_normals(channels[..., CHANNELS["normal"]])), "linear"),
        size_m=(metres, metres),
        record=record,
        **maps,
    )


def _unit_normals(xy: NDArray[np.float32]) -> NDArray[np.float32]:
    """x, y (H, W, 2) around 0.5 to unit normals (H, W, 3) in [0, 1], z never below 0.1."""
    slope = xy * 2.0 - 1.0
    length = np.linalg.norm(slope, axis=-1, keepdims=True)
    slope = slope * np.minimum(1.0, 0.995 / np.maximum(length, 1e-6))
    z = np.sqrt(np.maximum(0.01, 1.0 - (slope**2).sum(axis=-1, keepdims=True)))
    normal = np.concatenate([slope, z], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return np.asarray(normal * 0.5 + 0.5, np.float32)
