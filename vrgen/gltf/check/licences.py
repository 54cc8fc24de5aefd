"""Licences: of everything inside, as the records say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vrgen.core.record import Record
from vrgen.gltf.check.catalogue import finding
from vrgen.gltf.check.finding import Finding
from vrgen.gltf.check.subject import Subject, Worn

LIMITED = re.compile(
    r"(^|[-_. ])(NC|ND)([-_. ]|$)|non-?commercial|proprietary|all rights reserved", re.IGNORECASE
)
"""Creative Commons' non-commercial and no-derivatives, and words of the same meaning."""


def licences(subject: Subject) -> Iterator[Finding]:
    """What limits, and how many images say nothing."""
    said = {licence for record in subject.scene.records for licence in record.licences}
    notice = _copyright(subject)
    unknown: list[Worn] = []
    for worn in subject.images:
        theirs = _licences(worn.surface.extras)
        said |= theirs
        if not theirs and not notice:
            unknown.append(worn)
    for licence in sorted(name for name in {*said, notice} if name and LIMITED.search(name)):
        yield finding("LICENCE_LIMITS", "", f"{licence!r} is inside")
    if unknown:
        told = f"{len(unknown)} of {len(subject.images)} images do not say their licence"
        yield finding("LICENCE_UNKNOWN", unknown[0].place, told)


def _licences(extras: Any) -> set[str]:
    """What a material's extras say: our record, or a plain `license` as other tools write it."""
    ours = extras.get("vrgen")
    record = Record.told(ours.get("record")) if isinstance(ours, dict) else None
    found = set(record.licences) if record is not None else set()
    plain = (extras.get(key) for key in ("license", "licence"))
    return found | {text for text in plain if isinstance(text, str) and text}


def _copyright(subject: Subject) -> str:
    extras = {} if subject.document is None else subject.document.part("asset").extras()
    told = (subject.scene.copyright, extras.get("license"))
    return "; ".join(text for text in told if isinstance(text, str) and text)
