"""Company: what a file names counts with it, and nothing else of its folder does."""

from __future__ import annotations

import json
from pathlib import Path

from vrgen.batch.company import company_of


def names(path: Path) -> list[str]:
    return [one.relative_to(path.parent).as_posix() for one in company_of(path)]


def test_gltf_names_buffers_and_images(tmp_path: Path) -> None:
    for name in ("a b.bin", "wood.png", "stranger.png"):
        (tmp_path / name).write_bytes(b"x")
    images = [
        {"uri": "wood.png"},
        {"uri": "data:image/png;base64,AA"},
        {"uri": "gone.png"},
        {"bufferView": 0},
    ]
    path = tmp_path / "m.gltf"
    path.write_text(json.dumps({"buffers": [{"uri": "a%20b.bin"}], "images": images}))
    assert names(path) == ["a b.bin", "wood.png"]


def test_obj_names_materials_and_their_maps(tmp_path: Path) -> None:
    (tmp_path / "tex").mkdir()
    (tmp_path / "tex" / "w.png").write_bytes(b"x")
    (tmp_path / "n.png").write_bytes(b"x")
    (tmp_path / "m.mtl").write_text("newmtl a\nmap_Kd tex\\w.png\nbump -bm 0.5 n.png\nmap_Ks gone.png\n")
    path = tmp_path / "m.obj"
    path.write_text("# x\nmtllib m.mtl\nv 0 0 0\n")
    assert names(path) == ["m.mtl", "tex/w.png", "n.png"]


def test_toml_names_paths_and_what_those_name(tmp_path: Path) -> None:
    (tmp_path / "m.mtl").write_text("")
    (tmp_path / "m.obj").write_text("mtllib m.mtl\n")
    (tmp_path / "oak").mkdir()
    path = tmp_path / "s.toml"
    path.write_text('[[mesh]]\nfile = "m.obj"\nmaterial = "oak"\n[x]\nup = ".."\nkind = "bricks"\n')
    assert names(path) == ["m.obj", "m.mtl", "oak"]


def test_what_cannot_be_read_names_nothing(tmp_path: Path) -> None:
    for name, text in (("a.gltf", "{"), ("b.gltf", "[1]"), ("c.toml", "x = ["), ("d.glb", "glTF")):
        (tmp_path / name).write_text(text)
        assert company_of(tmp_path / name) == ()
    assert company_of(tmp_path / "gone.obj") == ()
