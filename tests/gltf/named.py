"""What every error of the gltf room owes its reader: the place in the file."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

PLACE = re.compile(
    r'(?P<byte>byte \d+:)|(?P<whole>"" \(the whole document\))|(?P<pointer>(/[^ /]*( [^ /]+)*)+) '
)
"""How a sentence goes on after the file's name."""


def assert_named(problem: BaseException, file: Path) -> None:
    """That an error names the byte of the file, or a JSON pointer that leads to something in it.

    The pointer's last step may be a key that is missing, with what should hold it.
    """
    said = str(problem)
    assert said.startswith(f"{file}: "), said
    found = PLACE.match(said.removeprefix(f"{file}: "))
    assert found, said
    if found["byte"]:
        assert int(found["byte"][5:-1]) <= file.stat().st_size, said
    elif found["pointer"]:
        assert leads(document(file.read_bytes()), said.removeprefix(f"{file}: ")), said


def document(data: bytes) -> Any:
    """The JSON of a GLB or glTF file."""
    if data[:4] == b"glTF":
        data = data[20 : 20 + struct.unpack_from("<I", data, 12)[0]]
    return json.loads(data.decode("utf-8-sig"))


def leads(value: Any, said: str) -> bool:
    """Whether a sentence begins with the pointer of something in `value`, but for its last step."""
    while said.startswith("/") and isinstance(value, (dict, list)):
        keys = value if isinstance(value, dict) else map(str, range(len(value)))
        steps = {"/" + key.replace("~", "~0").replace("/", "~1"): key for key in keys}
        step = max(
            (step for step in steps if said.startswith((step + "/", step + " "))), key=len, default=None
        )
        if step is None:
            return " is missing" in said or "/" not in said[1:].partition(" ")[0]
        value = value[int(steps[step])] if isinstance(value, list) else value[steps[step]]
        said = said[len(step) :]
    return not said.startswith("/")
