"""`vrgen check`: what a GLB lacks for a headset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.core.budget import STARTER
from vrgen.gltf.check import Finding
from vrgen.gltf.check.finding import SEVERITIES
from vrgen.verbs.check import CheckOptions, check


@dataclass(frozen=True, kw_only=True)
class CheckCommand(CheckOptions):
    """Check a GLB for a headset: budgets, Khronos' validator, texels, UVs, normal maps, PBR ranges, seams,
    names, scale, sightlines, labels, aisles, licences. One line a finding; ends with 1 on an error."""

    POSITIONAL: ClassVar = ("file",)
    file: Path
    """A .glb or .gltf file."""

    def run(self, desk: Desk) -> Summary:
        """Look and report."""
        found = check.run(self.file, self, desk)
        failed = any(one.severity == "error" for one in found)
        said = "fails" if failed else "passes"
        headline = f"{self.file.name} {said} for {STARTER[self.target].name}: {_counted(found)}"
        figures = {
            "target": self.target,
            "passes": not failed,
            "counts": {severity: _count(found)[severity] for severity in SEVERITIES},
            "findings": [one.to_json() for one in found],
        }
        return Summary(headline, (), figures, tuple(map(str, found)), int(failed))


def _count(found: Sequence[Finding]) -> Counter[str]:
    return Counter(one.severity for one in found)


def _counted(found: Sequence[Finding]) -> str:
    """`1 error, 2 warnings`; `nothing found`."""
    counts = _count(found)
    told = {"error": "errors", "warning": "warnings", "info": "infos"}
    parts = [f"{counts[s]} {s if counts[s] == 1 else told[s]}" for s in SEVERITIES if counts[s]]
    return ", ".join(parts) or "nothing found"
