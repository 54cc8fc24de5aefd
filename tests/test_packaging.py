"""What `pip install` gives: a wheel that works outside the repository, with shaders, weights and samples."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TRAVELS = ("shaders", "assets/weights", "assets/samples")


def call(*words: str | Path, cwd: Path) -> str:
    """The stdout of a command that ends well, with no trace of this checkout in its environment."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env=clean, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    for target in ("wheel", "sdist"):
        call(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder, cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of scripts of a clean environment with the wheel in it.

    Its libraries are those of this environment, by a path file: the wheel's own are what is tested.
    """
    venv = tmp_path_factory.mktemp("venv")
    call(sys.executable, "-m", "venv", "--without-pip", venv, cwd=venv)
    scripts = venv / ("Scripts" if os.name == "nt" else "bin")
    wheel = next(built.glob("*.whl"))
    pip = (sys.executable, "-m", "pip", "--python", scripts / "python", "--disable-pip-version-check")
    call(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=venv)
    site = Path(
        call(
            scripts / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=venv
        ).strip()
    )
    (site / "libraries_of_the_tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return scripts


def tracked(folder: str) -> set[str]:
    """Files of the checkout below `folder`, without what Python leaves."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {str(path.relative_to(ROOT)) for path in found}


@pytest.mark.parametrize("folder", TRAVELS)
def test_the_wheel_carries_what_the_program_reads(built: Path, folder: str) -> None:
    names = set(zipfile.ZipFile(next(built.glob("*.whl"))).namelist())
    assert {f"vrgen/{name}" for name in tracked(folder)} <= names


def test_the_wheel_carries_the_page_for_browsers(built: Path) -> None:
    page = ROOT / "assets" / "page"
    if not (page / "index.html").is_file():
        pytest.skip("the page is not built and cannot be here; it needs Node.js 18 or newer: make page")
    names = set(zipfile.ZipFile(next(built.glob("*.whl"))).namelist())
    shown = {name for name in tracked("assets/page") if not Path(name).name.startswith(".")}
    assert {f"vrgen/{name}" for name in shown} <= names
    assert not [name for name in names if name.startswith("vrgen/view/web/page/")], "sources stay at home"


def test_the_wheel_carries_the_encoders(built: Path) -> None:
    if not (ROOT / "assets" / "optimize" / "main.mjs").is_file():
        pytest.skip(
            "the encoders are not built and cannot be here; they need Node.js 18 or newer: make encoders"
        )
    names = set(zipfile.ZipFile(next(built.glob("*.whl"))).namelist())
    wanted = {name for name in tracked("assets/optimize") if not Path(name).name.startswith(".")}
    assert {f"vrgen/{name}" for name in wanted} <= names


def test_the_wheel_carries_no_more_than_the_program(built: Path) -> None:
    names = zipfile.ZipFile(next(built.glob("*.whl"))).namelist()
    roots = {name.partition("/")[0] for name in names}
    assert len(roots) == 2 and "vrgen" in roots, "the package and its dist-info"
    assert not [name for name in names if name.endswith(".pyc") or "golden" in name]


def test_the_sdist_can_be_built_and_tested(built: Path) -> None:
    names = {name.partition("/")[2] for name in tarfile.open(next(built.glob("*.tar.gz"))).getnames()}
    wanted = {
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "Makefile",
        "tools/requirements.txt",
        "tests/test_packaging.py",
    }
    page = {"tools/optimize/package-lock.json", "tools/optimize/src/main.js"}
    page |= {"tools/page/package-lock.json", "tools/page/build.mjs", "vrgen/view/web/page/main.js"}
    assert wanted | page | tracked("shaders") | tracked("assets/samples") <= names


def test_it_runs_outside_the_repository(installed: Path, tmp_path: Path) -> None:
    where = call(installed / "python", "-c", "import vrgen; print(vrgen.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert call(installed / "vrgen", "--version", cwd=tmp_path) == f"vrgen {version}\n"
    report = json.loads(call(installed / "vrgen", "doctor", "--json", "--quiet", cwd=tmp_path))
    assert {check["name"]: check["state"] for check in report["checks"]}["weights"] == "ok"


def test_the_generators_run_outside_the_repository(installed: Path, tmp_path: Path) -> None:
    out = call(
        installed / "vrgen", "texture", "--kind", "bricks", "--size", "128", "-o", "t", "--json", cwd=tmp_path
    )
    written = {Path(item["path"]).name for item in json.loads(out)["paths"]}
    assert {
        "bricks_0_diff.png",
        "bricks_0_nor_gl.png",
        "bricks_0_arm.png",
        "bricks_0_preview.png",
        "record.json",
    } <= written
    assert {path.name for path in (tmp_path / "t").iterdir()} == written


def test_every_pin_fits_what_the_project_asks_for() -> None:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "tools" / "requirements.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    for wanted in map(Requirement, project["dependencies"]):
        assert wanted.specifier.contains(pins[canonicalize_name(wanted.name)]), wanted
