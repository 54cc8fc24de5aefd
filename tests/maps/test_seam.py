"""The seam score."""

import numpy as np

from vrgen.maps.seam import seam_score


def test_a_wave_of_whole_periods_tiles_and_one_of_half_does_not():
    """At most 1 against well above 1, along the right axis only."""
    x = np.arange(128) / 128
    whole, half = np.sin(2 * np.pi * 3 * x), np.sin(2 * np.pi * 2.5 * x + 1)
    assert seam_score(np.tile(whole, (16, 1)), "u") <= 1.0
    assert seam_score(np.tile(half, (16, 1)), "u") > 2.0
    assert seam_score(np.tile(half[:, None], (1, 16)), "v") > 2.0
    assert seam_score(np.tile(half[:, None], (1, 16)), "u") == 0.0
