"""Covering one surface with another: the asked share, in the hollows first, tiling."""

import numpy as np
import pytest

from vrgen.core import Image
from vrgen.core.seam import seam_score
from vrgen.errors import UsageProblem
from vrgen.models.material_gan import CHANNELS
from vrgen.synth.mix import mixed, pattern_from, pattern_of
from vrgen.synth.noise import ranked, waves
from vrgen.synth.request import parse_mix


def surface(value, size=96):
    """Maps (size, size, 9) of one value, with joints along every 16th row and column."""
    maps = np.full((size, size, 9), value, np.float32)
    y, x = np.mgrid[:size, :size]
    maps[..., CHANNELS["height"]] = np.where(((y % 16) < 3) | ((x % 16) < 3), 0.2, 0.6)[..., None]
    return maps


def flat(value, size=96):
    """Maps without relief."""
    maps = np.full((size, size, 9), value, np.float32)
    maps[..., CHANNELS["height"]] = 0.5
    return maps


@pytest.mark.parametrize("share", [0.1, 0.4, 0.75])
def test_the_share_is_the_measured_share(share):
    """Of the area, within half a percent; the two values are what is left in the picture."""
    made, cover = mixed(surface(0.2), flat(0.8), pattern_of(np.random.default_rng(1), 96), share)
    assert cover.mean() == pytest.approx(share, abs=0.005)
    assert (cover > 0.5).mean() == pytest.approx(share, abs=0.005)
    colour = made[..., 0]
    assert np.minimum(np.abs(colour - 0.2), np.abs(colour - 0.8)).mean() < 0.01


def test_hollows_are_covered_first():
    """Joints are covered far more often than what stands between them."""
    below = surface(0.2)
    _, cover = mixed(below, flat(0.8), pattern_of(np.random.default_rng(2), 96), 0.3)
    joints = below[..., CHANNELS["height"]][..., 0] < 0.4
    assert cover[joints].mean() > 2 * cover[~joints].mean()


def test_what_lies_below_darkens_along_the_edge_alone():
    """Occlusion falls beside the cover and nowhere else."""
    made, cover = mixed(surface(0.9), flat(0.9), pattern_of(np.random.default_rng(3), 96), 0.3)
    open_sky = made[..., CHANNELS["occlusion"]][..., 0]
    assert open_sky.min() < 0.8
    assert open_sky[cover == 1].min() == pytest.approx(0.9, abs=1e-3)
    assert np.median(open_sky) == pytest.approx(0.9, abs=0.01)


def test_it_tiles():
    """A pattern, and what is made of it, goes on over the border."""
    for seed in range(4):
        pattern = pattern_of(np.random.default_rng(seed), 96)
        _, cover = mixed(flat(0.2), flat(0.8), pattern, 0.4)
        for axis in ("u", "v"):
            assert seam_score(pattern, axis) <= 1.0
            assert seam_score(cover, axis) <= 1.2


def test_a_mask_says_where():
    """White half first."""
    grey = np.zeros((64, 64, 3), np.uint8)
    grey[:, :32] = 255
    _, cover = mixed(flat(0.2), flat(0.8), pattern_from(Image(grey), np.random.default_rng(0), 96), 0.4)
    assert cover[:, 4:44].mean() > 0.7
    assert cover[:, 52:92].mean() < 0.01


def test_patterns_are_the_seeds():
    """The same at another size, another one for another seed; ranks are spread evenly."""
    one, large, other = (
        waves(np.random.default_rng(seed), (side, side), lowest=2, fall=1.7)
        for seed, side in ((1, 64), (1, 128), (2, 64))
    )
    assert np.corrcoef(one.ravel(), large[::2, ::2].ravel())[0, 1] > 0.97
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.5
    assert (ranked(one) < 0.3).mean() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize(
    "text", ["bricks:grass", "bricks:grass=1.5", "bricks:grass=0", ":grass=0.4", "bricks:grass=x"]
)
def test_a_wrong_mix_is_one_sentence(text):
    """With an example."""
    with pytest.raises(UsageProblem, match=r"bricks:grass=0\.4"):
        parse_mix(text)
    with pytest.raises(UsageProblem, match="'grass'"):
        parse_mix("bricks:gras=0.4")
