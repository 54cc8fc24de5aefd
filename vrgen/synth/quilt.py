"""Quilting: a new latent map, periodic in both directions, from patches of a source's own.

Patches are laid on a torus row by row. For each, every offset of the (periodic) source is scored at once by
its squared error where the patch overlaps what is laid already, one of the best few is drawn by the seed,
and the hand-over runs along a least-error cut. The offset that simply goes on from a neighbour fits without
any error: it is ruled out, or the source would be copied whole. Where the source repeats itself (courses,
slabs), only offsets in step with what is laid are drawn: joints are thin, and errors see colours first. Works
on latents, where a patch carries all maps together; the search sees their leading principal components alone.

Source: Efros and Freeman 2001 (image quilting), exhaustive search by FFT (Kwatra et al. 2003); torus, latents
and components are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.errors import ValueProblem

Latent = NDArray[np.float32]
_Lines = slice | NDArray[np.int64]
FAR = 3
"""Cells that an offset must lie away from going on where a patch before it was."""
MEMORY = 24
"""How many patches back that counts."""
WEAR, WORN_OUT = 1.25, 1.5
"""How much dearer a place of the source gets each time it is used, and at most against a fresh one: a knot
is not stamped in rows, and courses still count for more."""


SLACK = 1.0
"""Cells that a joint may lie beside its place: real courses are not drawn with a ruler."""


@dataclass(frozen=True, slots=True)
class QuiltOptions:
    """How patches are cut and chosen."""

    patch: int = 24
    """Cells along a patch's side."""
    overlap: int = 8
    """Cells that neighbours share."""
    best_of: int = 3
    """One of at most this many best fits is taken."""
    tolerance: float = 0.2
    """How much worse than the best a fit may be (share of the best's error)."""
    components: int = 12
    """Principal components of the source that fits and cuts are judged by; the rest is carried along."""
    wraps: bool = True
    """Whether the source tiles, so that a patch may lie across its border."""
    periods: tuple[float | None, float | None] = (None, None)
    """Cells after which the source looks like itself again, down and right; None where it does not."""


def quilt(
    source: Latent, size: tuple[int, int], rng: np.random.Generator, options: QuiltOptions = QuiltOptions()
) -> Latent:
    """A periodic map (C, *size) float32 from a source (C, H, W) float32.

    A source that wraps and is smaller than a patch is repeated. Raises ValueProblem when the size is below a
    patch, or a source that does not wrap.
    """
    patch, step = options.patch, options.patch - options.overlap
    if min(size) < patch:
        raise ValueProblem(f"quilt: size {size} cells, expected at least {patch} along each side")
    if not options.wraps and min(source.shape[1:]) < patch:
        raise ValueProblem(
            f"quilt: a source of {source.shape[1:]} cells that does not tile, expected at least {patch}"
        )
    rows, columns = (_starts(length, step) for length in size)
    alignments: list[tuple[int, int]] = []
    worn = np.ones(source.shape[1:])
    seen = principal(source, options.components)
    spectrum = np.fft.rfft2(seen.astype(np.float64))
    energy = np.fft.rfft2((seen.astype(np.float64) ** 2).sum(axis=0))
    made = np.zeros((source.shape[0], *size), np.float32)
    shown = np.zeros((seen.shape[0], *size), np.float32)
    laid = np.zeros(size, bool)
    beat: tuple[float, float] | None = None
    for row in rows:
        for column in columns:
            where = _window(row, column, patch, size)
            mask, target = laid[where], shown[:, where[0], where[1]]
            cost = _misfit(spectrum, energy, source.shape[1:], target, mask)
            for down, right in alignments:  # what goes on from a patch that was laid before
                cost[_window(row + down - FAR, column + right - FAR, 2 * FAR + 1, cost.shape)] += cost.max()
            cost = cost * worn
            if beat is not None:
                cost[_out_of_step((row, column), beat, size, cost.shape, options)] += cost.max()
            reach = tuple(length if options.wraps else length - patch + 1 for length in cost.shape)
            offset = _one_of_the_best(cost[: reach[0], : reach[1]], mask, rng, options)
            beat = beat or (offset[0] - row, offset[1] - column)
            near = _window(offset[0] - patch // 3, offset[1] - patch // 3, 2 * (patch // 3) + 1, worn.shape)
            worn[near] = np.minimum(worn[near] * WEAR, WORN_OUT * worn.min())
            alignments = [*alignments, (offset[0] - row, offset[1] - column)][-MEMORY:]
            taken = _window(*offset, patch, source.shape[1:])
            fresh = seen[:, taken[0], taken[1]]
            keep = _kept(mask, ((target - fresh) ** 2).sum(axis=0), options.overlap)
            for canvas, given in ((made, source), (shown, seen)):
                old, new = canvas[:, where[0], where[1]], given[:, taken[0], taken[1]]
                canvas[:, where[0], where[1]] = old * keep + new * (1.0 - keep)
            laid[where] = True
    return made


def principal(source: Latent, components: int) -> Latent:
    """The leading principal components (at most `components`, H, W) of a map (C, H, W), about its mean."""
    flat = source.reshape(source.shape[0], -1).astype(np.float64)
    flat = flat - flat.mean(axis=1, keepdims=True)
    _, axes = np.linalg.eigh(flat @ flat.T)  # in rising order
    leading = axes[:, ::-1][:, :components]
    return np.asarray((leading.T @ flat).reshape(-1, *source.shape[1:]), np.float32)


def _starts(length: int, step: int) -> list[int]:
    """Evenly spread starts, close enough for every neighbour on the ring to overlap."""
    count = max(2, -(-length // step))
    return [round(i * length / count) for i in range(count)]


def _window(row: int, column: int, patch: int, size: tuple[int, ...]) -> tuple[_Lines, _Lines]:
    """Lines of a square on a torus: slices, which copy nothing, where it does not go round."""
    lines: list[_Lines] = []
    for axis, first in enumerate((row % size[0], column % size[1])):
        inside = first + patch <= size[axis]
        lines.append(slice(first, first + patch) if inside else (first + np.arange(patch)) % size[axis])
    down, right = lines
    if isinstance(down, slice) and isinstance(right, slice):
        return down, right
    down, right = (
        np.arange(part.start, part.stop) if isinstance(part, slice) else part for part in (down, right)
    )
    return down[:, None], right[None, :]


def _misfit(
    spectrum: NDArray[np.complex128],
    energy: NDArray[np.complex128],
    shape: tuple[int, ...],
    target: Latent,
    mask: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Sum of mask * (source - target)^2 for every offset (H, W) in the source, by correlation."""
    place = (slice(0, mask.shape[0]), slice(0, mask.shape[1]))
    weights = np.zeros(shape)
    weights[place] = mask
    wanted = np.zeros((target.shape[0], *shape))
    wanted[:, *place] = target * mask
    both = np.conj(np.fft.rfft2(wanted)) * spectrum
    cost = np.fft.irfft2(np.conj(np.fft.rfft2(weights)) * energy - 2 * both.sum(axis=0), s=shape)
    return np.asarray(np.maximum(cost + (wanted**2).sum(), 0.0))


def _out_of_step(
    place: tuple[int, int],
    beat: tuple[float, float],
    size: tuple[int, int],
    shape: tuple[int, ...],
    options: QuiltOptions,
) -> NDArray[np.bool_]:
    """Offsets (H, W) that would put joints elsewhere at `place` than the first patch, laid at `beat`."""
    off = []
    for axis, period in enumerate(options.periods):
        if period is None:
            off.append(np.zeros(shape[axis], bool))
            continue
        whole = size[axis] / max(1, round(size[axis] / period))  # the same period, as it fills the map
        turns = (np.arange(shape[axis]) - beat[axis]) / period - place[axis] / whole
        off.append(np.abs(turns - np.round(turns)) * period > SLACK)
    return np.asarray(off[0][:, None] | off[1][None, :])


def _one_of_the_best(
    cost: NDArray[np.float64], mask: NDArray[np.bool_], rng: np.random.Generator, options: QuiltOptions
) -> tuple[int, int]:
    """An offset drawn from the best few; from all while nothing is laid. `cost` is used up."""
    shape = cost.shape
    if not mask.any():
        return int(rng.integers(shape[0])), int(rng.integers(shape[1]))
    choices: list[int] = []
    limit = float(cost.min()) * (1.0 + options.tolerance) + 1e-6 * mask.sum()
    for _ in range(options.best_of):  # the next best is taken elsewhere, not one cell beside the last
        best = int(cost.argmin())
        if choices and cost.flat[best] > limit:
            break
        choices.append(best)
        row, column = np.unravel_index(best, shape)
        cost[_window(int(row) - 2, int(column) - 2, 5, shape)] = np.inf
    row, column = np.unravel_index(choices[int(rng.integers(len(choices)))], shape)
    return int(row), int(column)


def _kept(mask: NDArray[np.bool_], error: NDArray[np.float32], overlap: int) -> NDArray[np.float32]:
    """Share (P, P) of what is laid already that stays, 1 to 0 across the cuts; 0 where nothing is laid."""
    size = len(mask)
    keep = np.zeros((size, size), np.float32)
    for turns in range(4):  # each side in turn is brought to the left
        side, cost = np.rot90(mask, turns), np.rot90(error, turns)
        if side[:, 0].mean() < 0.9:
            continue
        cut = _least_error_cut(cost[:, :overlap])
        ramp = np.clip(cut[:, None] - np.arange(size)[None, :] + 0.5, 0.0, 1.0).astype(np.float32)
        keep = np.maximum(keep, np.rot90(ramp, -turns))
    return keep * mask


def _least_error_cut(error: NDArray[np.float32]) -> NDArray[np.int64]:
    """Column (rows,) of the cheapest path from the first row to the last, by dynamic programming."""
    framed = np.pad(error.astype(np.float64), ((0, 0), (1, 1)), constant_values=np.inf)
    total = framed[:, 1:-1]
    for last, here in zip(framed, total[1:], strict=False):
        here += np.minimum(np.minimum(last[:-2], last[2:]), last[1:-1])
    path = np.empty(len(total), np.int64)
    path[-1] = int(total[-1].argmin())
    for row in range(len(total) - 2, -1, -1):
        low = max(0, path[row + 1] - 1)
        path[row] = low + int(total[row, low : path[row + 1] + 2].argmin())
    return path
