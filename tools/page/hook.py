"""Build hook: the wheel carries the page for browsers, built here when it is not there yet and npm is."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageHook(BuildHookInterface):
    """Adds assets/page to a wheel as vrgen/assets/page, which `vrgen view --web` asks for."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page if that can be done, and name its files."""
        if version == "editable":
            return
        page = Path(self.root) / "assets" / "page"
        try:
            subprocess.run(["bash", "tools/page/make.sh", "if-possible"], cwd=self.root, check=True)
        except (OSError, subprocess.CalledProcessError) as problem:
            self.app.display_warning(f"the page for browsers was not built: {problem}")
        if not (page / "index.html").is_file():
            self.app.display_warning("this wheel carries no page: vrgen view --web will say so")
            return
        for path in sorted(page.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                name = path.relative_to(page).as_posix()
                build_data["force_include"][str(path)] = f"vrgen/assets/page/{name}"
