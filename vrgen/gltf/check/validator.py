"""Validator: what Khronos' own says, when node and its package are here."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vrgen.core.files import resource
from vrgen.errors import MissingPart
from vrgen.gltf.check.catalogue import finding
from vrgen.gltf.check.finding import Finding
from vrgen.gltf.check.subject import Subject

PATIENCE = 300
"""Seconds that it may take."""
SEVERITIES = {0: "VALIDATOR_ERROR", 1: "VALIDATOR_WARNING"}
"""Its hints and infos speak of unused objects and of extensions it does not know."""
SCRIPT = """
const fs = require("node:fs"), path = require("node:path");
const [file, home] = process.argv.slice(-2);
const validator = require("node:module").createRequire(path.join(home, "x.js"))("gltf-validator");
const folder = path.dirname(path.resolve(file));
const inside = (uri) => {
  const name = path.resolve(folder, decodeURIComponent(uri));
  if (!name.startsWith(folder + path.sep)) throw new Error("outside the folder");
  return new Uint8Array(fs.readFileSync(name));
};
validator.validateBytes(new Uint8Array(fs.readFileSync(file)),
  { uri: path.basename(file), maxIssues: 1000, externalResourceFunction: async (uri) => inside(uri) })
  .then((report) => console.log(JSON.stringify(report.issues.messages)));
"""


def validator(subject: Subject) -> Iterator[Finding]:
    """One finding for each kind of error and warning, at the first place."""
    if subject.path is None:
        return
    node, home = shutil.which("node"), _home()
    if node is None or home is None:
        missing = "node" if node is None else "its package gltf-validator"
        yield finding("VALIDATOR_MISSING", "", f"Khronos' validator was not run, {missing} is not here")
        return
    messages, problem = _messages([node, "-e", SCRIPT, str(subject.path.resolve()), str(home)])
    if problem:
        yield finding("VALIDATOR_MISSING", "", f"Khronos' validator did not run to its end ({problem})")
    first: dict[tuple[str, str], list[Any]] = {}
    for item in messages:
        if item.get("severity") in SEVERITIES and not _is_ktx2(item, subject):
            first.setdefault((SEVERITIES[item["severity"]], item["code"]), []).append(item)
    for (code, theirs), items in first.items():
        more = f" (and {len(items) - 1} more)" if len(items) > 1 else ""
        said = str(items[0]["message"]).rstrip(".")
        yield finding(code, items[0].get("pointer", ""), f"{theirs}: {said}{more}")


def _is_ktx2(item: dict[str, Any], subject: Subject) -> bool:
    """Whether it complains of a KTX2 image only because it knows none."""
    number = str(item.get("pointer", "")).removeprefix("/images/").split("/")[0]
    images = subject.document.parts("images")
    known = number.isdecimal() and int(number) < len(images) and str(item["pointer"]).startswith("/images/")
    unread = item["code"] in ("VALUE_NOT_IN_LIST", "IMAGE_UNRECOGNIZED_FORMAT")
    return known and unread and images[int(number)].value.get("mimeType") == "image/ktx2"


def _messages(command: list[str]) -> tuple[list[dict[str, Any]], str]:
    """(what it says, what went wrong)."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
        return json.loads(done.stdout), ""
    except subprocess.CalledProcessError as problem:
        lines = [line for line in problem.stderr.splitlines() if "Error" in line]
        return [], (lines or ["node failed"])[0][:120]
    except (OSError, subprocess.SubprocessError, ValueError) as problem:
        return [], str(problem).splitlines()[0][:120]


def _home() -> Path | None:
    """A folder whose node_modules hold the validator: the checkout's, or the one we stand in."""
    try:
        homes = [resource("tools/check/node_modules").parent]
    except MissingPart:
        homes = []
    for home in (*homes, Path.cwd()):
        if (home / "node_modules" / "gltf-validator" / "package.json").is_file():
            return home
    return None
