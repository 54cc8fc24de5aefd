"""The cost that is told before a set is made."""

from dataclasses import replace

import pytest

from vrgen.maps.preview import swatch
from vrgen.maps.write import write_material, write_png
from vrgen.synth import KINDS, TextureOptions, texture
from vrgen.synth.cost import BYTES_A_PIXEL, texture_cost


def test_every_kind_has_its_bytes():
    """None is forgotten, none is left over."""
    assert set(BYTES_A_PIXEL) == set(KINDS)


@pytest.mark.parametrize("kind", ["plaster", "gravel"])
def test_bytes_are_those_of_the_files(kind, tmp_path):
    """Near enough to plan a disk, for the kind that packs best and one that packs badly."""
    options = TextureOptions(kind=kind, seed=2, size=512)
    made = texture(options)
    write_png(swatch(made), tmp_path / "preview.png")
    write_material(made, tmp_path)
    held = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert texture_cost(options)[1] == pytest.approx(held, rel=0.35 if kind == "plaster" else 0.25)


def test_cost_grows_with_pixels_and_with_mixing():
    """Four times the pixels, about four times the seconds; two surfaces, twice."""
    options = TextureOptions(kind="bricks", size=1024)
    seconds = texture_cost(options)[0]
    assert texture_cost(replace(options, size=2048))[0] / seconds == pytest.approx(4, rel=0.1)
    assert texture_cost(replace(options, mix="bricks:grass=0.4"))[0] == 2 * seconds
