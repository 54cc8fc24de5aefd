"""Sliders: each moves the property that it is named for, on decoded pictures; the rest stays."""

import numpy as np
import pytest

from vrgen.errors import InputProblem, UsageProblem
from vrgen.models.material_gan import CHANNELS
from vrgen.synth.bank import load_bank
from vrgen.synth.decode import decode, load_generator
from vrgen.synth.slider_names import SCALE, SLIDERS, parse_sliders
from vrgen.synth.sliders import load_fields, moved

KINDS = ("bricks", "rock", "oak", "painted_planks")
AMOUNTS = (-2.0, -1.0, 0.0, 1.0, 2.0)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


def measured(name, maps):
    """The property of maps (H, W, 9) that the slider is named for, measured as a stranger would."""
    colour = maps[..., CHANNELS["base_colour"]]
    slope = maps[..., CHANNELS["normal"]] * 2 - 1
    grey = colour @ LUMINANCE
    return float(
        {
            "roughness": lambda: maps[..., CHANNELS["roughness"]].mean(),
            "brightness": lambda: grey.mean(),
            "warmth": lambda: (colour[..., 0] - colour[..., 2]).mean(),
            "saturation": lambda: (colour.max(axis=-1) - colour.min(axis=-1)).mean(),
            "contrast": lambda: grey.std(),
            "relief": lambda: np.linalg.norm(slope, axis=-1).mean(),
        }[name]()
    )


def decoded(latent):
    """Maps (H, W, 9) as they are written: clipped."""
    generator, _ = load_generator("material_gan", "cpu")
    return decode(generator, latent, device="cpu", wrap_y=True).clip(0, 1)


def turned(latent, **amounts):
    """Latents moved by the shipped sliders."""
    return moved(latent, amounts, load_fields(), load_generator("material_gan", "cpu")[1])


def crop(kind, cells=16):
    """A piece of a kind's bank latents."""
    return load_bank("material_bank").of_kind(kind)[0].latent[:, :cells, :cells]


@pytest.mark.parametrize("name", [name for name in SLIDERS if name != SCALE])
def test_a_slider_moves_its_property_all_the_way(name):
    """Rising at every unit from -2 to 2 on every kind, by a useful amount in all."""
    for kind in KINDS:
        row = [measured(name, decoded(turned(crop(kind), **{name: a} if a else {}))) for a in AMOUNTS]
        assert (np.diff(row) > 0).all(), (kind, row)
        if name in ("saturation", "contrast", "relief"):  # factors
            assert row[-1] > 1.5 * row[0], (kind, row)
        else:
            assert row[-1] - row[0] > 0.08, (kind, row)


@pytest.mark.parametrize("name", ["brightness", "warmth", "roughness", "relief"])
def test_structure_stays(name):
    """Light and dark stay where they are: the base colour's pattern is the same one."""
    for kind in ("bricks", "rock"):
        before, after = (
            decoded(z)[..., :3] @ LUMINANCE for z in (crop(kind), turned(crop(kind), **{name: 2.0}))
        )
        assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.85, kind


def test_order_means_nothing_and_steps_add_up():
    """Two sliders in any order; +1 twice is +2; forth and back is nothing."""
    z = crop("bricks")
    one, other = (
        turned(z, **dict(order))
        for order in ([("warmth", 1.0), ("relief", 2.0)], [("relief", 2.0), ("warmth", 1.0)])
    )
    np.testing.assert_array_equal(one, other)
    spread = z.std()
    np.testing.assert_allclose(
        turned(turned(z, contrast=1.0), contrast=1.0), turned(z, contrast=2.0), atol=0.02 * spread
    )
    np.testing.assert_allclose(turned(turned(z, warmth=1.5), warmth=-1.5), z, atol=0.02 * spread)
    assert turned(z) is z


def test_moved_latents_still_tile():
    """Turning the torus and then the slider, or the other way round, is the same."""
    z = crop("rock")
    np.testing.assert_allclose(
        np.roll(turned(z, relief=1.0), (3, 5), (1, 2)),
        turned(np.roll(z, (3, 5), (1, 2)), relief=1.0),
        atol=1e-5,
    )


def test_sliders_of_other_weights_are_refused():
    """What was found in other weights would move anything."""
    with pytest.raises(InputProblem, match="other weights"):
        moved(crop("oak"), {"warmth": 1.0}, load_fields(), "0" * 64)


def test_amounts_are_read():
    """Signs, decimals; zeros are left out."""
    assert parse_sliders(("roughness=+1.5", "scale=-1", "warmth=0")) == {"roughness": 1.5, "scale": -1.0}
    assert set(load_fields().names) == set(SLIDERS) - {SCALE}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("roughnes=1", "'roughness'"),
        ("roughness", "roughness=NUMBER"),
        ("roughness=much", "roughness=NUMBER"),
        ("roughness=3.5", "-3 to 3"),
        ("roughness=nan", "-3 to 3"),
        ("=1", "There are"),
    ],
)
def test_wrong_sliders_are_one_sentence(text, told):
    """What was got, what was expected, the nearest name."""
    with pytest.raises(UsageProblem, match=told):
        parse_sliders((text,))
    with pytest.raises(UsageProblem, match="twice"):
        parse_sliders(("warmth=1", "warmth=2"))
