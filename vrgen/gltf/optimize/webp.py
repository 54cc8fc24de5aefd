"""WebP: a smaller file for readers without KTX2; the GPU holds as much as of PNG (EXT_texture_webp)."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.core.progress import Progress
from vrgen.errors import OutputProblem
from vrgen.gltf.optimize.encoders import threads
from vrgen.gltf.optimize.pack_textures import PackedTexture
from vrgen.gltf.optimize.pictures import Picture
from vrgen.gltf.optimize.tint import tinted

LOSSLESS = 101
"""OpenCV's quality that loses nothing. Data gets it: lossy WebP halves the resolution of colour, which bends
normals and mixes roughness with metal."""

METHOD = 2
"""Of libwebp's 0 to 6, for lossy WebP: 4, which most take, is twice the time for 4 % of the bytes."""
SMALL = 256 * 256
"""Pixels up to which it is tried without loss first: ..."""
CHEAP = 4096
"""... and taken, if it is no larger than this many bytes. A wall of one colour shows the least tint."""


@dataclass(frozen=True, slots=True)
class WebpJob:
    """One texture to encode."""

    picture: Picture
    """What."""
    quality: int
    """1 to 101."""


def as_webp(
    pictures: Sequence[Picture], done: dict[WebpJob, bytes], *, quality: int, progress: Progress
) -> list[PackedTexture]:
    """Every picture that WebP makes smaller, of `quality`, or without loss where that would tint it; the
    others stay as they are.

    `done` keeps what was encoded. Raises OutputProblem when a picture cannot be encoded.
    """
    jobs = [WebpJob(one, min(quality, 100) if one.srgb else LOSSLESS) for one in pictures]
    waiting = list(dict.fromkeys(job for job in jobs if job not in done))
    with progress.stage("encode textures", len(waiting)) as advance:
        for job, data in _encoded(waiting):
            done[job] = data
            advance(1)
    made = zip(pictures, (done[job] for job in jobs), strict=True)
    return [PackedTexture(one, data, "image/webp") for one, data in made if len(data) < one.bytes]


def decoded(data: bytes) -> NDArray[np.uint8]:
    """(height, width, 4) uint8."""
    import cv2

    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise OutputProblem("a texture that was made as WebP cannot be read; try --textures keep")
    code = cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGBA
    return np.asarray(cv2.cvtColor(pixels, code), np.uint8)


def _encoded(jobs: Sequence[WebpJob]) -> Iterator[tuple[WebpJob, bytes]]:
    with ThreadPoolExecutor(threads(len(jobs))) as pool:
        try:
            yield from zip(jobs, pool.map(_one, jobs), strict=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _one(job: WebpJob) -> bytes:
    pixels, alpha = job.picture.pixels(), job.picture.alpha
    if pixels.shape[0] * pixels.shape[1] <= SMALL:
        exact = _made(pixels, LOSSLESS, alpha=alpha)
        if len(exact) <= CHEAP:
            return exact
    data = _made(pixels, job.quality, alpha=alpha)
    if job.quality < LOSSLESS and tinted(pixels, decoded(data)):
        return _made(pixels, LOSSLESS, alpha=alpha)
    return data


def _made(pixels: NDArray[np.uint8], quality: int, *, alpha: bool) -> bytes:
    import cv2

    if quality < LOSSLESS:
        return _lossy(pixels, quality, alpha=alpha)
    rows = cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA if alpha else cv2.COLOR_RGBA2BGR)
    fine, data = cv2.imencode(".webp", rows, [cv2.IMWRITE_WEBP_QUALITY, quality])
    if not fine:
        height, width = pixels.shape[:2]
        raise OutputProblem(f"{width}x{height} pixels could not be made WebP; try --textures keep")
    return bytes(data)


def _lossy(pixels: NDArray[np.uint8], quality: int, *, alpha: bool) -> bytes:
    import cv2
    from PIL import Image as Pillow

    rows = pixels if alpha else cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB)
    data = io.BytesIO()
    try:
        Pillow.fromarray(rows).save(data, "WEBP", quality=quality, method=METHOD)
    except (OSError, ValueError) as problem:
        height, width = pixels.shape[:2]
        raise OutputProblem(
            f"{width}x{height} pixels could not be made WebP ({problem}); try --textures keep"
        ) from problem
    return data.getvalue()
