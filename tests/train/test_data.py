"""What the trainers read."""

import cv2
import numpy as np
import pytest

from vrgen.errors import InputProblem
from vrgen.models.material_gan import CHANNELS, HIDEABLE
from vrgen.train.data import (
    _turned,
    material_batch,
    prepare_sky,
    read_material_sets,
    read_skies,
    sky_batch,
)


def write_set(folder, size=64):
    """A PBR set by Poly Haven names and a texture by itself."""
    rng = np.random.default_rng(0)
    (folder / "wall").mkdir()
    for name in ("diff", "nor_gl", "rough"):
        picture = rng.integers(96, 160, (size, size, 3), np.uint8)
        if name == "nor_gl":
            picture[..., 0] = 250  # blue: towards us
        cv2.imwrite(str(folder / "wall" / f"wall_{name}_2k.png"), picture)
    (folder / "wall" / "notes.txt").write_text("x")
    cv2.imwrite(str(folder / "lonely.png"), rng.integers(0, 255, (size, size, 3), np.uint8))


def test_packed_maps_are_taken_apart(tmp_path):
    """Occlusion, roughness and metal of one file, where the set has no file of their own."""
    (tmp_path / "wall").mkdir()
    rng = np.random.default_rng(1)
    cv2.imwrite(str(tmp_path / "wall" / "wall_diff.png"), rng.integers(96, 160, (64, 64, 3), np.uint8))
    packed = rng.integers(0, 255, (64, 64, 3), np.uint8)  # OpenCV's order: metal, roughness, occlusion
    cv2.imwrite(str(tmp_path / "wall" / "wall_arm.png"), packed)
    cv2.imwrite(str(tmp_path / "wall" / "wall_rough.png"), np.full((64, 64), 77, np.uint8))
    (source,), _ = read_material_sets(tmp_path)
    maps = source.levels[0]
    assert np.array_equal(maps[..., CHANNELS["metallic"]][..., 0], packed[..., 0])
    assert np.array_equal(maps[..., CHANNELS["occlusion"]][..., 0], packed[..., 2])
    assert (maps[..., CHANNELS["roughness"]] == 77).all()


def test_a_set_and_a_single_texture_are_read(tmp_path):
    """What is there is marked, metal of a whole set is none."""
    write_set(tmp_path)
    sources, problems = read_material_sets(tmp_path)
    assert problems == []
    by_name = {source.name: source for source in sources}
    assert set(by_name) == {"wall", "lonely"}
    there = dict(zip(HIDEABLE, by_name["wall"].there, strict=True))
    assert there == {"normal": 1, "roughness": 1, "metallic": 1, "height": 0, "occlusion": 0}
    assert by_name["wall"].levels[0][..., CHANNELS["metallic"]].max() == 0
    assert by_name["lonely"].there.sum() == 0


def test_an_empty_or_missing_folder_is_one_sentence(tmp_path):
    """InputProblem."""
    with pytest.raises(InputProblem, match="no texture"):
        read_material_sets(tmp_path)
    with pytest.raises(InputProblem, match="no such folder"):
        read_skies(tmp_path / "none")


def test_batches_repeat_by_seed(tmp_path):
    """Same generator, same crops; values in [0, 1]."""
    write_set(tmp_path)
    sources, _ = read_material_sets(tmp_path)
    one, again = (material_batch(sources, np.random.default_rng(5), count=3, size=32) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert one[0].shape == (3, 9, 32, 32)
    assert 0 <= one[0].min() <= one[0].max() <= 1


def test_normals_turn_with_the_picture():
    """The normal of a height field, turned, is the normal of the turned height field."""
    rng = np.random.default_rng(2)
    height = cv2.GaussianBlur(rng.standard_normal((32, 32)).astype(np.float32), (0, 0), 2)

    def maps_of(h):
        x = -(np.roll(h, -1, 1) - np.roll(h, 1, 1)) / 2
        y = (np.roll(h, -1, 0) - np.roll(h, 1, 0)) / 2
        nothing, colour = np.zeros((32, 32, 2)), np.zeros((32, 32, 3))
        planes = [colour, (0.5 + x)[..., None], (0.5 + y)[..., None], nothing, h[..., None], h[..., None]]
        return np.concatenate(planes, axis=-1).astype(np.float32)

    for seed in range(8):
        turned = _turned(maps_of(height), np.random.default_rng(seed))
        np.testing.assert_allclose(turned, maps_of(turned[..., 7]), atol=1e-6)


def test_a_prepared_sky_is_in_range_and_dark_lamps_do_not_count():
    """A sun of 1e5 over a sky of 1 leaves the sky's mean where it was."""
    sky = np.ones((64, 128, 3), np.float32)
    plain = prepare_sky(sky)
    sky[20, 40] = 1e5
    assert prepare_sky(sky).max() <= 1.0
    np.testing.assert_allclose(prepare_sky(sky)[40:], plain[40:], atol=0.02)


def test_sky_strips(tmp_path):
    """Shapes, and the cosine belongs to the rows."""
    cv2.imwrite(str(tmp_path / "a.hdr"), np.random.default_rng(0).random((256, 512, 3), np.float32))
    sources, _ = read_skies(tmp_path)
    skies, cosine = sky_batch(sources, np.random.default_rng(1), count=2, size=128)
    assert skies.shape == (2, 3, 128, 128)
    assert cosine.shape == (2, 1, 128, 1)
    assert 0 < cosine.min() <= cosine.max() <= 1
