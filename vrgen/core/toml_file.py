"""A TOML file that somebody wrote by hand: read whole, or refused in one sentence."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from vrgen.errors import InputProblem

MAX_BYTES = 4 << 20


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """(text, tables) of a file. Raises InputProblem for one that cannot be read, is too large or no TOML."""
    name = path.name
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise InputProblem(f"cannot read {path}: {problem.strerror}; check the path") from problem
    if len(data) > MAX_BYTES:
        raise InputProblem(f"{name} has {len(data) >> 20} MiB, expected at most 4; shorten its texts")
    try:
        text = data.decode("utf-8-sig")
        return text, tomllib.loads(text)
    except UnicodeDecodeError as problem:
        raise InputProblem(f"{name} is not UTF-8 (byte {problem.start}); save it as UTF-8") from problem
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise InputProblem(f"{name} is not valid TOML: {problem}; mend that place") from problem
