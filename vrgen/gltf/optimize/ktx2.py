"""KTX2: PNG and JPEG become ETC1S or UASTC, which stay small on the GPU (KHR_texture_basisu)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from vrgen.core.progress import Progress
from vrgen.gltf.optimize.encoders import KtxJob, encode, threads
from vrgen.gltf.optimize.pack_textures import PackedTexture
from vrgen.gltf.optimize.pictures import Picture
from vrgen.gltf.unpack import library

MOST_TINT = 2.5
"""Of 255: how far blocks of 8 pixels may be off on the whole (root mean square). ETC1S has five bits for the
colours of a block, so that what is nearly white, plaques above all, turns yellow or green."""
HIDDEN = 0.1
"""Part of the variation of its blocks that hides more in a picture."""
SEEN_TINT = 0.5
"""Of 255: what is seen of it on plaster, whose blocks have one colour, ..."""
MASKED = 2.0
"""... and how many times the variation of its own colours that must be. Pictures hide it."""
FINEST = 256
"""The ETC1S quality (1 to 255) from which UASTC is used for colour too."""
BLOCK = 8
"""Pixels of a block that is seen as one from a few metres."""


def as_ktx2(
    pictures: Sequence[Picture], done: dict[KtxJob, bytes], *, quality: int, progress: Progress
) -> list[PackedTexture]:
    """Every picture as KTX2: data as UASTC, colour as ETC1S of `quality`, but UASTC where that would tint it.

    `done` keeps what was encoded. Raises MissingPart without the encoders or the transcoder, OutputProblem
    when they fail.
    """
    first = [_job(one, uastc=not one.srgb or quality >= FINEST, quality=quality) for one in pictures]
    with progress.stage("encode textures", len(first)) as advance:
        made = encode(first, done, advance=advance)
    with ThreadPoolExecutor(threads(len(first))) as pool:
        suffers = list(
            pool.map(lambda one, job, data: not job.uastc and tinted(one, data), pictures, first, made)
        )
    jobs = [
        _job(one, uastc=True, quality=quality) if bad else job
        for one, job, bad in zip(pictures, first, suffers, strict=True)
    ]
    with progress.stage("encode finer textures", len(jobs)) as advance:
        made = encode(jobs, done, advance=advance)
    return [
        PackedTexture(one, data, "image/ktx2", job.uastc)
        for one, job, data in zip(pictures, jobs, made, strict=True)
    ]


def decoded(data: bytes) -> NDArray[np.uint8]:
    """(height, width, 4) uint8 of a KTX2 file's largest level. Raises MissingPart without the transcoder."""
    transcoder = library("opengl_basisu", "opengl_basisu", "KTX2 pictures")
    texture = transcoder.open(data)
    return np.asarray(texture.transcode("rgba8").data, np.uint8)


def tinted(picture: Picture, data: bytes) -> bool:
    """Whether what ETC1S made of a picture shows as a tint."""
    before, after = (pixels[..., :3].astype(np.float32) for pixels in (picture.pixels(), decoded(data)))
    blocks, error = _blocks(before), _blocks(after - before)
    tint = float(np.sqrt((_hue(error) ** 2).mean()))
    own = float(_hue(blocks).std(axis=(0, 1)).mean())
    most = max(MOST_TINT, HIDDEN * float(blocks.std()))
    return float(np.sqrt((error**2).mean())) > most or tint > max(SEEN_TINT, MASKED * own)


def _job(picture: Picture, *, uastc: bool, quality: int) -> KtxJob:
    return KtxJob(
        picture.source,
        picture.size,
        alpha=picture.alpha,
        srgb=picture.srgb,
        uastc=uastc,
        quality=0 if uastc else min(quality, FINEST - 1),
        clamped=picture.clamped,
    )


def _blocks(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of blocks."""
    import cv2

    height, width = pixels.shape[:2]
    coarse = (max(1, width // BLOCK), max(1, height // BLOCK))
    return np.asarray(
        cv2.resize(np.ascontiguousarray(pixels), coarse, interpolation=cv2.INTER_AREA), np.float32
    )


def _hue(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours without their brightness, in levels."""
    hue: NDArray[np.float32] = pixels - pixels.mean(axis=-1, keepdims=True)
    return hue
