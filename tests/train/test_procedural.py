"""The procedural set: it tiles, its maps belong together, the seed decides."""

import importlib
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from vrgen.core.seam import seam_score
from vrgen.train.pictures import green_up, looks_like_normals

TOOLS = Path(__file__).parents[2] / "tools" / "data"


@pytest.fixture
def maker(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(TOOLS))
    yield importlib.import_module("make_materials")
    for name in ("make_materials", "materials_hard", "materials_soft", "patterns", "recipe"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", ["bricks_red", "cobbles", "parquet", "rock", "denim"])
def test_a_material_tiles_and_its_normals_are_those_of_its_height(maker, name):
    """Every map wraps; green points up; the same seed gives the same maps and another one others."""

    def made(seed):
        rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
        return maker.maps_of(maker.KINDS[name](rng, 128))

    maps = made(0)
    for values in vars(maps).values():
        assert 0 <= values.min() <= values.max() <= 1
        assert max(seam_score(values, "u"), seam_score(values, "v")) <= 1.0
    normal = np.round(maps.nor_gl * 255).astype(np.uint8)
    assert looks_like_normals(normal)
    assert green_up(normal) > 0.8
    assert np.array_equal(maps.diff, made(0).diff)
    assert not np.array_equal(maps.diff, made(1).diff)
