"""Ranges and validators of HTTP: which bytes are wanted, and whether they are known already (RFC 9110)."""

from __future__ import annotations

import re
from typing import Literal

ONE = re.compile(r"bytes=\s*(\d*)\s*-\s*(\d*)\s*", re.ASCII)
DIGITS = 18
"""Of a position at most; longer ones are past the end of any file."""


def part_of(header: str | None, size: int) -> tuple[int, int] | Literal["none", "beyond"]:
    """[start, stop) of the one range that a Range header asks for of `size` bytes.

    `none` sends the whole: no header, another unit, several ranges, or no range at all; `beyond` is 416.
    """
    found = ONE.fullmatch(header or "")
    if found is None or not any(found.groups()):
        return "none"
    first, last = (
        int(text[-DIGITS:] if len(text.lstrip("0")) <= DIGITS else "9" * DIGITS) if text else None
        for text in found.groups()
    )
    if first is None:
        assert last is not None
        return (max(0, size - last), size) if last and size else "beyond"
    if last is not None and last < first:
        return "none"
    if first >= size:
        return "beyond"
    return first, size if last is None else min(last + 1, size)


def matches(header: str | None, etag: str) -> bool:
    """Whether an If-None-Match header names the ETag (weak comparison)."""
    if header is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag in tags


def takes_gzip(header: str | None) -> bool:
    """Whether an Accept-Encoding header takes gzip."""
    for entry in (header or "").lower().split(","):
        name, *parameters = (piece.strip() for piece in entry.split(";"))
        if name in ("gzip", "*"):
            return not any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters)
    return False
