"""Every script in pipelines/ says whether it is run here (`# ci: run [ARGUMENTS]` or `# ci: off`), and is."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = sorted((ROOT / "pipelines").glob("*.py"))
MOST_CODE_LINES = 20


def declared(script: Path) -> str:
    """What the script says about itself: `off`, or `run` and its arguments."""
    found = re.search(r"^# ci: ((?:run|off).*)$", script.read_text(), re.MULTILINE)
    assert found, f"{script.name} declares no `# ci: run` or `# ci: off`"
    return found[1].strip()


def promised(script: Path) -> set[str]:
    """Suffixes of the files that it says it makes."""
    found = re.search(r"^# makes: (.+)$", script.read_text(), re.MULTILINE)
    assert found, f"{script.name} declares no `# makes: .glb .png`"
    return set(found[1].split())


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_pipeline_runs(script: Path, tmp_path: Path) -> None:
    what, *arguments = declared(script).split()
    if what == "off":
        pytest.skip("declared off")
    (tmp_path / "assets").symlink_to(ROOT / "assets", target_is_directory=True)
    done = subprocess.run(
        [sys.executable, str(script), *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    made = {path.suffix for path in tmp_path.rglob("*") if path.is_file() and "assets" not in path.parts}
    assert promised(script) <= made


def test_pipelines_are_numbered_and_explained() -> None:
    assert [script.stem[:3] for script in SCRIPTS] == [f"{number:02}_" for number in range(len(SCRIPTS))]
    for script in SCRIPTS:
        assert ast.get_docstring(ast.parse(script.read_text()))


def test_hello_is_short() -> None:
    code = [line for line in SCRIPTS[0].read_text().partition("# ci:")[2].splitlines()[1:] if line.strip()]
    assert len(code) <= MOST_CODE_LINES
