"""What the fuzzers do to a glTF file: other values in its JSON, other bytes in its chunks."""

# make bench leaves this out: a part of the fuzzers.
from __future__ import annotations

import json
import random
import struct
from collections.abc import Iterator
from typing import Any

ODD = (None, -1, 0, 1, 3, 5126, 10**9, 10**30, 1.5, -1e38, 1e308, "", "x", "../x", [], {}, True, [[]], [None])
"""Values that stand where others are expected."""


def split(data: bytes) -> tuple[dict[str, Any], bytes]:
    """JSON and BIN chunk of a sound GLB."""
    size = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def glb(document: Any, binary: bytes) -> bytes:
    """A GLB of a document, which may be any JSON, and its BIN chunk."""
    return joined(json.dumps(document).encode(), binary)


def joined(text: bytes, binary: bytes) -> bytes:
    """A GLB of its two chunks."""
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    chunks += struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a document."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield (*path, key)
        yield from places(item, (*path, key))


def with_other_values(data: bytes, rng: random.Random) -> bytes:
    """One to three values of the JSON changed."""
    document, binary = split(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        found = list(places(document))
        *path, last = max(
            rng.sample(found, min(3, len(found))), key=len
        )  # leaves more often than whole lists
        parent = document
        for key in path:
            parent = parent[key]
        old, kind = parent[last], rng.randrange(6)
        if kind == 0:
            del parent[last]
        elif kind == 1 and isinstance(old, int | float):
            parent[last] = rng.choice((old + 1, old - 1, old * 1000, -old, old / 2))
        elif kind == 2 and isinstance(old, list) and len(json.dumps(old)) < 2000:
            parent[last] = old * rng.choice((2, 1000))
        elif kind == 3:
            other = document
            for key in rng.choice(list(places(document))):
                other = other[key]
            parent[last] = json.loads(json.dumps(other))
        else:
            parent[last] = json.loads(json.dumps(rng.choice(ODD)))  # never the same list in two places
    return glb(document, binary)


def with_other_bytes(data: bytes, rng: random.Random) -> bytes:
    """A few bytes changed: mostly of one chunk, its length put right, else anywhere."""
    if rng.random() < 0.2:
        return spoilt(data, rng)
    size = struct.unpack_from("<I", data, 12)[0]
    text, binary = data[20 : 20 + size], data[28 + size :]
    if rng.random() < 0.3:
        return joined(spoilt(text, rng), binary)
    return joined(text, spoilt(binary, rng))


def spoilt(data: bytes, rng: random.Random) -> bytes:
    """A few bytes flipped, cut out, repeated or zeroed."""
    bad = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        if not bad:
            break
        place, kind = rng.randrange(len(bad)), rng.randrange(5)
        size = rng.choice((1, 4, 64, 1024))
        if kind == 0:
            bad[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            bad[place] = rng.randrange(256)
        elif kind == 2:
            del bad[place : place + size]
        elif kind == 3:
            bad[place:place] = bad[place : place + size]
        else:
            bad[place : place + size] = bytes(len(bad[place : place + size]))
    return bytes(bad)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The file, changed; the same generator gives the same change."""
    return with_other_values(data, rng) if rng.random() < 0.6 else with_other_bytes(data, rng)
