"""Sheet: OUT/index.html, all products as pictures, with filters. Opened from disk, it asks nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any

from vrgen.core.files import writing

SHEET = "index.html"
PICTURES = (".png", ".jpg", ".jpeg", ".webp")
MOST_CHOICES = 200
"""Values of an option that make a filter; with more, the search is the better way."""
DATA = '<script type="application/json" id="data">{}</script>'


def write_sheet(out: Path, title: str, lines: Sequence[Mapping[str, Any]]) -> Path:
    """Write the contact sheet of a manifest's lines. Raises OutputProblem."""
    template = files("vrgen.batch").joinpath("sheet.html").read_text(encoding="utf-8")
    items = [_item(line) for line in lines]
    _lend_pictures(items, lines)
    data = {"title": title, "facets": _facets(items), "items": items}
    # A text in it could end the script element: no `<` stands in what JSON escapes.
    told = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    page = template.replace(DATA, DATA.replace("{}", told))
    with writing(out / SHEET) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return out / SHEET


def _item(line: Mapping[str, Any]) -> dict[str, Any]:
    found = line.get("files", [])
    facts = line.get("facts", {})
    options = {name: _plain(value) for name, value in line.get("options", {}).items()}
    values = {"product": line["product"], "state": _state(line), **options}
    bad = line.get("reason") or ("" if line.get("passes", True) else "does not pass")
    return {
        "name": line["item"],
        "make": line["make"],
        "bad": bad,
        "values": values,
        "text": " ".join([line["item"], line["make"], *map(str, options.values())]).lower(),
        "preview": _preview(found),
        "suffix": PurePosixPath(found[0]["path"]).suffix if found else "",
        "files": [{"path": one["path"], "bytes": one["bytes"]} for one in found],
        "bytes": sum(one["bytes"] for one in found),
        "seconds": line.get("seconds", 0.0),
        "measures": line.get("measures", {}),
        "seam": line.get("measures", {}).get("seam"),
        "licences": line.get("licences", []),
        "notes": facts.get("notes", []),
    }


def _state(line: Mapping[str, Any]) -> str:
    if line["state"] in ("made", "kept"):
        return "there" if line.get("passes", True) else "does not pass"
    return str(line["state"])


def _plain(value: Any) -> str | int | float:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, int | float | str) and not isinstance(value, bool) else str(value)


def _preview(found: Sequence[Mapping[str, Any]]) -> str:
    """The picture to show: a preview, else base colour, else the smallest picture."""
    pictures = [one for one in found if PurePosixPath(one["path"]).suffix.lower() in PICTURES]
    for part in ("_preview.", "_diff."):
        for one in pictures:
            if part in one["path"]:
                return str(one["path"])
    return str(min(pictures, key=lambda one: one["bytes"])["path"]) if pictures else ""


def _lend_pictures(items: Sequence[dict[str, Any]], lines: Sequence[Mapping[str, Any]]) -> None:
    """What has no picture of itself shows one that was taken of it: a GLB its shot."""
    takers = {
        digest: item["preview"]
        for item, line in zip(items, lines, strict=True)
        if line["make"] == "shot" and item["preview"]
        for digest in line.get("inputs", {}).values()
    }
    for item, line in zip(items, lines, strict=True):
        mains = [one["sha256"] for one in line.get("files", [])]
        item["preview"] = item["preview"] or next((takers[d] for d in mains if d in takers), "")


def _facets(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Options with more than one value and not too many: what can be chosen from a list."""
    values: dict[str, dict[str, None]] = {}
    for item in items:
        for name, value in item["values"].items():
            values.setdefault(name, {})[str(value)] = None
    return [
        {"name": name, "values": sorted(known, key=_natural)}
        for name, known in values.items()
        if 1 < len(known) <= MOST_CHOICES
    ]


def _natural(text: str) -> tuple[int, float, str]:
    try:
        return 0, float(text), text
    except ValueError:
        return 1, 0.0, text
