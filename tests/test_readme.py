"""The README says what is so: its verbs, its flags, its rooms, its Python."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest

from vrgen.cli.flags import flag_names
from vrgen.registry import styles, verbs

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
LINES = [
    command.strip()
    for language, block in BLOCKS
    if language == "sh"
    for line in block.splitlines()
    for command in line.partition("#")[0].split("&&")
    if command.strip().startswith("vrgen ")
]


def test_the_table_of_verbs_is_the_registry() -> None:
    table = re.findall(r"^\| `vrgen (\S+)` \| ([^|]*) \|$", README, re.MULTILINE)
    assert table == [(entry.name, entry.summary) for entry in verbs]


@pytest.mark.parametrize("line", LINES)
def test_command_lines_name_flags_that_exist(line: str) -> None:
    _, verb, *words = shlex.split(line)
    known = set(flag_names(verbs.load(verb)).values()) | {"-o"}
    assert {word for word in words if word.startswith("-")} <= known


def test_examples_of_the_registry_name_flags_that_exist() -> None:
    for entry in verbs:
        known = set(flag_names(entry.load()).values()) | {"-o"}
        assert {word for word in entry.example.split()[2:] if word.startswith("-")} <= known


def test_rooms_and_styles_are_named() -> None:
    for room in (path.name for path in (ROOT / "vrgen").iterdir() if (path / "__init__.py").exists()):
        assert re.search(rf"^  {room}/ ", README, re.MULTILINE), room
    assert all(f"*{name}*" in README for name in styles.names())


def test_python_blocks_are_python() -> None:
    assert [ast.parse(block) for language, block in BLOCKS if language == "python"]


def test_the_changelog_has_this_version_or_something_unreleased() -> None:
    import vrgen

    changes = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in changes or f"## [{vrgen.__version__}]" in changes
