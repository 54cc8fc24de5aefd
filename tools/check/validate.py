"""Khronos' glTF validator, for tests and tools: `python tools/check/validate.py FILE...`.

Needs node and, in this folder, `npm ci`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SEVERITIES = ("error", "warning", "info", "hint")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the validator says."""

    severity: str
    """`error`, `warning`, `info` or `hint`."""
    code: str
    """The validator's name for it, `ACCESSOR_INVALID_FLOAT`."""
    place: str
    """JSON pointer."""
    message: str
    """One sentence."""


def available() -> bool:
    """Whether node and the validator are there."""
    return (
        shutil.which("node") is not None
        and (TOP / "tools" / "check" / "node_modules" / "gltf-validator").is_dir()
    )


def validate(*files: Path) -> list[list[Finding]]:
    """The findings on each file, in order. Raises CalledProcessError when node fails."""
    command = ["node", str(TOP / "tools" / "check" / "validate.mjs"), *map(str, files)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [_findings(json.loads(line)) for line in lines]


def _findings(report: dict) -> list[Finding]:
    return [
        Finding(SEVERITIES[item["severity"]], item["code"], item.get("pointer", ""), item["message"])
        for item in report["issues"]["messages"]
    ]


def main() -> int:
    """Print findings; 1 when there is an error or a warning."""
    files = [Path(name) for name in sys.argv[1:]]
    bad = 0
    for file, findings in zip(files, validate(*files), strict=True):
        print(f"{file}: {len(findings)} findings")
        for item in findings:
            print(f"  {item.severity:8}{item.code} {item.place}: {item.message}")
            bad += item.severity in ("error", "warning")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
