"""gallery.toml: what the artist says about the works, checked key by key.

[gallery]
title = "Early light"        # of the show
style = "loft"
seed = 7
sky = 3                      # a seed, or a file

[[work]]
file = "poppies.jpg"         # as it is called in the folder; the only key that is needed
title = "Poppies"
artist = "A. Painter"
year = 1889                  # or "about 1889"
size_cm = [92, 73]           # width, height; one number is the height
text = "Painted in an afternoon."
alt = "A field of red flowers under a pale sky"
order = 1                    # works with an order come first
room = "Early works"
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from vrgen.core.toml_file import read_toml
from vrgen.errors import UsageProblem, nearest

NAME = "gallery.toml"
SIZE_CM = (1.0, 2000.0)
TYPES = {
    "str": "text in quotes",
    "int": "a whole number",
    "float": "a number",
    "array": "a list",
    "object": "a table",
}


class WorkEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One [[work]] table."""

    file: str
    """Name in the folder."""
    title: str | None = None
    """Replaces the one read off the file name."""
    artist: str = ""
    """Who made it."""
    year: str | int | None = None
    """Number or words; None reads it off the file name."""
    size_cm: tuple[float, float] | float | None = None
    """True (width, height), or the height alone, in centimetres, 1 to 2000."""
    text: str = ""
    """For the plaque."""
    alt: str = ""
    """What is to be seen."""
    order: int | None = None
    """Wished place; smaller is earlier."""
    room: str | None = None
    """Room it belongs to."""


class Show(msgspec.Struct, frozen=True, kw_only=True):
    """The [gallery] table."""

    title: str | None = None
    """Of the show."""
    style: str | None = None
    """Name of a style."""
    seed: int | None = None
    """Of everything generated."""
    sky: str | int | None = None
    """Seed or file."""


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """A whole gallery.toml."""

    gallery: Show = Show()
    """What concerns the show."""
    work: tuple[WorkEntry, ...] = ()
    """What concerns single works."""


def read_catalogue(path: Path) -> Catalogue:
    """Read a gallery.toml (UTF-8, with or without BOM).

    InputProblem when it cannot be read as TOML; UsageProblem for a wrong key, type or value, each with
    the line where that can be told and the nearest right name.
    """
    text, tables = read_toml(path)
    _check_keys(tables, text)
    try:
        catalogue = msgspec.convert(tables, Catalogue)
    except msgspec.ValidationError as problem:
        raise UsageProblem(_translated(str(problem), text)) from problem
    for number, entry in enumerate(catalogue.work, 1):
        _check_size(entry, number, text)
    return catalogue


def entries_by_file(catalogue: Catalogue, files: list[str]) -> Mapping[str, WorkEntry]:
    """The entries under the names of `files`; UsageProblem for a name that is not there or given twice."""
    names = {unicodedata.normalize("NFC", name): name for name in files}
    found: dict[str, WorkEntry] = {}
    for number, entry in enumerate(catalogue.work, 1):
        name = names.get(unicodedata.normalize("NFC", entry.file))
        if name is None:
            raise UsageProblem(
                f"{NAME}: [[work]] {number} is about {entry.file!r}, expected the name of a file in this "
                f"folder; correct it or remove the entry.{nearest(entry.file, files)}"
            )
        if name in found:
            raise UsageProblem(f"{NAME}: {entry.file!r} has two [[work]] entries, expected one; join them")
        found[name] = entry
    return found


def _check_keys(tables: dict[str, Any], text: str) -> None:
    """Unknown keys first: their message is the most useful one."""
    _check_names(tables, Catalogue, f"{NAME}", text, table=None)
    if isinstance(tables.get("gallery"), dict):
        _check_names(tables["gallery"], Show, f"{NAME}: [gallery]", text, table=("gallery", 1))
    works = tables.get("work")
    for number, work in enumerate(works if isinstance(works, list) else (), 1):
        if isinstance(work, dict):
            where = f"{NAME}: [[work]] {number}"
            _check_names(work, WorkEntry, where, text, table=("work", number))


def _check_names(
    table_values: Mapping[str, Any],
    kind: type[msgspec.Struct],
    where: str,
    text: str,
    *,
    table: tuple[str, int] | None,
) -> None:
    known = kind.__struct_fields__
    for key in table_values:
        if key not in known:
            line = _line(text, table, key)
            raise UsageProblem(
                f"{where}{line}: unknown key {key!r}, expected one of {', '.join(known)};"
                f" correct or remove it.{nearest(key, known)}"
            )


def _translated(message: str, text: str) -> str:
    """msgspec's 'Expected `str`, got `int` - at `$.work[2].title`' as our sentence."""
    what, _, place = message.partition(" - at ")
    match = re.search(r"\$\.(\w+)(?:\[(\d+)\])?(?:\.(\w+))?", place)
    if not match:
        return f"{NAME}: {what}"
    table, index, key = match.group(1), int(match.group(2) or 0), match.group(3)
    where = f"[[work]] {index + 1}" if match.group(2) else f"[{table}]"
    missing = re.match(r"Object missing required field `(\w+)`", what)
    line = _line(text, (table, index + 1), key)
    if missing:
        return f"{NAME}: {where}{line} has no {missing.group(1)!r}; add {missing.group(1)} = ..."
    subject = f"{where}{line}: {key!r}" if key else f"{where}{line}"
    if key == "size_cm":
        return f"{NAME}: {subject} is of the wrong form, expected [width, height] or one number, in cm"
    types = re.match(r"Expected `([^`]*)`, got `([^`]*)`", what)
    if not types:
        return f"{NAME}: {subject}: {what}"
    expected, got = (_in_words(group) for group in types.groups())
    return f"{NAME}: {subject}: got {got}, expected {expected}; change it"


def _in_words(types: str) -> str:
    names = [TYPES.get(name.strip(), name.strip()) for name in types.split("|")]
    return " or ".join(name for name in names if name != "null")


def _check_size(entry: WorkEntry, number: int, text: str) -> None:
    if entry.size_cm is None:
        return
    low, high = SIZE_CM
    lengths = entry.size_cm if isinstance(entry.size_cm, tuple) else (entry.size_cm,)
    if not all(low <= length <= high for length in lengths):
        got = " x ".join(f"{length:g}" for length in lengths)
        line = _line(text, ("work", number), "size_cm")
        raise UsageProblem(
            f"{NAME}: [[work]] {number}{line}: 'size_cm' is {got}, expected {low:g} to {high:g} centimetres; "
            "correct it"
        )


def _line(text: str, table: tuple[str, int] | None, key: str | None) -> str:
    """' (line 7)' where a plain TOML layout lets it be told, else ''."""
    seen, inside = 0, table is None
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?$", line)
        if header and table is None and key == header.group(1):
            return f" (line {number})"
        if header and table is not None:
            seen += header.group(1) == table[0]
            inside = header.group(1) == table[0] and seen == table[1]
            if inside and key is None:
                return f" (line {number})"
        elif inside and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return f" (line {number})"
    return ""
