"""Provenance: the Records of a scene, in the file they describe.

They lie twice: as `asset.extras.vrgen.records`, where we read them back, and as a KHR_xmp_json_ld
packet, where tools that know XMP find title, creator tool and history.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from vrgen.core.record import Record

XMP = "KHR_xmp_json_ld"
CONTEXT = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "vrgen": "urn:vrgen:provenance:1.0/",
}


def asset_extras(records: Sequence[Record]) -> dict[str, Any]:
    """`asset.extras` that hold the records; empty when there are none."""
    return {"vrgen": {"records": [record.to_json() for record in records]}} if records else {}


def records_from(extras: Mapping[str, Any]) -> tuple[Record, ...]:
    """The records in `asset.extras`, those that are none left out: the inverse of `asset_extras`."""
    ours = extras.get("vrgen")
    listed = ours.get("records") if isinstance(ours, dict) else None
    if not isinstance(listed, list):
        return ()
    return tuple(record for item in listed if (record := Record.told(item)) is not None)


def xmp_packet(
    title: str, records: Sequence[Record], *, generator: str, copyright_notice: str
) -> dict[str, Any]:
    """A KHR_xmp_json_ld packet; records are JSON texts, for XMP has no free structure."""
    packet: dict[str, Any] = {"@context": CONTEXT, "xmp:CreatorTool": generator}
    if title:
        packet["dc:title"] = _language_alternative(title)
    if copyright_notice:
        packet["dc:rights"] = _language_alternative(copyright_notice)
    texts = [json.dumps(record.to_json(), sort_keys=True) for record in records]
    packet["vrgen:records"] = {"@list": texts}
    return packet


def _language_alternative(text: str) -> dict[str, Any]:
    """A text in one language that is not said, as KHR_xmp_json_ld wants it."""
    return {"@type": "rdf:Alt", "rdf:_1": {"@language": "x-default", "@value": text}}
