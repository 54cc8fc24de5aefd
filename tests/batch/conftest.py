"""What the tests of batch share: recipes of trivial items, which take no model and no time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vrgen.registry import Entry, makers

BENCH = Path(__file__).resolve().parents[2] / "tools" / "bench"
sys.path.insert(0, str(BENCH))  # before the tests, and the workers they start, import trivial


@pytest.fixture(autouse=True, scope="session")
def trivial_maker() -> None:
    """`make = "trivial"`, as an outsider's entry point would bring it."""
    if "trivial" not in makers.names():
        makers.add(Entry("trivial", "trivial:TRIVIAL"))


@pytest.fixture
def recipe(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a recipe's text and gives its path."""

    def write(text: str, name: str = "recipe.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
