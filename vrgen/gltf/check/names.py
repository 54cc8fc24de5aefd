"""Names: there, unlike one another, and plain."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from vrgen.gltf.check.catalogue import finding
from vrgen.gltf.check.finding import Finding
from vrgen.gltf.check.subject import Subject

PLAIN = re.compile(r"[A-Za-z0-9_.-]*")


def names(subject: Subject) -> Iterator[Finding]:
    """Of nodes and materials, as the file has them (reading numbers what is double)."""
    for kind, said in (("nodes", _nodes(subject)), ("materials", _materials(subject))):
        empty = [index for index, name in enumerate(said) if not name]
        if empty:
            yield finding(
                "NAME_EMPTY", f"/{kind}/{empty[0]}", f"{len(empty)} of {len(said)} {kind} have no name"
            )
        if kind == "nodes":  # materials of one name are common, and nothing refers to them by it
            yield from _double(said)
        unusual = [index for index, name in enumerate(said) if not PLAIN.fullmatch(name)]
        if unusual:
            told = f"{said[unusual[0]]!r}" + (f" and {len(unusual) - 1} more" if len(unusual) > 1 else "")
            yield finding("NAME_UNUSUAL", f"/{kind}/{unusual[0]}", told)


def _double(said: Sequence[str]) -> Iterator[Finding]:
    many = {name: count for name, count in Counter(said).items() if name and count > 1}
    for name, count in list(many.items())[:1]:
        more = f", and {len(many) - 1} more such names" if len(many) > 1 else ""
        yield finding(
            "NAME_DUPLICATE", f"/nodes/{said.index(name)}", f"{count} nodes are named {name!r}{more}"
        )


def _nodes(subject: Subject) -> list[str]:
    if subject.document is not None:
        return [part.text("name", "") for part in subject.document.parts("nodes")]
    return [node.name for node, _ in subject.scene.walk()]


def _materials(subject: Subject) -> list[str]:
    if subject.document is not None:
        return [part.text("name", "") for part in subject.document.parts("materials")]
    return [surface.name for surface in subject.surfaces]
