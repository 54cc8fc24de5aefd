"""Budget: how many pixels a metre each painted mesh gets, so that all of them keep to one sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.charts import Chart, cut
from vrgen.bake.pack import LARGEST, Sheet, pack
from vrgen.bake.parts import Part
from vrgen.core.material import Material
from vrgen.core.progress import SILENT, Progress

ROUNDS = 16
"""Times that the sheet is packed anew until it fits."""
CLOSE = 0.97
"""Share of the budget that is near enough."""
COARSER = 4.0
"""How much coarser than the finest wish the others become before wishes shrink too."""
WISHES = 0.6
"""Share of the budget that those with a wish may take from those without."""


class Wanted(Protocol):
    """What is asked for a mesh."""

    @property
    def material(self) -> Material:
        """What it wears: more pixels than its own are not worth anything."""

    @property
    def density(self) -> float | None:
        """Pixels a metre that were asked for; None for what is left."""

    @property
    def name(self) -> str:
        """What it is called."""


@dataclass(frozen=True, eq=False, slots=True)
class Given:
    """A sheet, and what each part got."""

    sheet: Sheet
    """Where charts lie; its own texels are `finer` pixels wide."""
    density: NDArray[np.float64]
    """(parts,) pixels a metre."""
    pixels: NDArray[np.int64]
    """(parts,) pixels that the boxes around its charts cover."""


def shared_out(
    parts: list[Part], wanted: Sequence[Wanted], *, texels: int, finer: int, progress: Progress
) -> Given:
    """A sheet of at most `texels` pixels for all parts, and at most 4096 a side.

    Those without a wish share one density, at most their materials' own; wishes together get at most
    60 % of the pixels. What each got is noted.
    """
    charts = cut(parts, list(range(len(parts))), progress=progress)
    area = _areas(charts, len(parts))
    own = np.array([_own(one.material) for one in wanted])
    wish = np.array([one.density or 0.0 for one in wanted])
    free = wish == 0
    if free.any():
        wish *= min(1.0, np.sqrt(WISHES * texels / max(float((area * wish**2).sum()), 1e-9)))
    common = float(own.max())
    for _ in range(ROUNDS):
        density = np.where(free, np.minimum(own, common), wish)
        sheet = _packed(charts, density / finer)
        used, side = sheet.width * sheet.height * finer**2, max(sheet.width, sheet.height) * finer
        over = max(used / texels, (side / LARGEST) ** 2)
        if over <= 1:
            break
        # Gutters do not shrink with the density: what wishes leave may be little, but not nothing.
        common = min(common, float(density[free].max(initial=common)))
        if free.all():
            common *= np.sqrt(CLOSE / over)
        elif free.any() and common > float(wish.max()) / COARSER:
            common *= max(CLOSE / over, 0.5)
        else:
            wish = wish * np.sqrt(CLOSE / over)
            common *= np.sqrt(CLOSE / over)
    covered = sheet.extent.prod(axis=1) * float(finer**2)
    pixels = np.bincount([chart.part for chart in charts], covered, minlength=len(parts)).astype(np.float64)
    _tell(wanted, density, pixels, (sheet.width * finer, sheet.height * finer), texels, progress)
    return Given(sheet, density, pixels.astype(np.int64))


def _own(material: Material) -> float:
    """Pixels a metre of the material itself."""
    return float(np.sqrt(material.base_colour.width * material.base_colour.height / np.prod(material.size_m)))


def _packed(charts: list[Chart], density: NDArray[np.float64]) -> Sheet:
    """The charts on a sheet with as many of its texels a metre as each chart's part has (parts,)."""
    drawn = [replace(chart, flat=chart.flat * density[chart.part]) for chart in charts]
    return pack(drawn, per_metre=1.0, largest=10**6, progress=SILENT)


def _areas(charts: list[Chart], parts: int) -> NDArray[np.float64]:
    """(parts,) square metres of the boxes around their charts."""
    size = np.array([chart.size.prod() for chart in charts])
    return np.bincount([chart.part for chart in charts], size, minlength=parts).astype(np.float64)


def _tell(
    wanted: Sequence[Wanted],
    density: NDArray[np.float64],
    pixels: NDArray[np.float64],
    size: tuple[int, int],
    texels: int,
    progress: Progress,
) -> None:
    whole = max(float(pixels.sum()), 1.0)
    told = [
        f"{one.name or 'mesh'} {per_metre:.0f} px/m ({100 * mine / whole:.0f} %)"
        + (f", asked {one.density:.0f}" if one.density and per_metre < 0.99 * one.density else "")
        for one, per_metre, mine in sorted(
            zip(wanted, density, pixels, strict=True), key=lambda row: (-row[2], row[0].name)
        )
    ]
    more = f" and {len(told) - 8} more" if len(told) > 8 else ""
    share = size[0] * size[1] / texels
    progress.note(
        f"painted at {size[0]} x {size[1]} pixels, {share:.0%} of the {texels:,} allowed: "
        f"{'; '.join(told[:8])}{more}"
    )
