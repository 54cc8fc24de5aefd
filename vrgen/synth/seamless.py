"""seamless: a photo of a surface becomes a tile that closes in both directions.

Along one axis, a strip at the photo's start is replaced by what follows the tile's end, so that the border
lies where the photo simply goes on; within the strip a least-error cut hands back to the photo's start. Start
and period are searched for the cheapest cut: rows of bricks close by themselves. What is coarse is handed
over slowly and what is fine at once, so nothing is seen twice. Then the same along the other axis, with a
cut that closes.

Sources: least-error cut (Efros and Freeman 2001); hand-over band by band (Burt and Adelson 1983).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import LUMINANCE, linear_to_srgb, srgb_to_linear

Picture = NDArray[np.float32]
STRIP = 6
"""The strip that is cut through is this part of the photo's side."""
LEAST = 0.55
"""A tile's share of the photo's side, at least."""
EDGES = 4.0
"""Weight of edges beside colour in that search."""
COARSE = 160
"""Pixels of the side at which start and period are searched."""
CUT_SIDE = 768
"""Pixels along a cut, at most; larger ones are found on a smaller picture."""
BANDS = (1.0, 3.0, 9.0, 27.0)
"""Spreads in pixels that part fine from coarse; each band is handed over as slowly as it is coarse."""
SHADING_REACH = 0.2
"""Spread, in sides of the photo, of what counts as fall-off of the light."""
DARKEST = 1.0 / 255.0


def delight(photo: Picture) -> Picture:
    """The photo (H, W, 3), sRGB in [0, 1], without its slow change of brightness; its mean stays.

    Only luminance is evened out, by at most a factor of 2: a mossy corner stays green.
    """
    linear = srgb_to_linear(photo)
    small = cv2.resize(linear @ LUMINANCE.astype(np.float32), (64, 64), interpolation=cv2.INTER_AREA)
    slow = cv2.GaussianBlur(
        np.log(np.maximum(small, DARKEST)), (0, 0), SHADING_REACH * 64, borderType=cv2.BORDER_REFLECT
    )
    shading = cv2.resize(slow - slow.mean(), photo.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    even = linear / np.exp(np.clip(shading, -np.log(2), np.log(2)))[..., None]
    even *= linear.mean() / max(float(even.mean()), 1e-6)
    return linear_to_srgb(even)


def seamless(photo: Picture) -> Picture:
    """A periodic tile (h, w, 3) from a photo (H, W, 3), sRGB in [0, 1]; h and w are 0.55 to 0.85 of it."""
    wide = _closed(photo, ring=False)
    return np.ascontiguousarray(_closed(wide.transpose(1, 0, 2), ring=True).transpose(1, 0, 2))


def scaled(tile: Picture, size: tuple[int, int]) -> Picture:
    """A periodic picture (H, W, 3) in [0, 1] at another size (height, width), still periodic."""
    if tile.shape[:2] == size:
        return tile
    for axis in (0, 1):
        tile = _scaled_along(tile, axis, size[axis])
    return tile


def calm_border(channels: Picture) -> Picture:
    """The same periodic picture (H, W, C), cut where all channels change least from line to line.

    Any cut of it tiles; this one keeps the border away from joints and from the edges of latent cells.
    """
    return np.roll(channels, calm_shift(channels), axis=(0, 1))


def calm_shift(channels: Picture) -> tuple[int, int]:
    """By how many rows and columns np.roll brings the calmest lines of a periodic picture (H, W, C) to its
    border."""
    shift = []
    for axis in (0, 1):
        planes = (channels[..., channel] for channel in range(channels.shape[2]))  # whole sets are large
        steps = np.stack([_steps(plane, axis) for plane in planes], axis=-1)
        relative = steps / np.maximum(np.percentile(steps, 99, axis=0), 1e-6)
        shift.append(-int(relative.max(axis=1).argmin()))
    return shift[0], shift[1]


def _steps(plane: Picture, axis: int) -> Picture:
    """Mean absolute difference (H,) or (W,) of each line of a periodic plane from the one before it."""
    apart = np.empty(plane.shape, np.float32)
    here, before = (plane, apart) if axis == 0 else (plane.T, apart.T)
    np.subtract(here[1:], here[:-1], out=before[1:])
    np.subtract(here[0], here[-1], out=before[0])
    return np.asarray(np.abs(apart, out=apart).mean(axis=1 - axis))


def _scaled_along(tile: Picture, axis: int, length: int) -> Picture:
    got = tile.shape[axis]
    margin = -(-got // 8)
    around = np.pad(tile, [(margin, margin) if i == axis else (0, 0) for i in range(3)], mode="wrap")
    if length < got:  # no finer detail than the new pixels can hold
        spread = (0.35 * got / length, 1e-6)[:: 1 if axis == 1 else -1]
        around = np.asarray(cv2.GaussianBlur(around, (0, 0), sigmaX=spread[0], sigmaY=spread[1]), np.float32)
    along = (np.arange(length) + 0.5) * got / length - 0.5 + margin
    other = np.arange(tile.shape[1 - axis], dtype=np.float64)
    x, y = np.meshgrid(along, other) if axis == 1 else np.meshgrid(other, along)
    found = cv2.remap(around, x.astype(np.float32), y.astype(np.float32), cv2.INTER_CUBIC)
    return np.asarray(found.clip(0.0, 1.0), np.float32)


def _closed(photo: Picture, *, ring: bool) -> Picture:
    """The photo made periodic in x; `ring` says that it is periodic in y already."""
    start, period, strip = _place(photo)
    begin = photo[:, start : start + strip]
    goes_on = photo[:, start + period : start + period + strip]
    cut = _cut(((begin - goes_on) ** 2).sum(axis=-1), ring=ring)
    tile = photo[:, start : start + period].copy()
    tile[:, :strip] = _handed_over(goes_on, begin, cut, ring=ring)
    return tile


def _place(photo: Picture) -> tuple[int, int, int]:
    """(start, period, strip) in pixels whose cut costs least; a larger tile may cost a little more."""
    height, width = photo.shape[:2]
    scale = max(1.0, width / COARSE)
    size = (round(width / scale), max(8, round(height / scale)))
    small = _with_edges(np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.float32))
    strip = size[0] // STRIP
    places = [
        (start, period)
        for start in range(0, size[0] - strip - int(LEAST * size[0]) + 1, max(1, strip // 3))
        for period in range(int(LEAST * size[0]), size[0] - strip - start + 1)
    ]
    errors = np.stack(
        [((small[:, s : s + strip] - small[:, s + p : s + p + strip]) ** 2).sum(axis=-1) for s, p in places]
    )
    # A cut is cheap inside of any tile of a floor; only where joint meets joint the whole strip fits.
    costs = _totals(errors)[:, -1].min(axis=-1) / size[1] + errors.mean(axis=(1, 2))
    larger = np.array([size[0] / period for _, period in places])
    start, period = places[int((np.sqrt(costs) * np.sqrt(larger)).argmin())]
    return _refined(photo, int(start * scale), round(period * scale), int(strip * scale), round(scale))


def _with_edges(photo: Picture) -> Picture:
    """(H, W, 3) to (H, W, 5): joints and cracks count by their edges, whatever colour lies between them."""
    grey = cv2.GaussianBlur(photo.mean(axis=-1), (0, 0), 1.0)
    edges = np.stack([cv2.Sobel(grey, cv2.CV_32F, *way, scale=0.25) for way in ((1, 0), (0, 1))], axis=-1)
    return np.concatenate([photo, EDGES * edges], axis=-1)


def _refined(photo: Picture, start: int, period: int, strip: int, reach: int) -> tuple[int, int, int]:
    """The same to the pixel: the period within `reach` of the one given that fits best all over."""
    begin = photo[:, start : start + strip]
    periods = [
        p for p in range(period - reach, period + reach + 1) if start + p + strip <= photo.shape[1]
    ] or [photo.shape[1] - start - strip]
    misfits = [float(((begin - photo[:, start + p : start + p + strip]) ** 2).mean()) for p in periods]
    return start, periods[int(np.argmin(misfits))], strip


def _totals(errors: Picture) -> NDArray[np.float64]:
    """(K, H, W) errors to the cost of the cheapest path from the first row to every cell."""
    total = errors.astype(np.float64)
    for row in range(1, total.shape[1]):
        last = np.pad(total[:, row - 1], ((0, 0), (1, 1)), constant_values=np.inf)
        total[:, row] += np.minimum(np.minimum(last[:, :-2], last[:, 1:-1]), last[:, 2:])
    return total


def _cut(error: Picture, *, ring: bool) -> NDArray[np.float64]:
    """Column (H,) of the cheapest cut through (H, W); it ends where it began when the rows are a ring."""
    height, width = error.shape
    shrink = max(1, -(-height // CUT_SIDE))
    size = (max(8, width // shrink), max(8, height // shrink))
    small = cv2.resize(error, size, interpolation=cv2.INTER_AREA) + 1e-6
    edge = max(1, size[0] // 6)  # room on both sides for what is handed over slowly
    small[:, :edge] = small[:, -edge:] = 1e3
    path = _path(small)
    if ring:  # where the path is after half a turn of two is a good place to close it
        middle = _path(np.concatenate([small, small]))[size[1]]
        small[0] = small[-1] = 1e3
        small[0, middle] = small[-1, middle] = 0.0
        path = _path(small)
    places = (np.arange(height) + 0.5) * size[1] / height - 0.5
    columns: NDArray[np.float64] = np.interp(places, np.arange(size[1]), path + 0.5) * width / size[0]
    return columns


def _path(error: Picture) -> NDArray[np.int64]:
    total = _totals(error[None])[0]
    path = np.empty(len(total), np.int64)
    path[-1] = int(total[-1].argmin())
    for row in range(len(total) - 2, -1, -1):
        low = max(0, path[row + 1] - 1)
        path[row] = low + int(total[row, low : path[row + 1] + 2].argmin())
    return path


def _handed_over(left: Picture, right: Picture, cut: NDArray[np.float64], *, ring: bool) -> Picture:
    """`left` up to the cut and `right` from there on (H, W, 3), band by band; the outer columns are pure."""
    width = left.shape[1]
    across = np.arange(width)
    share = np.clip(cut[:, None] - across[None, :], 0.0, 1.0).astype(np.float32)
    made = np.zeros_like(left)
    rest: tuple[Picture, ...] = (left, right)
    for spread in (*BANDS, None):
        soft = _soft(share, spread or 2 * BANDS[-1], ring)
        sure = np.clip(np.minimum(across, width - 1 - across) / (width / 6), 0.0, 1.0).astype(np.float32)
        weight = (soft * sure + (across < width / 2) * (1.0 - sure))[..., None]
        coarse = rest if spread is None else tuple(_soft(part, spread, ring) for part in rest)
        fine = rest if spread is None else tuple(a - b for a, b in zip(rest, coarse, strict=True))
        made += fine[0] * weight + fine[1] * (1.0 - weight)
        rest = coarse
    return made.clip(0.0, 1.0)


def _soft(picture: Picture, spread: float, ring: bool) -> Picture:
    """Gaussian blur; rows wrap around on a ring and are mirrored otherwise, columns are mirrored."""
    margin = min(int(3 * spread) + 1, len(picture) - 1)
    around = [(margin, margin), *((0, 0) for _ in picture.shape[1:])]
    framed = np.pad(picture, around, mode="wrap" if ring else "symmetric")
    blurred = cv2.GaussianBlur(framed, (0, 0), spread, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred[margin:-margin], np.float32)
