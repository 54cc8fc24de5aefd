"""`vrgen doctor`."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.verbs.doctor import DoctorOptions, doctor


@dataclass(frozen=True)
class DoctorCommand(DoctorOptions):
    """Say what this machine can do: Python, torch, GL, OpenXR, node, weights and fonts, each with the
    line that mends it. Ends with 0 when the main job can run here."""

    def run(self, desk: Desk) -> Summary:
        """Look, and print one line for each thing."""
        checks = doctor.run(self, desk)
        width = max(len(check.name) for check in checks)
        marks = {"ok": "ok     ", "missing": "MISSING", "optional": "absent "}
        lines = []
        for check in checks:
            lines.append(f"{marks[check.state]}  {check.name:{width}}  {check.found}")
            if check.mend:
                lines.append(f"{'':9}{'':{width}}  mend: {check.mend}")
        missing = [check.name for check in checks if check.state == "missing"]
        offscreen = any(check.state == "ok" for check in checks if check.name.startswith("gl: "))
        if not offscreen:
            missing.append("gl")
        headline = (
            f"not ready: {', '.join(missing)} missing" if missing else "this machine can do the main job"
        )
        figures = {"ready": not missing, "checks": [asdict(check) for check in checks]}
        return Summary(headline, figures=figures, lines=tuple(lines), exit_code=1 if missing else 0)
