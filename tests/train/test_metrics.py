"""Measures with known answers."""

import numpy as np
import pytest

from vrgen.train.metrics import diversity, memorisation, swd


def noise(seed, count=12, size=32, spread=0.1):
    """Coloured noise."""
    return (0.5 + spread * np.random.default_rng(seed).standard_normal((count, size, size, 3))).astype(
        np.float32
    )


def test_swd_is_zero_on_itself_and_grows_with_the_difference():
    """Same set 0; same kind little; another spread much."""
    assert swd(noise(0), noise(0)) == 0
    near, far = swd(noise(0), noise(1)), swd(noise(0), noise(1, spread=0.2))
    assert near < 0.25 * far


def test_a_copy_is_memorised_and_fresh_noise_is_not():
    """0 for copies, 1 for what is as far as held-out data."""
    learned, held = noise(0), noise(1)
    assert memorisation(learned[:4], held, learned) == pytest.approx(0, abs=1e-3)
    assert memorisation(noise(2), held, learned) == pytest.approx(1, abs=0.02)


def test_diversity_of_equal_images_is_zero():
    """And 1 for the same kind."""
    assert diversity(np.repeat(noise(0, 1), 5, axis=0), noise(1)) == pytest.approx(0, abs=1e-3)
    assert diversity(noise(2), noise(1)) == pytest.approx(1, abs=0.02)
