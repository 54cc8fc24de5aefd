"""What `vrgen optimize` writes for a headset, in the page: three.js decodes it and shows the same picture."""

from __future__ import annotations

import numpy as np
import pytest

import vrgen
from vrgen.gltf.optimize import encoders

CLOSE = 3.0
"""Largest mean difference to the picture of the plain file, of 255."""


@pytest.mark.parametrize(
    ("textures", "geometry", "asked"),
    [("ktx2", "meshopt", "decoders/basis"), ("webp", "draco", "decoders/draco")],
)
def test_the_page_shows_the_same_picture(
    visit, serve, served, two_rooms, tmp_path, textures, geometry, asked
):
    if textures == "ktx2" and encoders.missing():
        pytest.skip(encoders.missing())
    path = tmp_path / "two_rooms.glb"
    vrgen.optimize(two_rooms, path, target="quest3", textures=textures, geometry=geometry, least_psnr=0.0)
    plain = visit(server=served)
    plain.still()
    wanted = plain.picture().astype(int)
    with serve(path) as running:
        visitor = visit(server=running)
        visitor.still()
        got = visitor.picture().astype(int)
        assert any(asked in url for url in visitor.asked)
    assert np.abs(got - wanted).mean() < CLOSE
