"""Packing: where two files that hold the same scene differ as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vrgen.core.difference import Delta
from vrgen.core.leaves import leaves
from vrgen.gltf.load import load

BLOCK = 1 << 20


def same_bytes(a: Path, b: Path) -> bool:
    """Whether two files are equal byte by byte."""
    return first_byte(a, b) is None


def first_byte(a: Path, b: Path) -> int | None:
    """Offset of the first byte that differs, or where the shorter file ends; None for equal files."""
    with a.open("rb") as one, b.open("rb") as other:
        offset = 0
        while True:
            left, right = one.read(BLOCK), other.read(BLOCK)
            if left != right:
                same = next((i for i, (x, y) in enumerate(zip(left, right, strict=False)) if x != y), None)
                return offset + (min(len(left), len(right)) if same is None else same)
            if not left:
                return None
            offset += len(left)


def packed_apart(a: Path, b: Path) -> Iterator[Delta]:
    """What two files say of themselves (`asset`), and where else they first differ, as one delta each.

    Meant for files whose scenes are equal: places are JSON pointers. Raises InputProblem.
    """
    one, other = load(a).root.value, load(b).root.value
    found = False
    for leaf in leaves(one.get("asset"), other.get("asset"), ("asset",)):
        if leaf.path[1] not in ("extras", "extensions"):  # records: they are compared as such
            found = True
            yield Delta("file", "asset", "/".join(leaf.path[1:]), leaf.before, leaf.after)
    if found:
        return
    for leaf in leaves(one, other):
        yield Delta("file", "/" + "/".join(leaf.path[:-1]), leaf.path[-1], leaf.before, leaf.after)
        return
    offset = first_byte(a, b)
    if offset is not None:
        yield Delta("file", "bytes", f"differ from byte {offset}", "some", "others")
