"""What `vrgen optimize` writes for a headset, in the page: three.js decodes it and shows the same picture."""

from __future__ import annotations

import numpy as np
import pytest

import vrgen
from vrgen.gltf.optimize import encoders

CLOSE = 3.0
"""Largest mean difference to the picture of the plain file, of 255."""


def test_the_page_shows_the_same_picture(visit, serve, served, two_rooms, tmp_path):
    if encoders.missing():
        pytest.skip(encoders.missing())
    path = tmp_path / "two_rooms.glb"
    vrgen.optimize(two_rooms, path, target="quest3", least_psnr=0.0)
    plain = visit(server=served)
    plain.still()
    wanted = plain.picture().astype(int)
    with serve(path) as running:
        visitor = visit(server=running)
        visitor.still()
        got = visitor.picture().astype(int)
        assert any("decoders/basis" in url for url in visitor.asked)
    assert np.abs(got - wanted).mean() < CLOSE
