"""Texture sizes: the largest, and what graphics cards and mipmaps want of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vrgen.core.budget import LARGEST_SIDE
from vrgen.gltf.check.catalogue import finding
from vrgen.gltf.check.finding import Finding
from vrgen.gltf.check.subject import Subject, Worn


def texture_sizes(subject: Subject) -> Iterator[Finding]:
    """Too many pixels, no blocks of 4, no power of two."""
    side = LARGEST_SIDE[subject.target]
    for worn in subject.images:
        if (
            worn.image.width * worn.image.height > side * side
            or max(worn.image.width, worn.image.height) > 2 * side
        ):
            told = f"{worn.size}, at most {side}x{side} pixels, {2 * side} a side"
            yield finding("TEXTURE_TOO_LARGE", worn.place, told)
    ragged = [worn for worn in subject.images if worn.image.width % 4 or worn.image.height % 4]
    if ragged:
        yield finding("TEXTURE_NOT_IN_BLOCKS", ragged[0].place, _told(ragged, "multiples of 4"))
    odd = [worn for worn in subject.images if "clamp_to_edge" not in worn.texture.wrap and not _powers(worn)]
    if odd:
        yield finding("TEXTURE_NOT_POWER_OF_TWO", odd[0].place, _told(odd, "powers of two"))


def _powers(worn: Worn) -> bool:
    return all(side & (side - 1) == 0 for side in (worn.image.width, worn.image.height))


def _told(found: Sequence[Worn], wanted: str) -> str:
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{found[0].size}{more} with sides that are no {wanted}"
