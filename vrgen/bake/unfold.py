"""Unfolding: meshes with a second UV set on the sheet, vertices split where charts part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.pack import Sheet
from vrgen.bake.parts import Part, oriented
from vrgen.core.mesh import Mesh
from vrgen.core.remap import remapped


def unfolded(parts: list[Part], sheet: Sheet) -> dict[int, Mesh]:
    """The mesh of every part that has charts, by the part's place, with uv1 in [0, 1] on the sheet.

    Instances become meshes of their own: light falls on each of them differently.
    """
    uv = {}
    chart_of = {}
    for number, chart in enumerate(sheet.charts):
        if chart.part not in uv:
            count = len(parts[chart.part].mesh.indices)
            uv[chart.part] = np.zeros((count, 3, 2))
            chart_of[chart.part] = np.zeros(count, np.int64)
        uv[chart.part][chart.triangles] = sheet.places(number) / (sheet.width, sheet.height)
        chart_of[chart.part][chart.triangles] = number
    return {place: _split(parts[place], uv[place], chart_of[place]) for place in sorted(uv)}


def _split(part: Part, uv: NDArray[np.float64], chart: NDArray[np.int64]) -> Mesh:
    faces = oriented(part.mesh.indices, part.world)
    key = np.stack([faces, np.broadcast_to(chart[:, None], faces.shape)], axis=-1).reshape(-1, 2)
    # A chart may touch itself along a seam: there one vertex has two places.
    place = np.round(uv.reshape(-1, 2) * 2**20).astype(np.int64)
    kept, first, corner = np.unique(
        np.concatenate([key, place], axis=1), axis=0, return_index=True, return_inverse=True
    )
    mesh = remapped(part.mesh, kept[:, 0], oriented(corner.reshape(-1, 3), part.world))
    return replace(mesh, uv1=uv.reshape(-1, 2)[first].astype(np.float32))
