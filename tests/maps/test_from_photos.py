"""`vrgen maps`: photos as they come off a phone or the web, one or a folder of them."""

import json

import numpy as np
import pytest
from PIL import Image as Pictures

import vrgen
from vrgen.cli.main import main
from vrgen.errors import InputProblem
from vrgen.maps.write import green_down


def planks(height=100, width=120):
    """Boards of 25 pixels with dark gaps, uint8 RGB."""
    rng = np.random.default_rng(5)
    rows = np.arange(height)
    tone = rng.uniform(120, 170, height // 25 + 1)[rows // 25] * np.where(rows % 25 < 3, 0.3, 1.0)
    grain = rng.normal(0, 6, (height, width))
    return (tone[:, None, None] * [1.0, 0.8, 0.6] + grain[..., None]).clip(0, 255).astype(np.uint8)


def written(folder):
    """Names of the pictures in a folder."""
    return {path.name for path in folder.glob("*.png")}


def test_both_conventions_differ_in_green_alone(tmp_path):
    """A phone's JPEG, turned by its EXIF tag, gives a whole set, with up and down normals and a record."""
    exif = Pictures.Exif()
    exif[0x0112] = 6
    Pictures.fromarray(planks()).save(tmp_path / "My Wall.jpg", exif=exif, quality=95)
    out = tmp_path / "out"
    command = ["maps", str(tmp_path / "My Wall.jpg"), "-o", str(out), "--size", "64", "--convention", "both"]
    assert main([*command, "--quiet"]) == 0
    suffixes = ("diff", "nor_gl", "nor_dx", "rough", "disp", "ao", "arm", "preview")
    assert written(out) == {f"my_wall_{suffix}.png" for suffix in suffixes}
    up, down = (np.asarray(Pictures.open(out / f"my_wall_nor_{way}.png")).astype(int) for way in ("gl", "dx"))
    assert (up[..., 0] == down[..., 0]).all()
    assert (up[..., 1] == 255 - down[..., 1]).all()
    assert Pictures.open(out / "my_wall_disp.png").mode in ("I;16", "I")
    base = np.asarray(Pictures.open(out / "my_wall_diff.png")).astype(float).mean(axis=-1)
    assert base.mean(axis=0).std() > 2 * base.mean(axis=1).std()  # turned: the boards stand upright
    record = json.loads((out / "record.json").read_text())["my_wall"]
    assert record["photo"] == "My Wall.jpg"
    assert record["record"]["model"] == "photo_maps"


def test_a_folder_is_done_but_for_what_is_broken(tmp_path, capsys):
    """16 bits, transparency and TIFF come through; a broken and a tiny file are named and left out."""
    folder, out = tmp_path / "photos", tmp_path / "out"
    folder.mkdir()
    grey = planks()[..., 0].astype(np.uint16) * 257
    Pictures.fromarray(grey).save(folder / "deep.png")
    holed = np.dstack([planks(), np.full((100, 120), 255, np.uint8)])
    Pictures.fromarray(holed).save(folder / "holed.tif")
    Pictures.fromarray(planks(20, 20)).save(folder / "tiny.webp")
    (folder / "broken.jpg").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("not a photo")
    assert main(["maps", str(folder), "-o", str(out), "--size", "64", "--no-seamless", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["materials"]) == {"deep", "holed"}
    assert len(told["left_out"]) == 2
    assert any("broken.jpg" in line for line in told["left_out"])
    assert any("tiny.webp" in line and "96" in line for line in told["left_out"])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["none.jpg", "-o", "out"], 1, "no file"),
        ([".", "-o", "out"], 1, "holds no photo"),
        (["wall.png", "-o", "out", "--size", "1000"], 2, "992 is near"),
        (["wall.png", "-o", "out", "--convention", "vulkan"], 2, "convention"),
        (["wall.png"], 2, "missing"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, monkeypatch, capsys, arguments, code, said):
    """One sentence, the right exit code, nothing written."""
    monkeypatch.chdir(tmp_path)
    assert main(["maps", *arguments]) == code
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out" / "record.json").exists()


def test_two_photos_of_one_name_are_refused(tmp_path):
    """a.png and a.jpg would overwrite each other."""
    for name in ("a.png", "a.jpg"):
        Pictures.fromarray(planks()).save(tmp_path / name)
    assert main(["maps", str(tmp_path), "-o", str(tmp_path / "out"), "--quiet"]) == 1


def test_in_python_a_path_or_an_image_will_do(tmp_path):
    """vrgen.maps is the room and the verb."""
    Pictures.fromarray(planks()).save(tmp_path / "oak.png")
    made = vrgen.maps(tmp_path / "oak.png", size=64, metres=0.8)
    assert made.name == "oak"
    assert made.normal.width == 64
    with pytest.raises(InputProblem, match="a folder, expected a file"):
        vrgen.maps(tmp_path)
    twice = green_down(green_down(made.normal))
    assert (twice.pixels == made.normal.pixels).all()
