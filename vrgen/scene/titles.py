"""Titles from file names: '003_the-starry_night (1889).jpg' -> 'The starry night', '1889'."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

YEAR = re.compile(r"(?:\s*[(\[](1\d{3}|20\d{2})[)\]]|[\s_,-]+(1\d{3}|20\d{2}))\s*$")
NUMBER = re.compile(r"^\d{1,4}[\s_.,-]+(?=.*[^\W\d_])")
CAMERA = re.compile(
    r"^(?:img|dsc|dscn|dscf|pxl|image|scan|photo|picture|untitled)?[\s_-]*(\d[\d\s_-]*)?$", re.I
)


def title_from(file: str) -> tuple[str, str]:
    """(title, year) read off a file name; the year is '' unless it stands at the end.

    Leading numbers of one to four digits go, underscores become spaces, hyphens too where the name has
    no spaces of its own, the first letter becomes a capital. A name that says nothing (numbers, a
    camera's counter) becomes 'Untitled' with its last number.
    """
    name = unicodedata.normalize("NFC", PurePath(file).stem).strip()
    camera = CAMERA.match(name)
    if camera:
        digits = re.findall(r"\d+", camera.group(1) or "")
        return ("Untitled " + (digits[-1].lstrip("0") or "0") if digits else "Untitled"), ""
    year = ""
    match = YEAR.search(name)
    if match and match.start() > 0:
        year, name = match.group(1) or match.group(2), name[: match.start()]
    name = NUMBER.sub("", name)
    if " " not in name:
        name = name.replace("-", " ")
    name = " ".join(name.replace("_", " ").split())
    return (name[:1].upper() + name[1:]) or "Untitled", year


def natural_key(file: str) -> tuple[tuple[int, int, str], ...]:
    """Sorting key under which 'b2' comes before 'B10'; names that differ only in case stay apart."""
    parts = re.split(r"([0-9]+)", unicodedata.normalize("NFC", file))
    key = [(0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in parts if part]
    return (*key, (2, 0, file))
