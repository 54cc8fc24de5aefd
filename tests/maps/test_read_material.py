"""Folders of maps become materials again, whoever named them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vrgen.core import Image, Material, Record
from vrgen.errors import InputProblem
from vrgen.maps.read_material import read_materials
from vrgen.maps.write import write_material


def save(folder: Path, **files: np.ndarray) -> Path:
    """Write arrays (RGB or grey) under their names, `__` for a dash."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, pixels in files.items():
        ordered = pixels[..., ::-1] if pixels.ndim == 3 else pixels
        cv2.imwrite(str(folder / f"{name.replace('__', '-')}.png"), ordered)
    return folder


def colour(value: int, size: tuple[int, int] = (8, 12)) -> np.ndarray:
    return np.random.default_rng(value).integers(0, 255, (*size, 3)).astype(np.uint8)


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    """Every map, the height in 16 bits."""
    rng = np.random.default_rng(0)
    grey = {
        name: Image((rng.random((8, 12, 1)) * 255).astype(np.uint8), "linear")
        for name in ("roughness", "metallic", "occlusion")
    }
    height = Image((rng.random((8, 12, 1)) * 65535).astype(np.uint16), "linear")
    given = Material(
        "oak", "planks", Image(colour(1)), normal=Image(colour(2), "linear"), height=height, **grey
    )
    write_material(given, tmp_path)
    (made,) = read_materials(tmp_path)
    assert made.name == "oak" and set(made.maps()) == set(given.maps())
    for name, image in given.maps().items():
        assert (made.maps()[name].pixels == image.pixels).all(), name
        assert made.maps()[name].colour_space == image.colour_space


@pytest.mark.parametrize("name", ["albedo", "moss_diff_2k", "Bricks102_2K__JPG_Color", "wall_basecolor"])
def test_customary_names_are_known(tmp_path: Path, name: str) -> None:
    (made,) = read_materials(save(tmp_path / "Some Set", **{name: colour(3)}))
    wanted = {"albedo": "some_set", "moss_diff_2k": "moss", "wall_basecolor": "wall"}.get(name, "bricks102")
    assert made.name == wanted and (made.base_colour.pixels == colour(3)).all()


def test_packed_maps_are_unpacked_and_directx_normals_turned(tmp_path: Path) -> None:
    """What has a file of its own is not taken from the packed one."""
    packed, rough, normal = colour(4), colour(5)[..., 0], colour(6)
    save(tmp_path, a_diff=colour(1), a_arm=packed, a_rough=rough, a_nor_dx=normal, a_preview=colour(9))
    (made,) = read_materials(tmp_path)
    assert made.occlusion is not None and made.roughness is not None and made.metallic is not None
    assert (made.occlusion.pixels[..., 0] == packed[..., 0]).all()
    assert (made.roughness.pixels[..., 0] == rough).all()
    assert made.normal is not None
    assert (made.normal.pixels[..., 1] == 255 - normal[..., 1]).all()
    assert (made.normal.pixels[..., 0] == normal[..., 0]).all()


def test_facts_of_our_own_come_along_and_foreign_ones_do_no_harm(tmp_path: Path) -> None:
    save(tmp_path, a_diff=colour(1), b_diff=colour(2))
    record = Record("texture", seed=3, licences=("CC0-1.0",)).to_json()
    facts = {"a": {"kind": "wood", "size_m": [2, 3], "record": record}}
    (tmp_path / "record.json").write_text(json.dumps(facts))
    first, second = read_materials(tmp_path)
    assert (first.kind, first.size_m, first.record.licences) == ("wood", (2.0, 3.0), ("CC0-1.0",))  # type: ignore[union-attr]
    assert second.kind == "material"
    for foreign in ("[1, 2]", "{", '{"a": 3}'):
        (tmp_path / "record.json").write_text(foreign)
        assert [material.kind for material in read_materials(tmp_path)] == ["material", "material"]


def test_what_cannot_be_read_is_said_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(InputProblem, match="is no folder"):
        read_materials(tmp_path / "none")
    with pytest.raises(InputProblem, match=r"holds cat\.png; expected a base colour"):
        read_materials(save(tmp_path / "cat", cat=colour(1)))
    with pytest.raises(InputProblem, match=r"roughness is 4x4, base colour is 12x8"):
        read_materials(save(tmp_path / "sizes", a_diff=colour(1), a_rough=colour(1, (4, 4))[..., 0]))
    broken = save(tmp_path / "broken", a_diff=colour(1))
    (broken / "a_nor_gl.png").write_bytes((broken / "a_diff.png").read_bytes()[:60])
    with pytest.raises(InputProblem, match=r"a_nor_gl\.png is damaged"):
        read_materials(broken)
