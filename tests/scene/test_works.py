"""A folder becomes a collection, or one clear sentence."""

import hashlib

import numpy as np
import pytest
from PIL import Image as Pillow

from vrgen.core import Mesh, Node, Scene
from vrgen.errors import InputProblem, UsageProblem
from vrgen.scene import works as module
from vrgen.scene.budget import picture_pixels
from vrgen.scene.works import read_works

TETRAHEDRON = "v 0 0 0\nv 1 0 0\nv 0 2 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"


def picture(path, size=(60, 40), colour=(200, 90, 30)):
    Pillow.new("RGB", size, colour).save(path)


def triangle(path):
    return Scene(path.stem, (Node("n", meshes=(Mesh(np.eye(3), np.array([[0, 1, 2]])),)),))


def read(folder, **options):
    return read_works(folder, load_model=triangle, **options)


class Notes:
    """Keeps what it is told."""

    def __init__(self):
        self.notes, self.units = [], 0

    def stage(self, name, total):
        return self

    def __enter__(self):
        def advance(units):
            self.units += units

        return advance

    def __exit__(self, *error):
        return None

    def note(self, text):
        self.notes.append(text)


def test_a_folder_with_everything(tmp_path):
    picture(tmp_path / "10_red house (1901).png")
    picture(tmp_path / "2_lake.jpg", (4000, 3000))
    picture(tmp_path / "b.png")
    (tmp_path / "c.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 2"><rect width="3" height="2"/></svg>'
    )
    (tmp_path / "d.glb").write_bytes(b"glTF")
    (tmp_path / "e.obj").write_text("mtllib e.mtl\n" + TETRAHEDRON)
    (tmp_path / "e.mtl").write_text("newmtl m\nmap_Kd -s 1 1 1 skin tone.png\n")
    picture(tmp_path / "skin tone.png")
    for name in (".hidden.png", "Thumbs.db", ".DS_Store", "notes.txt", "b.png.xmp"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "text.jpg").write_text("hello")
    (tmp_path / "paper.docx").write_text("hello")
    (tmp_path / "more").mkdir()
    picture(tmp_path / "more" / "x.png")
    (tmp_path / "gallery.toml").write_text(
        '[gallery]\ntitle = "T"\nstyle = "loft"\nseed = 3\nsky = 4\n'
        '[[work]]\nfile = "b.png"\norder = 1\nartist = "A"\nyear = "c. 1900"\nsize_cm = [60, 40]\n'
        '[[work]]\nfile = "e.obj"\nsize_cm = 50\nroom = "R"\n'
    )
    progress = Notes()
    got = read(tmp_path, progress=progress)
    assert [work.file for work in got.works] == [
        "b.png",
        "2_lake.jpg",
        "10_red house (1901).png",
        "c.svg",
        "d.glb",
        "e.obj",
    ]
    first, lake, house, drawing, glb, obj = got.works
    assert (got.title, got.style, got.seed, got.sky) == ("T", "loft", 3, "4")
    assert (first.artist, first.year, first.size_m, first.order) == ("A", "c. 1900", (0.6, 0.4), 1)
    assert (house.title, house.year, house.size_m) == ("Red house", "1901", None)
    assert lake.source_px == (4000, 3000) and (lake.image.width, lake.image.height) == (1400, 1050)
    assert (drawing.image.width, drawing.image.height) == (1400, 933)
    assert glb.image is None and glb.source_px == (0, 0)
    assert obj.size_m == (0.25, 0.5) and obj.room == "R"
    assert first.digest == hashlib.sha256((tmp_path / "b.png").read_bytes()).hexdigest()
    assert [name for name, _ in got.left_out] == ["paper.docx", "text.jpg"]
    assert progress.units == 6
    assert progress.notes == [f"not looked into: more (works are read from {tmp_path} itself)"]


def test_strict_makes_left_out_an_error(tmp_path):
    picture(tmp_path / "a.png")
    (tmp_path / "text.jpg").write_text("hello")
    assert len(read(tmp_path).works) == 1
    with pytest.raises(InputProblem) as caught:
        read(tmp_path, strict=True)
    assert str(caught.value) == (
        "text.jpg: holds no picture, whatever its name says; save it again as PNG or JPEG"
    )
    (tmp_path / "text.jpg").unlink()
    (tmp_path / "a.psd").write_text("x")
    with pytest.raises(InputProblem) as caught:
        read(tmp_path, strict=True)
    assert str(caught.value) == (
        "a.psd: is of a kind that is not read (.psd); save it as PNG, JPEG, SVG or GLB"
    )


def test_folders_nobody_can_hang(tmp_path):
    def sentence(folder):
        with pytest.raises(InputProblem) as caught:
            read(folder)
        return str(caught.value).replace(str(tmp_path), "HERE")

    kinds = "bmp, gif, glb, gltf, jpeg, jpg, obj, png, svg, tif, tiff, webp"
    assert sentence(tmp_path / "gone") == (
        "no folder HERE/gone, expected a folder of pictures; check the name"
    )
    assert sentence(tmp_path) == f"HERE holds no works, expected files of these kinds: {kinds}"
    (tmp_path / "in").mkdir()
    picture(tmp_path / "in" / "a.png")
    assert sentence(tmp_path) == (
        f"HERE holds no works, expected files of these kinds: {kinds}; its subfolder in has some, give that"
    )
    assert sentence(tmp_path / "in" / "a.png") == (
        "HERE/in/a.png is a file, expected a folder of pictures; give the folder it lies in"
    )
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "x.png").write_bytes(b"")
    assert sentence(tmp_path / "bad") == (
        "none of the files in HERE/bad can be hung, the first because x.png is empty (0 bytes); copy it again"
    )
    (tmp_path / "many").mkdir()
    for number in range(501):
        (tmp_path / "many" / f"{number}.png").touch()
    assert sentence(tmp_path / "many") == (
        "HERE/many holds 501 works, expected at most 500; split them into several shows"
    )


def test_a_catalogue_about_nothing_there(tmp_path):
    picture(tmp_path / "poppies.png")
    (tmp_path / "gallery.toml").write_text('[[work]]\nfile = "popies.png"')
    with pytest.raises(UsageProblem, match=r"'popies.png'.* Did you mean 'poppies.png'\?"):
        read(tmp_path)


def test_pictures_keep_their_proportions(tmp_path):
    picture(tmp_path / "a.png", (60, 40))
    for said, hung, notes in (
        ("[60, 40]", (0.6, 0.4), 0),
        ("[60, 40.5]", (0.6, 0.405), 0),
        ("[60, 60]", (0.6, 0.4), 1),
        ("[90, 40]", (0.6, 0.4), 1),
        ("40", (0.6, 0.4), 0),
    ):
        (tmp_path / "gallery.toml").write_text(f'[[work]]\nfile = "a.png"\nsize_cm = {said}')
        progress = Notes()
        assert read(tmp_path, progress=progress).works[0].size_m == pytest.approx(hung)
        assert len(progress.notes) == notes


def test_pixels_by_plan(tmp_path):
    for number in range(3):
        picture(tmp_path / f"{number}.png", (900, 600))
    (tmp_path / "s.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="6"><circle r="5"/></svg>'
    )

    def plan(sizes):
        return picture_pixels(sizes, budget_bytes=4 * 480 * 320 * 16 / 3)

    for work in read(tmp_path, max_px=plan).works:
        assert 470 <= work.image.width <= 480


def test_memory_gate_and_threads_change_nothing(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    for number in range(6):
        Pillow.fromarray(rng.integers(0, 256, (90, 70, 3), np.uint8)).save(tmp_path / f"{number}.png")
    many = [work.image.digest() for work in read(tmp_path, max_px=40).works]
    monkeypatch.setattr(module, "MEMORY_BYTES", 1000)
    monkeypatch.setattr(module.os, "cpu_count", lambda: 1)
    assert [work.image.digest() for work in read(tmp_path, max_px=40).works] == many


def test_a_listed_texture_is_a_work(tmp_path):
    (tmp_path / "e.obj").write_text(TETRAHEDRON)
    (tmp_path / "e.mtl").write_text("map_Kd skin.png\n")
    picture(tmp_path / "skin.png")
    assert [work.file for work in read(tmp_path).works] == ["e.obj"]
    (tmp_path / "gallery.toml").write_text('[[work]]\nfile = "skin.png"')
    assert [work.file for work in read(tmp_path).works] == ["e.obj", "skin.png"]
