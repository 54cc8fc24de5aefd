"""What files of maps are called."""

import pytest

from vrgen.core.map_names import split_name


@pytest.mark.parametrize(
    ("stem", "parts"),
    [
        ("brick_rough_2k", ("brick", "roughness")),
        ("Bricks102_1K-JPG_NormalGL", ("bricks102", "normal")),
        ("albedo", ("", "base_colour")),
        ("brick_diff_4k", ("brick", "base_colour")),
        ("brick_disp", ("brick", "height")),
        ("ph_brick_wall_001", ("ph_brick_wall_001", None)),
        ("specular", ("specular", None)),
        ("wall_arm_2k", ("wall", "arm")),
        ("wall_nor_dx", ("wall", "normal_dx")),
    ],
)
def test_map_names(stem, parts):
    """Ours, Poly Haven's, ambientCG's."""
    assert split_name(stem) == parts
