"""Dress: a [[material]] as the surface that meshes wear."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vrgen.core import Material, Surface
from vrgen.core.frames import srgb_to_linear
from vrgen.scene.finish import Colour, Laying, SurfaceRequest, surface_of
from vrgen.scene.words.tables import MaterialTable

COVERED = 4.2
"""Metres that the pieces of a `slab` cover before they repeat, at least."""


def dressed(table: MaterialTable, material: Material | None, *, seed: int) -> Surface:
    """The surface of a table; `material` is what was generated or read for it, None for paint."""
    laying = None
    if table.slab is not None:
        pieces = tuple(max(2, round(COVERED / side)) for side in table.slab)
        rows = pieces[1] + pieces[1] % 2  # so that a bond closes
        laying = Laying(table.slab, (pieces[0], rows), joint_m=table.joint, bond=table.bond)
    request = SurfaceRequest(
        role=table.name,
        kind=None if material is None else material.kind,
        size_px=table.size,
        tone=None if table.colour is None else linear(table.colour),
        vividness=table.vividness,
        contrast=table.contrast,
        roughness=table.roughness,
        metallic=table.metallic,
        relief=table.relief,
        turn=table.turn,
        laying=laying,
        emission=table.glow,
        opacity=table.opacity,
    )
    return replace(surface_of(request, material, seed=seed), name=table.name)


def linear(colour: str) -> Colour:
    """Linear RGB of "#rrggbb"."""
    values = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (float(value) for value in srgb_to_linear(np.array(values)))
    return red, green, blue
