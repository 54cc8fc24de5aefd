"""Data is checked first: every problem with its file."""

import cv2
import numpy as np
import pytest

from vrgen.errors import InputProblem, UsageProblem
from vrgen.models.material_gan import CHANNELS, HIDEABLE
from vrgen.train.data import material_batch
from vrgen.train.options import Habits, TrainOptions, settle
from vrgen.train.sets import MaterialSource, read_material_sets
from vrgen.train.start import held_back, starting_weights

SIZE = 128


@pytest.fixture
def relief():
    """(height uint8, normal uint8 RGB with green up): a periodic relief."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] * 2 * np.pi / SIZE
    height = np.sin(3 * x) * np.cos(2 * y) + 0.5 * np.sin(5 * y + 2 * x)
    dx = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) * 2
    dy = (np.roll(height, 1, 0) - np.roll(height, -1, 0)) * 2
    normal = np.stack([-dx, -dy, np.ones_like(dx)], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return (height * 60 + 128).astype(np.uint8), np.round(normal * 127.5 + 127.5).astype(np.uint8)


@pytest.fixture
def wall(tmp_path, relief):
    """A folder with one sound set."""
    height, normal = relief
    folder = tmp_path / "wall"
    folder.mkdir()
    cv2.imwrite(str(folder / "wall_diff.png"), np.stack([height, height // 2, height // 3], axis=-1))
    cv2.imwrite(str(folder / "wall_nor_gl.png"), normal[..., ::-1])
    cv2.imwrite(str(folder / "wall_disp.png"), height)
    return folder


def only(folder):
    """The one source of a folder and what was said."""
    (source,), told = read_material_sets(folder)
    return source, told


def there(source, name):
    """Whether a source has a map."""
    return bool(source.there[HIDEABLE.index(name)])


def test_a_sound_set_has_no_problems(wall, relief):
    """And its normals are what the file says."""
    source, told = only(wall)
    assert told == []
    assert source.tiles
    np.testing.assert_array_equal(source.levels[0][..., CHANNELS["normal"]], relief[1][..., :2])


@pytest.mark.parametrize("name", ["wall_nor_gl.png", "wall_nor_dx.png"])
def test_normals_of_directx_are_turned(wall, relief, name):
    """Those that say so, and those that do not: the curl of their slopes tells."""
    (wall / "wall_nor_gl.png").unlink()
    flipped = relief[1].copy()
    flipped[..., 1] = 255 - flipped[..., 1]
    cv2.imwrite(str(wall / name), flipped[..., ::-1])
    source, told = only(wall)
    assert told == [f"{wall / name}: green points down (DirectX); turned to OpenGL"]
    np.testing.assert_array_equal(source.levels[0][..., CHANNELS["normal"]], relief[1][..., :2])


def test_a_map_that_cannot_be_used_is_left_out_alone(wall, relief):
    """No normal map, another shape, half a file: three sentences, and the set stays."""
    height, _ = relief
    cv2.imwrite(str(wall / "wall_nor_gl.png"), np.stack([height] * 3, axis=-1))
    cv2.imwrite(str(wall / "wall_rough.png"), height[: SIZE // 2 + 20])
    whole = (wall / "wall_disp.png").read_bytes()
    (wall / "wall_disp.png").write_bytes(whole[: len(whole) // 2])
    source, told = only(wall)
    assert not any(there(source, name) for name in ("normal", "roughness", "height"))
    assert sorted(line.partition(": ")[0] for line in told) == sorted(
        str(wall / f"wall_{name}.png") for name in ("nor_gl", "rough", "disp")
    )
    assert sum("this map is left out" in line for line in told) == 2
    assert sum("end of the file is missing" in line for line in told) == 1


def test_a_map_of_another_size_is_scaled(wall, relief):
    """Half the size, same shape."""
    cv2.imwrite(str(wall / "wall_rough.png"), relief[0][::2, ::2])
    source, told = only(wall)
    assert there(source, "roughness")
    assert told == [f"{wall / 'wall_rough.png'}: 64x64, the base colour 128x128; scaled to it"]


def test_files_that_are_no_use_are_named(tmp_path):
    """Too small, flat, not a picture, sixteen bits."""
    rng = np.random.default_rng(0)
    cv2.imwrite(str(tmp_path / "small.png"), rng.integers(0, 255, (20, 80, 3), np.uint8))
    cv2.imwrite(str(tmp_path / "flat.png"), np.full((80, 80, 3), 90, np.uint8))
    cv2.imwrite(str(tmp_path / "deep.png"), rng.integers(0, 65535, (80, 80), np.uint16))
    (tmp_path / "text.jpg").write_text("hello")
    sources, told = read_material_sets(tmp_path)
    assert [source.name for source in sources] == ["deep"]
    said = {line.partition(": ")[0].rpartition("/")[2]: line for line in told}
    assert "80x20, expected at least 64" in said["small.png"]
    assert "one flat colour" in said["flat.png"]
    assert "more than 8 bits" in said["deep.png"]
    assert "cannot be decoded" in said["text.jpg"]


def test_crops_of_a_photo_never_cross_its_edges():
    """A ramp does not tile: no crop has its jump, but crops of a tile do."""
    ramp = np.repeat(np.linspace(0, 255, 80).astype(np.uint8)[None, :, None], 80, axis=0).repeat(9, axis=2)
    for tiles, jumps in ((True, True), (False, False)):
        source = MaterialSource("ramp", (ramp,), np.zeros(5, np.float32), tiles)
        maps, _ = material_batch([source], np.random.default_rng(0), count=30, size=64, recolour=False)
        steps = max(np.abs(np.diff(maps[:, 0], axis=axis)).max() for axis in (1, 2))
        assert (steps > 0.5) == jumps


def sources(count):
    """Sources of which only the names count."""
    nothing = np.zeros((1, 1, 9), np.uint8)
    return [MaterialSource(f"photo{i:02}", (nothing,), np.zeros(5, np.float32)) for i in range(count)]


def test_own_pictures_are_held_back_by_themselves(tmp_path):
    """Every eighth from weights, none without, those that are named always; a wrong name is an error."""

    def split(count, **options):
        plan = settle(TrainOptions(data=tmp_path, out=tmp_path, **options), Habits())
        learned, held = held_back(sources(count), plan)
        return len(learned), [source.name for source in held]

    assert split(20) == (20, [])
    assert split(20, from_="material_gan") == (18, ["photo04", "photo12"])
    assert split(3, from_="material_gan") == (2, ["photo01"])
    assert split(20, from_="material_gan", holdout=("photo07",)) == (19, ["photo07"])
    with pytest.raises(UsageProblem, match="Did you mean 'photo07'"):
        split(20, holdout=("photo_07",))
    with pytest.raises(UsageProblem, match="leave something"):
        split(1, holdout=("photo00",))


def test_weights_to_start_from(tmp_path):
    """A name that does not ship, weights of another model, weights that are there."""
    with pytest.raises(UsageProblem, match="Did you mean 'material_gan'"):
        starting_weights("material_gam", "material_gan")
    with pytest.raises(InputProblem, match="expected 'material_gan'"):
        starting_weights("sky_vae", "material_gan")
    tensors, card = starting_weights("material_gan", "material_gan")
    assert len(card["digest"]) == 64
    assert any(name.startswith("encoder.") for name in tensors)
