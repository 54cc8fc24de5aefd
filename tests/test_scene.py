"""A scene in words, end to end as a user runs it: our own courtyard, at small sizes."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vrgen
from vrgen.cli.main import main
from vrgen.core.exhibits import exhibits
from vrgen.core.files import resource
from vrgen.errors import UsageProblem
from vrgen.view.viewpoint import cameras
from vrgen.view.walk import inside

SAMPLES = resource("assets/samples")
ROOT = Path(__file__).resolve().parent.parent


def run(*words: str) -> tuple[int, dict[str, Any]]:
    """(exit code, what `vrgen scene --json` says)."""
    out = StringIO()
    with redirect_stdout(out):
        code = main(["scene", *words, "--json"])
    return code, json.loads(out.getvalue())


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample at the least sizes that there are, most of it in paint, its knot beside it."""
    folder = tmp_path_factory.mktemp("court")
    text = (SAMPLES / "courtyard.toml").read_text()
    text = re.sub(r'kind = "(concrete|gravel|rock|walnut|terracotta|grass)"\n', "", text)
    text = text.replace("[[material]]\n", "[[material]]\nsize = 64\n").replace(
        "[sky]\n", "[sky]\nsize = 256\n"
    )
    text += "\n[bake]\nsamples = 4\nbounces = 1\ntexel_m = 0.5\nmax_triangles = 60000\n"
    (folder / "court.toml").write_text(text)
    (folder / "trefoil.glb").write_bytes((SAMPLES / "trefoil.glb").read_bytes())
    return folder / "court.toml"


@pytest.fixture(scope="module")
def made(court: Path) -> Path:
    """The file that comes of it."""
    out = court.parent / "court.glb"
    code, told = run(str(court), "-o", str(out))
    assert code == 0 and told["draw_calls"] < 60 and told["triangles"] < 150_000
    return out


def test_the_same_file_gives_the_same_bytes(court: Path, made: Path) -> None:
    again = court.parent / "again.glb"
    assert run(str(court), "-o", str(again))[0] == 0
    assert again.read_bytes() == made.read_bytes()


def test_it_says_what_viewers_need(made: Path) -> None:
    scene = vrgen.read(made)
    ours = scene.extras["vrgen"]
    x, y, z = ours["spawn"]
    assert y == 0 and inside(ours["walkable"], x, z)
    assert not inside(ours["walkable"], 0, 0.9), "the plinth stands there"
    assert list(cameras(scene)) == ["camera_overview", "camera_knot", "camera_portico", "camera_bench"]
    (knot,) = exhibits(scene)
    assert (knot.title, knot.camera) == ("Trefoil", "camera_knot")
    assert len(ours["route"]) == 4
    colliders = {
        n.name: n.extras["vrgen"]["collider"]
        for n, _ in scene.walk()
        if "collider" in n.extras.get("vrgen", {})
    }
    assert {shape["type"] for shape in colliders["columns"]["shapes"]} == {"convex"}
    assert len(colliders["columns"]["shapes"]) == 5 and colliders["plinth"]["shapes"][0]["type"] == "box"


def test_the_file_says_how_it_was_made_and_names_no_path(made: Path, court: Path) -> None:
    scene = vrgen.read(made)
    steps = [record.step for record in scene.records]
    assert steps.count("texture") == 2 and steps[-2:] == ["scene", "bake"]
    told = next(record for record in scene.records if record.step == "scene")
    assert told.options["description"]["mesh"][0]["name"] == "ground"
    assert str(court.parent).encode() not in made.read_bytes()


def test_it_is_valid(made: Path) -> None:
    spec = importlib.util.spec_from_file_location("gltf_validate", ROOT / "tools" / "check" / "validate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["gltf_validate"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    if not module.available():
        pytest.skip("needs node and gltf-validator: run `npm ci` in tools/check")
    (findings,) = module.validate(made)
    assert [item for item in findings if item.severity in ("error", "warning")] == []


def test_it_is_photographed_and_walked_through(made: Path, tmp_path: Path) -> None:
    vrgen.shot(made, tmp_path / "a.png", size=(64, 36))
    report = vrgen.replay(made, render_scale=0.05, per_stop=1)
    assert [stop.name for stop in report.stops] == [
        "camera_overview",
        "camera_knot",
        "camera_portico",
        "camera_bench",
    ]
    assert not [line for line in report.over if "draw" in line or "triangles" in line]


def test_what_it_costs_is_told_before_anything_is_made(court: Path) -> None:
    code, told = run(str(court), "--dry-run")
    assert code == 0 and told["generated"] == 2 and told["baked"]
    assert ["columns", 5] in [mesh[:2] for mesh in told["meshes"]]
    assert told["copies"] > 60 and told["paths"] == []


def test_the_documentation_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scene", "--keys"]) == 0
    assert "[mesh.scatter]:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('kind = "plaster"', 'kind = "plster"', r"'render' kind.*line \d+.*plaster"),
        ('on = "columns"', 'on = "colums"', r"'slabs' on.*line \d+.*'columns'"),
        ("at = [3.6, 3.9]", "at = [0, 0.9]", r"\[spawn\] at.*line \d+.*walkable"),
        ("samples = 4", "samples = 1", r"\[bake\] samples.*line \d+.*4 to"),
        ("sun_elevation = 31", "sun_elevation = 99", r"sun_elevation.*line \d+.*<= 89"),
        ('file = "trefoil.glb"', 'file = "trefiol.glb"', r"'knot' file.*line \d+.*'trefoil.glb'"),
        ('on = "plinth"\n', 'on = "plinth"\nat = [5, 0, 0]\n', r"'knot' on.*line \d+.*nothing level under"),
        ("at = [0, -0.2, 0]", "at = [0, -0.2, 0]\nturn = 400", r"'ground' turn.*line \d+.*<= 360"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(court: Path, old: str, new: str, told: str) -> None:
    text = court.read_text()
    assert old in text
    wrong = court.with_name("wrong.toml")
    wrong.write_text(text.replace(old, new, 1))
    with pytest.raises(UsageProblem, match=rf"(?s)wrong.toml: .*{told}"):
        vrgen.scene(wrong)
    assert run(str(wrong), "--dry-run")[0] == 2


def test_an_option_is_refused_by_name(court: Path) -> None:
    with pytest.raises(UsageProblem, match="Did you mean 'seed'"):
        vrgen.scene(court, sede=3)  # type: ignore[call-arg]
    assert run(str(court))[0] == 2
    assert run(str(court.with_name("none.toml")), "-o", "x.glb")[0] == 1


def test_the_room_is_still_a_room() -> None:
    from vrgen.scene.words.placing import in_grid

    assert vrgen.scene.words.placing.in_grid is in_grid  # type: ignore[attr-defined]


def test_what_is_scattered_lies_on_the_bed_and_keeps_clear(court: Path) -> None:
    scene = vrgen.scene(court, light="none")
    boulders = next(node for node in scene.nodes if node.name == "boulders")
    centres = [np.mean(shape["points"], axis=0) for shape in boulders.extras["vrgen"]["collider"]["shapes"]]
    assert 1 < len(centres) <= 7
    for x, _, z in centres:
        assert abs(x) < 2.55 and abs(z - 0.9) < 1.95 and max(abs(x), abs(z - 0.9)) > 0.3
