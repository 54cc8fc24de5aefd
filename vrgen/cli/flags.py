"""Flags: an options dataclass becomes a command line. tyro parses; field docstrings are the help.

The fields that a command names in POSITIONAL have no dashes and come in that order, those in HIDDEN are no
flags; `out` is `-o/--out`, `material` `-m/--material`, `from_` is `--from`; what is on unless it is switched
off is `--no-name`; a pair of numbers is written 1600x900; a flag of many texts is given again for each. Types
that no flag can carry (Material, Sky, Scene: they are for the Python API) are left out of a union, and a
field that takes nothing else is no flag.
"""

from __future__ import annotations

import ast
import inspect
import io
import itertools
import re
import textwrap
import types
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import MISSING, Field, dataclass, fields, make_dataclass
from dataclasses import field as new_field
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from vrgen.cli.config import configured
from vrgen.errors import UsageProblem, nearest

PAIR = tuple[int, int]
MANY = tuple[str, ...]
SHORT = {"out": "-o", "material": "-m"}
"""Flags that have a short form."""
VALUES = "vrgen.core."
"""Types from here are values, not flags."""


@dataclass(frozen=True)
class Everywhere:
    """The flags that every verb takes."""

    quiet: bool = False
    """Say nothing but errors."""
    verbose: bool = False
    """Say more; show where an error came from."""
    json: bool = False
    """Print the result as JSON on stdout; all else goes to stderr."""


def parse(command: type[Any], argv: Sequence[str], *, prog: str, example: str) -> tuple[Any, Everywhere]:
    """(the command, the flags taken everywhere) for the arguments behind `prog`.

    Raises UsageProblem, in one sentence, for an option or value that is wrong, and SystemExit(0)
    after printing the help.
    """
    import tyro

    argv = [word for word in argv if word not in _said_anyway(command)]
    _refuse_unknown(command, argv, prog)
    given = configured(command, argv)
    about = f"{inspect.cleandoc(command.__doc__ or '')}\n\nExample: {example}" if example else command.__doc__
    told = io.StringIO()
    try:
        with redirect_stderr(told):
            filled = tyro.cli(
                _form(command, given),
                prog=prog,
                description=about,
                args=_pairs_apart(command, argv),
                config=(tyro.conf.FlagCreatePairsOff, tyro.conf.DisallowNone),
            )
    except SystemExit as end:
        if end.code in (0, None):
            raise
        raise UsageProblem(_sentence(told.getvalue(), prog)) from None
    everywhere = Everywhere(**{f.name: getattr(filled, f.name) for f in fields(Everywhere)})
    values = {f.name: getattr(filled, f.name) for f in flag_fields(command)}
    values |= {name: values[name] or value for name, value in given.items() if isinstance(value, bool)}
    return command(**values), everywhere


def field_docs(options: type[Any]) -> dict[str, str]:
    """The docstring under every field of a dataclass, bases included."""
    docs: dict[str, str] = {}
    for base in reversed(options.__mro__[:-1]):
        tree = ast.parse(textwrap.dedent(inspect.getsource(base)))
        body = tree.body[0].body  # type: ignore[attr-defined]
        for line, below in itertools.pairwise(body):
            is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and is_text:
                docs[line.target.id] = inspect.cleandoc(str(below.value.value))
    return docs


def flag_fields(command: type[Any]) -> list[Field[Any]]:
    """The fields of a command that the command line can fill."""
    hidden, hints = getattr(command, "HIDDEN", ()), get_type_hints(command)
    return [
        spec
        for spec in fields(command)
        if spec.name not in hidden and _flag_type(hints[spec.name]) is not None
    ]


def flag_names(command: type[Any]) -> dict[str, str]:
    """`--flag` or METAVAR of every field of a command and of the flags taken everywhere."""
    bare = getattr(command, "POSITIONAL", ())
    every = (*flag_fields(command), *fields(Everywhere))
    return {spec.name: spec.name.upper() if spec.name in bare else _flag(spec) for spec in every}


def _flag(spec: Field[Any]) -> str:
    """`--name`; what is on unless it is switched off is `--no-name`."""
    return ("--no-" if spec.default is True else "--") + spec.name.rstrip("_").replace("_", "-")


def _said_anyway(command: type[Any]) -> set[str]:
    """`--name` of every switch that is on unless it is switched off: allowed, and changes nothing."""
    on = {f"--{spec.name.replace('_', '-')}" for spec in flag_fields(command) if spec.default is True}
    return on - {"--help"}


def _form(command: type[Any], given: Mapping[str, Any]) -> type[Any]:
    """The dataclass that tyro reads: the command's fields and those taken everywhere, annotated.

    What is `given` by a config file becomes the default; switches, which turn around with it, do not.
    """
    import tyro

    bare, specs = getattr(command, "POSITIONAL", ()), []
    for source, asked in ((command, flag_fields(command)), (Everywhere, list(fields(Everywhere)))):
        docs, hints = field_docs(source), get_type_hints(source)
        for spec in sorted(asked, key=lambda spec: (*bare, spec.name).index(spec.name)):
            hint = _flag_type(hints[spec.name])
            about: dict[str, Any] = {"help": docs.get(spec.name, "")}
            if spec.name.endswith("_"):  # a word that Python keeps for itself, as in `from_`
                about["name"] = spec.name.rstrip("_")
            if spec.name in SHORT:
                about["aliases"] = [SHORT[spec.name]]
            if spec.name in bare and get_origin(hint) is not Literal:
                about["metavar"] = spec.name.upper()
            elif hint == PAIR:
                about["metavar"] = "WIDTHxHEIGHT"
            kind: Any = Annotated[hint, tyro.conf.arg(**about)]
            if spec.name in bare:
                kind = tyro.conf.Positional[kind]  # type: ignore[misc]
            elif hint == MANY:
                kind = tyro.conf.UseAppendAction[kind]  # type: ignore[misc]
            usual = given.get(spec.name, spec.default) if hint is not bool else spec.default
            default = new_field() if usual is MISSING else new_field(default=usual)
            specs.append((spec.name, kind, default))
    return make_dataclass(command.__name__, specs, frozen=True, kw_only=True)


def _pairs_apart(command: type[Any], argv: Sequence[str]) -> list[str]:
    """`--size 1600x900` as tyro wants it: `--size 1600 900`."""
    hints, names = get_type_hints(command), flag_names(command)
    paired = {names[spec.name] for spec in flag_fields(command) if hints[spec.name] == PAIR}
    words: list[str] = []
    for word in argv:
        flag, _, value = word.partition("=")
        if flag in paired and value:
            words.append(flag)
            word = value
        match = re.fullmatch(r"(-?\d+)[xX×](-?\d+)", word)
        words += match.groups() if match and words and words[-1] in paired else (word,)
    return words


def _flag_type(hint: Any) -> Any:
    """The hint without members that only Python can hand over; None when nothing is left."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint
    kept = [kind for kind in get_args(hint) if not getattr(kind, "__module__", "").startswith(VALUES)]
    if {str, Path} <= set(kept):  # every text is a path too: one of them is enough
        kept.remove(str if int not in kept else Path)
    if set(kept) <= {type(None)}:
        return None
    return Union[tuple(kept)]  # noqa: UP007 - built at run time


def _refuse_unknown(command: type[Any], argv: Sequence[str], prog: str) -> None:
    known = [name for name in flag_names(command).values() if name.startswith("--")] + ["--help"]
    for word in argv:
        if word == "--":
            return
        name = word.split("=", 1)[0].replace("_", "-")
        if word.startswith("--") and name not in known:
            close = nearest(name, tuple(known))
            raise UsageProblem(f"unknown option {name}.{close} See: {prog} --help")


PLAINER = (
    (r"Error parsing ", ""),
    (r"no type matching (\S+) could be instantiated from \['(.*?)'\].*", r"got '\2', expected \1"),
    (r"invalid literal for int\(\) with base 10: ('.*?')", r"got \1, expected a whole number"),
    (r"could not convert string to float: ('.*?')", r"got \1, expected a number"),
)
"""Python's words for a wrong value, and ours."""


def _sentence(box: str, prog: str) -> str:
    """tyro's framed complaint as one sentence: the first paragraph under its title, without the frame."""
    lines = [line.strip("│| ") for line in box.splitlines()]
    rules = [i for i, line in enumerate(lines) if line.startswith("╭") or (line and set(line) <= set("─-"))]
    begin, end = (*rules, len(lines), len(lines))[0:2]  # a frame of spaces has a rule below its title
    told = lines[begin + 1 : end]
    if told and told[0].startswith("Missing"):  # then come flags, each with its help below
        told = ["missing", ", ".join(line for line in told[1:] if re.match(r"-|[A-Z{][A-Z_,{}]*$", line))]
    text = " ".join(" ".join(told).split()).rstrip(".")
    for pattern, plain in PLAINER:
        text = re.sub(pattern, plain, text)
    return f"{text or 'the arguments are not understood'}; see: {prog} --help"
