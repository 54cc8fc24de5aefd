"""A store from afar: what one machine has made, another fetches, and nothing damaged is believed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import trivial

from vrgen.batch import run
from vrgen.errors import UsageProblem, VrgenError

Write = Callable[[str], Path]
CHAIN = (
    '[[product]]\nname = "a"\nmake = "trivial"\nseed = "0..2"\n'
    '[[product]]\nname = "b"\nmake = "trivial"\nseed = 9\nfile = "@a"\n'
)


def states(path: Path, out: Path, store: str) -> list[str]:
    return [one.state for one in run(path, out, workers=1, store=store)]


@pytest.fixture(params=["file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"{request.param}://{tmp_path}/afar" if request.param == "file" else f"memory://{tmp_path.name}"


def test_what_one_has_made_another_fetches(recipe: Write, tmp_path: Path, url: str) -> None:
    path = recipe(CHAIN)
    assert states(path, tmp_path / "one", url) == ["made"] * 6
    assert states(path, tmp_path / "two", url) == ["kept"] * 6
    for seed in range(3):
        expected = trivial.content(9) + trivial.content(seed)
        assert (tmp_path / "two" / "b" / f"{seed}.bin").read_bytes() == expected
    path.write_text(CHAIN.replace("seed = 9", "seed = 8"))
    assert states(path, tmp_path / "three", url) == ["kept"] * 3 + ["made"] * 3


def test_half_and_wrong_files_afar_are_made_again(recipe: Write, tmp_path: Path) -> None:
    path, afar = recipe(CHAIN), tmp_path / "afar"
    states(path, tmp_path / "one", f"file://{afar}")
    blobs = sorted((afar / "blobs").glob("*/*"))
    blobs[0].write_bytes(blobs[0].read_bytes()[:100])
    blobs[1].write_bytes(bytes(blobs[1].stat().st_size))
    step = next((afar / "steps").glob("*/*.json"))
    step.write_text(step.read_text()[:50])
    told = states(path, tmp_path / "two", f"file://{afar}")
    assert 1 <= told.count("made") <= 3
    for seed in range(3):
        assert (tmp_path / "two" / "a" / f"{seed}.bin").read_bytes() == trivial.content(seed)


def test_a_step_afar_cannot_write_outside(recipe: Write, tmp_path: Path) -> None:
    path, afar = recipe('[[product]]\nmake = "trivial"\n'), tmp_path / "afar"
    states(path, tmp_path / "one", f"file://{afar}")
    step = next((afar / "steps").glob("*/*.json"))
    step.write_text(step.read_text().replace("item.bin", "../../../../evil.bin"))
    assert states(path, tmp_path / "two", f"file://{afar}") == ["made"]
    assert not list(tmp_path.rglob("evil.bin"))


def test_a_url_that_is_none_is_told(recipe: Write, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="expected a folder or a URL"):
        states(recipe(CHAIN), tmp_path / "out", "gopher9://x/y")
    with pytest.raises(VrgenError, match="needs another library"):
        states(recipe(CHAIN), tmp_path / "out", "s3://bucket/x")
