"""UV layout: is there any, and does every triangle of a lightmap have its own texels?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vrgen.gltf.check.catalogue import finding
from vrgen.gltf.check.finding import Finding
from vrgen.gltf.check.subject import Subject
from vrgen.gltf.to_material import textures_of

SIDE = 2048
"""Pixels of the square that charts are drawn into."""
FAR = 4.0
"""How far beyond the square a chart is drawn: a file may say anything."""
OVERLAPPING = 0.02
"""Share of the charts' area: borders of charts that touch are no overlap."""
OWN = ("lightmap", "occlusion")
"""What belongs to one place of one mesh, when it lies on the second UV set."""


def uv_layout(subject: Subject) -> Iterator[Finding]:
    """Missing UVs, overlapping charts."""
    for item in subject.everything:
        if any(item.uv(texture) is None for _, texture in textures_of(item.mesh.surface)):
            yield finding("UV_MISSING", item.place, "wears a texture, its UV set for it is not there")
    for worn in subject.images:
        if worn.role not in OWN or worn.texture.uv_set != 1:
            continue
        found = [(item, item.uv(texture)) for item, texture in subject.wearers(worn)]
        charts = [uv for _, uv in found if uv is not None]
        if not charts:
            continue
        share = overlap(np.concatenate(charts))
        if share > OVERLAPPING:
            told = f"{share:.0%} of the charts lies on others of the same {worn.role} ({worn.size})"
            yield finding("UV_OVERLAP", found[0][0].place, told)


def overlap(uv: NDArray[np.float64]) -> float:
    """Share of the area of triangles (T, 3, 2) in [0, 1] that is covered by another: 1 - union / sum."""
    from PIL import Image, ImageDraw

    one, two = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    total = float(np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]).sum() / 2)
    if total < 1e-9:
        return 0.0
    picture = Image.new("1", (SIDE, SIDE), 0)
    pen = ImageDraw.Draw(picture)
    for corners in np.clip(uv, -FAR, FAR).reshape(len(uv), 6) * SIDE:
        pen.polygon(corners.tolist(), fill=1)
    return max(0.0, 1.0 - float(np.asarray(picture).mean()) / total)
