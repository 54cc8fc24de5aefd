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
RECORDS = "vrgen:records"
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
    packet[RECORDS] = {"@list": texts}
    return packet


def _language_alternative(text: str) -> dict[str, Any]:
    """A text in one language that is not said, as KHR_xmp_json_ld wants it."""
    return {"@type": "rdf:Alt", "rdf:_1": {"@language": "x-default", "@value": text}}


def with_records(extras: Any, records: Sequence[Record]) -> dict[str, Any]:
    """`asset.extras` as another program left them, with the records."""
    return {**(extras if isinstance(extras, Mapping) else {}), **asset_extras(records)}


def with_packet(extension: Any, packet: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """(place of the packet, the document's KHR_xmp_json_ld with it): behind those of other programs."""
    said = extension if isinstance(extension, Mapping) else {}
    packets = said.get("packets")
    packets = list(packets) if isinstance(packets, (list, tuple)) else []
    return len(packets), {**said, "packets": [*packets, packet]}


def foreign(asset: dict[str, Any], root: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is kept of `asset` and of the document without our records and the packet that tells them.

    Only the last packet can be ours: the indices of the others stay.
    """
    extras = asset.get("extras")
    if not isinstance(extras, dict) or "vrgen" not in extras:
        return asset, root
    rest = {key: value for key, value in extras.items() if key != "vrgen"}
    asset = {**asset, "extras": rest} if rest else {k: v for k, v in asset.items() if k != "extras"}
    whole, said = dict(root.get("extensions", {})), dict(asset.get("extensions", {}))
    packets = whole[XMP].get("packets") if isinstance(whole.get(XMP), dict) else None
    if isinstance(packets, list) and packets and isinstance(packets[-1], dict) and RECORDS in packets[-1]:
        whole[XMP] = {**whole[XMP], "packets": packets[:-1]}
        if not packets[:-1]:
            del whole[XMP]
        said.pop(XMP, None)
    return _with(asset, said), _with(root, whole)


def _with(part: dict[str, Any], extensions: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in part.items() if key != "extensions"}
    return {**rest, "extensions": extensions} if extensions else rest
