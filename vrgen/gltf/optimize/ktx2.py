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
from vrgen.gltf.optimize.tint import tinted
from vrgen.gltf.unpack import library

FINEST = 256
"""The ETC1S quality (1 to 255) from which UASTC is used for colour too."""


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
            pool.map(
                lambda one, job, data: not job.uastc and tinted(one.pixels(), decoded(data)),
                pictures,
                first,
                made,
            )
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
