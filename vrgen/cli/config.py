"""Config files: a TOML file gives a verb's options by their names; the command line wins over it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

from vrgen.errors import InputProblem, UsageProblem, nearest


def configured(command: type[Any], argv: Sequence[str]) -> dict[str, Any]:
    """What the file behind --config says, by field name; nothing when no file is given.

    Raises InputProblem for a file that cannot be read, UsageProblem for a key that is no option or a value
    of the wrong type.
    """
    import msgspec

    path = _path(argv)
    hints = get_type_hints(command)
    if path is None or "config" not in hints:
        return {}
    names = {spec.name.rstrip("_"): spec.name for spec in fields(command) if spec.name != "config"}
    values = {}
    for key, value in _read(path).items():
        name = names.get(key.replace("-", "_"))
        if name is None:
            close = nearest(key, tuple(names))
            raise UsageProblem(f"{path}: unknown option {key!r}.{close} There are: {', '.join(names)}.")
        try:
            values[name] = msgspec.convert(value, hints[name], dec_hook=lambda kind, given: kind(given))
        except (msgspec.ValidationError, TypeError) as problem:
            raise UsageProblem(f"{path}: {key}: got {value!r}; {str(problem).lower()}") from problem
    return values


def _path(argv: Sequence[str]) -> Path | None:
    for word, following in zip(argv, [*argv, ""][1:], strict=True):
        flag, _, value = word.partition("=")
        if flag == "--config" and (value or following):
            return Path(value or following)
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InputProblem(f"cannot read {path}: {problem.strerror}; check the path") from problem
    except ValueError as problem:
        raise InputProblem(f"{path}: no valid TOML ({problem}); mend it") from problem
