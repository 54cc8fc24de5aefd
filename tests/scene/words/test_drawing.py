"""The plan of a scene: everything where it stands, to scale, and a picture of it."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
from PIL import Image

from vrgen.cli.main import main

TEXT = """
[scene]
title = "A & B"
[[material]]
name = "m"
colour = "#204060"
[bake]
light = "none"
[[mesh]]
name = "ground"
box = [10, 0.2, 5]
at = [0, -0.2, 0]
material = "m"
[[mesh]]
name = "cube"
box = [2, 1, 1]
at = [-3, 0, 1]
material = "m"
[walkable]
on = ["ground"]
[[waypoint]]
name = "first"
at = [3, 1]
of = "cube"
[[waypoint]]
name = "second"
at = [3, -1]
of = "cube"
"""
SVG = "{http://www.w3.org/2000/svg}"


def points_of(polygon: ET.Element) -> np.ndarray:
    """(n, 2) pixels."""
    return np.array([[float(v) for v in pair.split(",")] for pair in polygon.attrib["points"].split()])


def test_it_is_drawn_to_scale_with_the_way_through_it(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(TEXT)
    out = tmp_path / "plan.svg"
    assert main(["scene", str(tmp_path / "a.toml"), "--dry-run", "--plan", str(out), "--quiet"]) == 0
    root = ET.fromstring(out.read_text())
    solid = [p for p in root.iter(f"{SVG}polygon") if p.attrib["fill"] == "#204060"]
    ground, cube = (points_of(p) for p in solid)
    scale = np.ptp(ground, axis=0) / (10, 5)
    assert np.allclose(scale, scale[0], rtol=1e-3)
    assert np.allclose(np.ptp(cube, axis=0) / scale, (2, 1), atol=0.01)
    middle = (cube.min(axis=0) + cube.max(axis=0)) / 2 - (ground.min(axis=0) + ground.max(axis=0)) / 2
    assert np.allclose(middle / scale, (-3, 1), atol=0.01), "+X to the right, +Z down"
    texts = [t.text for t in root.iter(f"{SVG}text")]
    assert {"ground", "cube", "first", "second", "1", "2"} <= set(texts)
    assert root.find(f"{SVG}title").text == "A & B"  # type: ignore[union-attr]


def test_a_picture_of_it_shows_the_colours(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(TEXT)
    out = tmp_path / "plan.png"
    assert main(["scene", str(tmp_path / "a.toml"), "--dry-run", "--plan", str(out), "--quiet"]) == 0
    picture = np.asarray(Image.open(io.BytesIO(out.read_bytes())).convert("RGB")).astype(int)
    assert picture.shape[1] == 1200
    assert np.abs(picture[picture.shape[0] // 2, 600] - (0x20, 0x40, 0x60)).max() < 60


def test_another_ending_is_a_wrong_request(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(TEXT)
    assert main(["scene", str(tmp_path / "a.toml"), "--dry-run", "--plan", str(tmp_path / "p.pdf")]) == 2


def test_a_plan_alone_makes_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(TEXT, encoding="utf-8")
    assert main(["scene", str(tmp_path / "s.toml"), "--plan", str(tmp_path / "plan.svg")]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"s.toml", "plan.svg"}
