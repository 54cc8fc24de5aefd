"""Build hook: the wheel carries the page for browsers and the encoders of `vrgen optimize`.

Both are built here with npm when they are not there yet and npm is.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLES = (
    ("page", "index.html", "the page for browsers", "vrgen view --web"),
    ("optimize", "main.mjs", "the encoders", "vrgen optimize"),
)
"""Folder in assets and in tools, a file in it, what it is, and who needs it."""


class BundleHook(BuildHookInterface):
    """Adds assets/page and assets/optimize to a wheel, below vrgen/assets."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundles if that can be done, and name their files."""
        if version == "editable":
            return
        for name, file, what, user in BUNDLES:
            self._add(name, file, what=what, user=user, build_data=build_data)

    def _add(self, name: str, file: str, *, what: str, user: str, build_data: dict[str, Any]) -> None:
        folder = Path(self.root) / "assets" / name
        try:
            subprocess.run(["bash", "tools/check/bundle.sh", name, "if-possible"], cwd=self.root, check=True)
        except (OSError, subprocess.CalledProcessError) as problem:
            self.app.display_warning(f"{what}: not built: {problem}")
        if not (folder / file).is_file():
            self.app.display_warning(f"this wheel carries no {name}: {user} will say so")
            return
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                inside = path.relative_to(folder).as_posix()
                build_data["force_include"][str(path)] = f"vrgen/assets/{name}/{inside}"
