"""Flags: an options dataclass becomes a command line. tyro parses; field docstrings are the help.

A field without a default is positional, except `out`, which is `-o/--out`. Types that no flag can
carry (Material, Sky, Scene: they are for the Python API) are left out of a union.
"""

from __future__ import annotations

import ast
import inspect
import io
import itertools
import textwrap
import types
from collections.abc import Sequence
from contextlib import redirect_stderr
from dataclasses import MISSING, Field, dataclass, fields, make_dataclass
from dataclasses import field as new_field
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from vrgen.errors import UsageProblem, nearest

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

    _refuse_unknown(command, argv, prog)
    form = _form(command)
    about = f"{inspect.cleandoc(command.__doc__ or '')}\n\nExample: {example}" if example else command.__doc__
    told = io.StringIO()
    try:
        with redirect_stderr(told):
            filled = tyro.cli(
                form,
                prog=prog,
                description=about,
                args=list(argv),
                config=(tyro.conf.FlagCreatePairsOff,),
            )
    except SystemExit as end:
        if end.code in (0, None):
            raise
        raise UsageProblem(_sentence(told.getvalue(), prog)) from None
    everywhere = Everywhere(**{f.name: getattr(filled, f.name) for f in fields(Everywhere)})
    return command(**{f.name: getattr(filled, f.name) for f in fields(command)}), everywhere


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


def flag_names(command: type[Any]) -> dict[str, str]:
    """`--flag` or METAVAR of every field of a command and of the flags taken everywhere."""
    every = (*fields(command), *fields(Everywhere))
    return {f.name: _metavar(f) if _is_positional(f) else "--" + f.name.replace("_", "-") for f in every}


def _is_positional(spec: Field[Any]) -> bool:
    return spec.default is MISSING and spec.default_factory is MISSING and spec.name != "out"


def _metavar(spec: Field[Any]) -> str:
    return str(spec.metadata.get("metavar", spec.name.upper()))


def _form(command: type[Any]) -> type[Any]:
    """The dataclass that tyro reads: the command's fields and those taken everywhere, annotated."""
    import tyro

    specs = []
    for source in (command, Everywhere):
        docs, hints = field_docs(source), get_type_hints(source)
        for spec in fields(source):
            aliases = spec.metadata.get("aliases", ["-o"] if spec.name == "out" else None)
            more = {"metavar": spec.metadata["metavar"]} if "metavar" in spec.metadata else {}
            about = tyro.conf.arg(help=docs.get(spec.name, ""), aliases=aliases, **more)
            kind: Any = Annotated[_flag_type(hints[spec.name]), about]
            if _is_positional(spec):
                kind = tyro.conf.Positional[kind]  # type: ignore[misc]
            default = new_field() if spec.default is MISSING else new_field(default=spec.default)
            specs.append((spec.name, kind, default))
    return make_dataclass(command.__name__, specs, frozen=True, kw_only=True)


def _flag_type(hint: Any) -> Any:
    """The hint without members that only Python can hand over."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint
    kept = [kind for kind in get_args(hint) if not getattr(kind, "__module__", "").startswith(VALUES)]
    if {str, Path} <= set(kept):  # every text is a path too: one of them is enough
        kept.remove(Path)
    return Union[tuple(kept)]  # noqa: UP007 - built at run time


def _refuse_unknown(command: type[Any], argv: Sequence[str], prog: str) -> None:
    known = [name for name in flag_names(command).values() if name.startswith("--")] + ["--help"]
    for word in argv:
        if word == "--":
            return
        name = word.split("=", 1)[0].replace("_", "-")
        if word.startswith("--") and name not in known:
            close = nearest(name, tuple(known))
            raise UsageProblem(f"unknown option {name};{close or ''} See: {prog} --help")


def _sentence(box: str, prog: str) -> str:
    """tyro's framed complaint as one sentence: its first paragraph, without the frame."""
    lines = [line.strip("│ ") for line in box.splitlines() if line.startswith("│")]
    end = next((i for i, line in enumerate(lines) if line.startswith("──")), len(lines))
    text = " ".join(lines[:end]).replace("Error parsing ", "").replace(f"Missing from {prog}:", "missing:")
    text = " ".join(text.split()).rstrip(".") or "the arguments are not understood"
    return f"{text}; see: {prog} --help"
