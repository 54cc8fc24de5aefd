"""Check: every code has a scene that it is given for and one that it is not; the report, the page of codes.

The report of the sample lies beside this file. After a wished change: python tests/gltf/test_check.py
"""

from __future__ import annotations

import base64
import json
import re
import struct
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.gltf.test_packed import instanced
from vrgen.core import Camera, Image, Mesh, Node, Record, Scene, Surface, Texture
from vrgen.core.budget import GUIDANCE, STARTER
from vrgen.errors import InputProblem
from vrgen.gltf import unpack, write
from vrgen.gltf.check import CODES, check, page, validator
from vrgen.gltf.check.budgets import fullest_view
from vrgen.gltf.check.normal_maps import uprightness
from vrgen.gltf.check.packed import cost_of
from vrgen.gltf.check.subject import Subject
from vrgen.gltf.load import opened

ROOT = Path(__file__).resolve().parents[2]
REPORT = Path(__file__).with_name("check.json")
BUDGETS = [name for name in CODES if name.endswith(("_BEYOND_GUIDANCE", "_ABOVE_STARTER"))]
FILES = ["VALIDATOR_ERROR", "VALIDATOR_WARNING", "VALIDATOR_MISSING", "CONTENT_PACKED"]


GREY = Surface("grey", base_colour_factor=(0.5, 0.5, 0.5, 1.0))


def noise(
    side: int = 256, *, low: int = 60, high: int = 200, channels: int = 3, space: str = "srgb"
) -> Image:
    """Every texel by chance: as sharp as a picture can be, and it tiles."""
    rng = np.random.default_rng(side)
    return Image(rng.integers(low, high, (side, side, channels), dtype=np.uint8), space)


def bumps(*, up: bool) -> Image:
    """The normal map of a few waves, green up (OpenGL) or down."""
    y, x = np.mgrid[:64, :64] * (2 * np.pi / 64)
    p = 0.4 * np.cos(2 * x + 3 * y) * 2 + 0.3 * np.cos(x - 2 * y)
    q = -(0.4 * np.cos(2 * x + 3 * y) * 3 - 0.6 * np.cos(x - 2 * y))  # rows grow downwards
    normal = np.stack([-p, -q if up else q, np.ones_like(p)], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return Image(((normal + 1) * 127.5).round().astype(np.uint8), "linear")


def quad(
    surface: Surface = GREY,
    *,
    name: str = "wall",
    size: tuple[float, float] = (1.0, 1.0),
    repeats: tuple[float, float] = (1.0, 1.0),
    centre: tuple[float, float, float] = (0.0, 1.5, 0.0),
    level: bool = False,
) -> Mesh:
    """A rectangle that faces +Z, or +Y when it is level."""
    w, h = size[0] / 2, size[1] / 2
    flat = np.array([(-w, -h, 0), (w, -h, 0), (w, h, 0), (-w, h, 0)], float)
    points = flat[:, [0, 2, 1]] * (1, 1, -1) if level else flat
    normal = (0.0, 1.0, 0.0) if level else (0.0, 0.0, 1.0)
    uv = np.array([(0, 1), (1, 1), (1, 0), (0, 0)]) * repeats
    return Mesh(
        points + centre,
        [[0, 1, 2], [0, 2, 3]],
        surface,
        normals=np.tile(normal, (4, 1)),
        uv0=uv,
        uv1=uv,
        name=name,
    )


def scene(*meshes: Mesh, nodes: tuple[Node, ...] = (), **more: object) -> Scene:
    """Each mesh in a node of its name."""
    return Scene(
        "s", (*(Node(f"{mesh.name}_{k}", meshes=(mesh,)) for k, mesh in enumerate(meshes)), *nodes), **more
    )


def worn(surface: Surface, **more: object) -> Scene:
    """A quad that wears a surface."""
    return scene(quad(surface, **more))


def picture(image: Image, **more: object) -> Surface:
    """An unlit surface that shows an image."""
    return Surface("picture", base_colour=Texture(image, **more), unlit=True)


def room(*things: Mesh, walkable: object = None, spawn: object = (0.0, 0.0, 3.0)) -> Scene:
    """A work at z = 0 and its stop 2 m before it, on a floor of 8 m."""
    work = Node(
        "work_001",
        meshes=(quad(picture(noise(512)), name="work", centre=(0, 1.5, 0)),),
        extras={"vrgen": {"work": {"title": "Blue", "size_cm": [100, 100]}}},
    )
    stop = Node(
        "camera_001",
        translation=np.array([0.0, 1.6, 2.0]),
        camera=Camera(1.0),
        extras={"vrgen": {"work": "work_001"}},
    )
    polygons = [[[-3.7, 0.3], [3.7, 0.3], [3.7, 7.7], [-3.7, 7.7]]] if walkable is None else walkable
    extras = {"vrgen": {"walkable": polygons, "spawn": list(spawn)}}
    return scene(*things, nodes=(work, stop), extras=extras)


def charts(*, apart: bool) -> Scene:
    """Two quads in one lightmap."""
    light = Surface("lit", lightmap=Texture(noise(64, space="linear"), uv_set=1), unlit=False)
    first = quad(light, name="a")
    half = replace(first, uv1=first.uv1 * (0.45, 0.9))
    second = replace(half, name="b", uv1=half.uv1 + np.array([0.5, 0.0]) * apart)
    return scene(half, second)


def gradient() -> Image:
    """Dark on the left, bright on the right: it does not tile."""
    ramp = np.linspace(40, 220, 64).astype(np.uint8)
    return Image(np.repeat(np.repeat(ramp[None, :, None], 64, axis=0), 3, axis=2))


def recorded(licence: str) -> Scene:
    """A picture whose licence is known."""
    record = Record("texture", licences=(licence,)).to_json()
    return worn(replace(picture(noise()), extras={"vrgen": {"record": record}}))


def _lit(**more: object) -> Scene:
    return worn(replace(GREY, **more))


def half_lit(*more: Mesh) -> Scene:
    """A floor that is dark behind z = 0 and bright before it, each end half a metre away."""
    floor = quad(Surface("floor", unlit=True), name="floor", level=True, centre=(0, 1, 0))
    light = np.where(floor.positions[:, 2:] < 0, 0.03, 0.8)
    colours = np.concatenate([np.repeat(light, 3, axis=1), np.ones_like(light)], axis=1)
    turned = [replace(mesh, indices=mesh.indices[:, ::-1]) for mesh in more]  # its front to the dark end
    return Scene("s", (Node("room", meshes=(replace(floor, colours=colours), *turned)),))


def _barrier(gap: float) -> tuple[Mesh, Mesh]:
    """Two screens across the way at z = 4.5, with a gap between them."""
    side = 4.2 - gap / 2
    at = gap / 2 + side / 2
    return tuple(quad(name="screen", size=(side, 1.0), centre=(sign * at, 0.5, 4.5)) for sign in (-1, 1))  # type: ignore[return-value]


CASES: dict[str, tuple[Callable[[], Scene], Callable[[], Scene]]] = {
    "UV_MISSING": (
        lambda: scene(replace(quad(picture(noise())), uv0=None)),
        lambda: worn(picture(noise())),
    ),
    "UV_OVERLAP": (lambda: charts(apart=False), lambda: charts(apart=True)),
    "UV_STRETCH": (
        lambda: worn(picture(noise()), repeats=(1, 8)),
        lambda: worn(picture(noise()), repeats=(1, 3)),
    ),
    "TEXELS_TOO_COARSE": (lambda: worn(picture(noise(256)), size=(2, 2)), lambda: worn(picture(noise(512)))),
    "TEXELS_TOO_FINE": (
        lambda: worn(picture(noise(1024)), size=(0.2, 0.2)),
        lambda: worn(picture(noise(1024))),
    ),
    "TEXTURE_TOO_LARGE": (
        lambda: worn(picture(Image(np.full((2052, 2052, 3), 90, np.uint8)))),
        lambda: worn(picture(Image(np.full((1024, 4096, 3), 90, np.uint8)))),
    ),
    "TEXTURE_NOT_IN_BLOCKS": (lambda: worn(picture(noise(255))), lambda: worn(picture(noise(252)))),
    "TEXTURE_NOT_POWER_OF_TWO": (
        lambda: worn(picture(noise(252))),
        lambda: worn(picture(noise(252), wrap=("clamp_to_edge", "clamp_to_edge"))),
    ),
    "NORMALS_POINT_DOWN": (
        lambda: _lit(normal=Texture(bumps(up=False))),
        lambda: _lit(normal=Texture(bumps(up=True))),
    ),
    "ALBEDO_TOO_DARK": (
        lambda: _lit(base_colour_factor=(0.005, 0.005, 0.005, 1)),
        lambda: _lit(base_colour_factor=(0.03, 0.03, 0.03, 1)),
    ),
    "ALBEDO_TOO_BRIGHT": (
        lambda: _lit(base_colour_factor=(1, 1, 1, 1)),
        lambda: worn(replace(GREY, base_colour_factor=(1, 1, 1, 1), unlit=True)),
    ),
    "METALLIC_BETWEEN": (
        lambda: _lit(metallic_factor=0.5),
        lambda: _lit(metallic_factor=1, roughness_factor=0.3),
    ),
    "METALLIC_LEFT_ON": (lambda: _lit(metallic_factor=1), lambda: _lit(metallic_factor=0)),
    "ROUGHNESS_OF_A_MIRROR": (lambda: _lit(roughness_factor=0.0), lambda: _lit(roughness_factor=0.1)),
    "NAME_EMPTY": (lambda: _lit(name=""), lambda: _lit()),
    "NAME_DUPLICATE": (
        lambda: Scene("s", (Node("a"), Node("a", meshes=(quad(),)))),
        lambda: Scene("s", (Node("a"), Node("b", meshes=(quad(),)))),
    ),
    "NAME_UNUSUAL": (lambda: _lit(name="Stuhl, grün"), lambda: _lit(name="chair.001")),
    "SCALE_HUGE": (lambda: worn(GREY, size=(2000, 3)), lambda: worn(GREY, size=(900, 3))),
    "SCALE_TINY": (
        lambda: worn(GREY, size=(0.004, 0.004)),
        lambda: worn(GREY, size=(0.04, 0.04)),
    ),
    "THING_OUT_OF_SCALE": (
        lambda: worn(GREY, name="door", size=(0.5, 1.0)),
        lambda: scene(
            quad(name="door", size=(1, 2.1)),
            quad(name="cabinet_door", size=(0.4, 0.7)),
            quad(name="floor", size=(9, 9), level=True),
        ),
    ),
    "SEAM_VISIBLE": (
        lambda: worn(picture(gradient()), repeats=(4, 4), size=(0.2, 0.2)),
        lambda: worn(picture(gradient()), size=(0.2, 0.2)),
    ),
    "LIGHT_LEAKS": (lambda: half_lit(quad(name="wall")), lambda: half_lit()),
    "SIGHTLINE_BLOCKED": (
        lambda: room(quad(name="panel", size=(0.6, 0.8), centre=(0, 1.3, 1))),
        lambda: room(quad(name="bench", size=(1.4, 0.45), centre=(0, 0.225, 1))),
    ),
    "LABEL_TOO_SMALL": (
        lambda: room(quad(name="label", size=(0.1, 0.03), centre=(0.7, 1.5, 0))),
        lambda: room(quad(name="label", size=(0.2, 0.08), centre=(0.7, 1.5, 0))),
    ),
    "AISLE_NARROW": (
        lambda: room(*_barrier(0.6), spawn=(0, 0, 6)),
        lambda: room(*_barrier(1.2), spawn=(0, 0, 6)),
    ),
    "STOP_CUT_OFF": (lambda: room(*_barrier(0.0), spawn=(0, 0, 6)), lambda: room(spawn=(0, 0, 6))),
    "LICENCE_LIMITS": (lambda: recorded("CC-BY-NC-4.0"), lambda: recorded("CC0-1.0")),
    "LICENCE_UNKNOWN": (lambda: worn(picture(noise())), lambda: recorded("CC-BY-4.0")),
}
"""Code: (a scene that it is given for, one that it is not)."""


def codes(found) -> set[str]:
    return {one.code for one in found}


@pytest.mark.parametrize("code", CASES)
def test_a_fault_is_found_and_its_absence_is_not(code: str) -> None:
    bad, good = (check(make(), "quest3") for make in CASES[code])
    assert code in codes(bad)
    assert code not in codes(good)


def test_every_code_has_a_case() -> None:
    assert sorted((*CASES, *BUDGETS, *FILES)) == sorted(CODES)


@pytest.mark.parametrize("code", BUDGETS)
def test_a_budget_is_left(code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    figures = {
        "DRAW_CALLS": "draw_calls",
        "TRIANGLES": "triangles",
        "TEXTURES": "texture_bytes",
        "FILE": "file_bytes",
    }
    name = next(name for name in figures if code.startswith(name))
    budget = GUIDANCE if code.endswith("GUIDANCE") else STARTER
    path = tmp_path / "a.glb"
    write(worn(picture(noise())), path)
    assert codes(check(path, "quest2")).isdisjoint(BUDGETS)
    monkeypatch.setitem(budget, "quest2", replace(budget["quest2"], **{figures[name]: 1}))
    found = [one for one in check(path, "quest2") if one.code == code]
    assert [one.severity for one in found] == ["error" if code.endswith("GUIDANCE") else "warning"]
    assert "Quest 2" in found[0].sentence


def test_what_is_behind_the_visitor_costs_no_draw_calls() -> None:
    before = [quad(name=f"q{k}", centre=(0.1 * k, 1.5, 0)) for k in range(3)]
    behind = [quad(name=f"b{k}", centre=(0.1 * k, 1.5, 90)) for k in range(4)]
    calls, _, where = fullest_view(Subject(room(*before, *behind), "quest3"))
    assert calls == 4, "the work and three before it, or four behind: never all eight"
    assert where in ("from camera_001", "from the spawn point")


def test_the_gravest_come_first_and_many_of_a_kind_are_counted() -> None:
    dark = replace(GREY, base_colour_factor=(0.0, 0.0, 0.0, 1.0))
    found = check(scene(*(quad(replace(dark, name=f"m{k}")) for k in range(9))), "quest3")
    assert [one.severity for one in found] == sorted(
        (one.severity for one in found), key="error warning info".find
    )
    told = [one for one in found if one.code == "ALBEDO_TOO_DARK"]
    assert len(told) == 5
    assert told[-1].sentence.endswith("(and 4 more like this)")


def test_an_empty_scene_has_nothing_to_say() -> None:
    assert check(Scene("empty"), "desktop") == ()


def test_names_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.gltf"
    path.write_text(json.dumps({"asset": {"version": "2.0"}, "nodes": [{"name": "a"}, {"name": "a"}, {}]}))
    found = {one.code: one.place for one in check(path, "quest3")}
    assert found["NAME_DUPLICATE"] == "/nodes/0"
    assert found["NAME_EMPTY"] == "/nodes/2"


def packed_file(path: Path, *, side: int) -> Path:
    """A quad drawn in two places with a KTX2 texture (its header alone), as a packer leaves it."""
    head = b"\xabKTX 20\xbb\r\n\x1a\n" + struct.pack("<9I", 0, 1, side, side, 0, 0, 1, 9, 1)
    head += struct.pack("<2I", 80, 44) + b"\0" * 24
    head += struct.pack("<IIHH", 44, 0, 2, 40) + b"\0" * 64  # one sample: colour without alpha
    uri = "data:image/ktx2;base64," + base64.b64encode(head).decode()
    basis = {"extensions": {"KHR_texture_basisu": {"source": 0}}}
    corners = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)], "<f4").tobytes()
    data = corners + np.array([0, 1, 2, 2, 1, 3], "<u2").tobytes()
    document = {
        "asset": {"version": "2.0", "copyright": "CC0"},
        "extensionsRequired": ["KHR_texture_basisu"],
        "nodes": [{"name": "a", "mesh": 0}, {"name": "b", "mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [{"name": "m", "normalTexture": {"index": 0}}],
        "buffers": [
            {"byteLength": 60, "uri": "data:;base64," + base64.b64encode(data).decode()},
        ],
        "bufferViews": [{"buffer": 0, "byteLength": 48}, {"buffer": 0, "byteOffset": 48, "byteLength": 12}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": 6, "type": "SCALAR"},
        ],
        "images": [{"uri": uri, "mimeType": "image/ktx2"}],
        "textures": [basis],
    }
    path.write_text(json.dumps(document))
    return path


def test_a_packed_file_is_judged_by_what_can_be_seen_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validator.shutil, "which", lambda name: None)
    file = packed_file(tmp_path / "a.gltf", side=512)
    cost = cost_of(opened(file))
    assert cost is not None
    assert (cost.draw_calls, cost.triangles) == (2, 4)
    assert cost.texture_bytes == 128 * 128 * 8 * 4 // 3, "half a byte a texel, and a third for the mipmaps"
    with pytest.raises(InputProblem, match="/images/0 cannot be unpacked"):
        check(file, "quest3")  # it is a header and no picture

    def none(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(unpack, "import_module", none)
    found = check(file, "quest3")
    assert codes(found) == {"CONTENT_PACKED", "VALIDATOR_MISSING"}
    assert "pip install opengl_basisu" in found[0].sentence + found[1].sentence
    monkeypatch.setitem(GUIDANCE, "quest3", replace(GUIDANCE["quest3"], draw_calls=2))
    assert "DRAW_CALLS_BEYOND_GUIDANCE" in codes(check(file, "quest3"))
    write(worn(GREY), tmp_path / "b.glb")
    assert cost_of(opened(tmp_path / "b.glb")) is None


def test_what_is_packed_is_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validator.shutil, "which", lambda name: None)
    monkeypatch.setitem(GUIDANCE, "quest3", replace(GUIDANCE["quest3"], draw_calls=2))
    file = instanced().save(tmp_path)
    cost = cost_of(opened(file))
    assert cost is not None and (cost.draw_calls, cost.triangles) == (1, 2)
    found = codes(check(file, "quest3"))  # two nodes of our scene, one draw call of the file
    assert not found & {"CONTENT_PACKED", "DRAW_CALLS_BEYOND_GUIDANCE"}


def test_without_node_the_validator_is_missed_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(worn(GREY), tmp_path / "a.glb")
    monkeypatch.setattr(validator.shutil, "which", lambda name: None)
    found = check(tmp_path / "a.glb", "quest3")
    assert [(one.code, one.severity) for one in found] == [("VALIDATOR_MISSING", "info")]
    assert "node" in found[0].sentence


def test_khronos_validator_is_heard(tmp_path: Path) -> None:
    if validator.shutil.which("node") is None or validator._home() is None:
        pytest.skip("needs node and gltf-validator: run `npm ci` in tools/check")
    path = tmp_path / "a.gltf"
    wrong = {"asset": {"version": "2.0"}, "nodes": [{"name": "a", "children": []}]}
    path.write_text(json.dumps(wrong))
    found = [one for one in check(path, "quest3") if one.code.startswith("VALIDATOR")]
    assert "VALIDATOR_MISSING" not in codes(found)
    assert any(one.code == "VALIDATOR_ERROR" and one.place == "/nodes/0/children" for one in found)
    write(worn(GREY), tmp_path / "b.glb")
    assert check(tmp_path / "b.glb", "quest3") == ()


@pytest.mark.parametrize("seed", range(5))
def test_green_up_and_green_down_are_opposites(seed: int) -> None:
    """Of any height: made here with central differences, then turned."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(rng.normal(size=(64, 64)))
    away = np.hypot(np.fft.fftfreq(64)[:, None], np.fft.rfftfreq(64)[None, :])
    height = np.fft.irfft2(spectrum / (1 + (away * 24) ** 2)) * 3
    p = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) / 2
    q = (np.roll(height, 1, 0) - np.roll(height, -1, 0)) / 2
    normal = np.stack([-p, -q, np.ones_like(p)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    up = Image(((normal + 1) * 127.5).round().astype(np.uint8), "linear")
    down = Image(np.stack([up.pixels[..., 0], 255 - up.pixels[..., 1], up.pixels[..., 2]], -1), "linear")
    assert uprightness(up) > 0.4
    assert uprightness(down) == pytest.approx(-uprightness(up), abs=0.02)
    assert abs(uprightness(noise(64, space="linear"))) < 0.1, "no gradient of anything"
    assert uprightness(bumps(up=True)) > 0.9


def test_the_page_of_codes_is_the_catalogue() -> None:
    """After a wished change: python tools/check/issues.py"""
    assert (ROOT / "tools" / "check" / "ISSUES.md").read_text(encoding="utf-8") == page()


def test_the_catalogue_speaks_in_sentences() -> None:
    for name, code in CODES.items():
        assert re.fullmatch(r"[A-Z][A-Z_]+[A-Z]", name)
        assert code.what.endswith(".") and code.why.endswith("."), name
        assert code.remedy and not code.remedy.endswith("."), name


def faulty_room() -> Scene:
    """The sample: a room with a screen in the way, a small label, a short door and a dark wall."""
    dark = replace(GREY, name="soot", base_colour_factor=(0.004, 0.004, 0.004, 1.0))
    turned = replace(GREY, name="turned", normal=Texture(bumps(up=False)))
    return room(
        quad(dark, name="wall", size=(8, 3), centre=(0, 1.5, -0.1)),
        quad(turned, name="panel", size=(0.6, 0.8), centre=(0, 1.3, 1)),
        quad(name="label", size=(0.1, 0.03), centre=(0.7, 1.5, 0)),
        quad(name="door", size=(0.9, 1.2), centre=(3, 0.6, 0)),
        *_barrier(0.6),
        spawn=(0, 0, 6),
    )


def test_the_report_of_the_sample_is_the_one_that_was_agreed() -> None:
    found = [one.to_json() for one in check(faulty_room(), "quest3")]
    assert found == json.loads(REPORT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    agreed = [one.to_json() for one in check(faulty_room(), "quest3")]
    REPORT.write_text(json.dumps(agreed, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(f"{REPORT} written\n")
