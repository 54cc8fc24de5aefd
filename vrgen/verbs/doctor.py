"""Doctor: what this machine can do, and the line that mends what it cannot.

Whatever may crash (drivers, runtimes) is asked in a process of its own with a time limit.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vrgen.core.files import resource
from vrgen.core.progress import Progress
from vrgen.errors import MissingPart
from vrgen.verbs.boundary import within
from vrgen.verbs.verb import verb

State = Literal["ok", "missing", "optional"]


@dataclass(frozen=True)
class DoctorOptions:
    """What may be asked of the doctor."""

    patience: float = 60.0
    """Seconds after which a probe counts as failed."""

    def __post_init__(self) -> None:
        within("patience", self.patience, 1, 3600)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    """What."""
    state: State
    """`ok`; `missing` when the main job needs it; `optional` when something else does."""
    found: str
    """What was found, one line."""
    mend: str = ""
    """What to type or do when it is not there."""


@verb(DoctorOptions)
def doctor(options: DoctorOptions, progress: Progress) -> tuple[Check, ...]:
    """Look at Python, torch, GL, OpenXR, page, node, encoders, weights, fonts; never raises for finds."""
    probes: tuple[Callable[[float], Check], ...] = (
        _python,
        _torch,
        _egl,
        _osmesa,
        _window,
        _openxr_loader,
        _openxr_runtime,
        _headset,
        _page,
        _node,
        _encoders,
        _validator,
        _weights,
        _fonts,
    )
    with progress.stage("looking at this machine", len(probes)) as advance:

        def look(probe: Callable[[float], Check]) -> Check:
            check = probe(options.patience)
            advance(1)
            return check

        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            return tuple(pool.map(look, probes))


def _ask(code: str, patience: float, **environment: str) -> tuple[bool, str]:
    """(did it end well, its last line) of Python code run in a process of its own."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False, f"no answer within {patience:.0f} s"
    except OSError as problem:
        return False, str(problem.strerror)
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    if done.returncode < 0:
        return False, f"crashed with signal {-done.returncode}"
    return done.returncode == 0, lines[-1].strip() if lines else ""


def _python(patience: float) -> Check:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    fits = (3, 11) <= sys.version_info[:2] < (3, 13)
    return Check("python", "ok" if fits else "missing", found, "" if fits else "install Python 3.11 or 3.12")


def _torch(patience: float) -> Check:
    code = (
        "import torch; n = torch.cuda.is_available(); "
        "print(torch.__version__, torch.cuda.get_device_name(0) if n else 'on the CPU', "
        "f'{torch.get_num_threads()} threads', sep=', ')"
    )
    well, found = _ask(code, patience)
    return Check("torch", "ok" if well else "missing", found, "" if well else "pip install torch")


def _offscreen(name: str, platform_name: str, mend: str, patience: float) -> Check:
    code = (
        "import pyrender; r = pyrender.OffscreenRenderer(8, 8); r._platform.make_current(); "
        "from OpenGL import GL; "
        "print(GL.glGetString(GL.GL_RENDERER).decode(), GL.glGetString(GL.GL_VERSION).decode(), sep=', ')"
    )
    well, found = _ask(code, patience, PYOPENGL_PLATFORM=platform_name)
    return Check(name, "ok" if well else "optional", found, "" if well else mend)


def _egl(patience: float) -> Check:
    if sys.platform != "linux":
        return Check("gl: egl", "optional", f"not used on {platform.system()}: a hidden window draws there")
    return _offscreen("gl: egl", "egl", "apt install libegl1 libgl1-mesa-dri", patience)


def _osmesa(patience: float) -> Check:
    if sys.platform != "linux":
        return Check("gl: osmesa", "optional", f"not used on {platform.system()}")
    return _offscreen("gl: osmesa", "osmesa", "apt install libosmesa6", patience)


def _window(patience: float) -> Check:
    code = (
        "import pyglet; pyglet.options['shadow_window'] = False; "
        "w = pyglet.window.Window(16, 16, visible=False); print(w.context.get_info().get_renderer())"
    )
    well, found = _ask(code, patience)
    mend = (
        "log in at a desktop, or: xvfb-run -a vrgen view FILE"
        if sys.platform == "linux"
        else "update the driver"
    )
    return Check("gl: window", "ok" if well else "optional", found, "" if well else mend)


def _openxr_loader(patience: float) -> Check:
    well, found = _ask("import xr; print('loader', xr.XR_CURRENT_API_VERSION)", patience)
    return Check(
        "openxr: loader", "ok" if well else "optional", found, "" if well else "pip install pyopenxr"
    )


def _openxr_runtime(patience: float) -> Check:
    code = "import xr; print(len(xr.enumerate_instance_extension_properties()), 'extensions')"
    well, found = _ask(code, patience)
    mend = "start SteamVR, Monado, WiVRn or the Meta app once, and make it the active OpenXR runtime"
    return Check("openxr: runtime", "ok" if well else "optional", found, "" if well else mend)


def _headset(patience: float) -> Check:
    code = (
        "from vrgen.view.xr.loader import offered; from vrgen.view.xr.binding import choose, extensions; "
        "from vrgen.view.xr.runtime import Runtime; found = offered(); "
        "runtime = Runtime(found, extensions(choose(found))); print(runtime.system, 'by', runtime.name)"
    )
    well, found = _ask(code, patience)
    if well:
        return Check("headset", "ok", found)
    said = found.partition("MissingPart: ")[2].partition(", expected")[0] or found
    mend = (
        "connect it and wake it up; then: vrgen view FILE --xr, or in its own browser: vrgen view FILE --web"
    )
    return Check("headset", "optional", said, mend)


def _page(patience: float) -> Check:
    try:
        page = resource("assets/page")
    except MissingPart:
        mend = "make page (needs Node.js 18 or newer), or install vrgen's wheel"
        return Check("web page", "optional", "not built", mend)
    size = sum(file.stat().st_size for file in page.rglob("*") if file.is_file())
    return Check("web page", "ok", f"{size / 1e6:.1f} MB, for vrgen view --web and export-web")


def _node(patience: float) -> Check:
    node = shutil.which("node")
    if node is None:
        return Check("node", "optional", "not found", "install Node.js 18 or newer (nodejs.org)")
    done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=patience, check=False)
    return Check(
        "node", "ok" if done.returncode == 0 else "optional", done.stdout.strip() or "does not start"
    )


def _encoders(patience: float) -> Check:
    from vrgen.gltf.optimize import encoders

    gap = encoders.missing()
    if gap:
        what, _, mend = gap.partition("; ")
        return Check("ktx2 encoder", "optional", what, mend)
    program = encoders.native()
    found = "Basis Universal's wasm, run by node: slow" if program is None else program.name
    return Check("ktx2 encoder", "ok", f"{found}, for vrgen optimize")


def _validator(patience: float) -> Check:
    package = Path("node_modules/gltf-validator/package.json")
    for root in (Path.cwd(), Path(__file__).resolve().parents[2] / "tools" / "check"):
        if (root / package).is_file():
            return Check("gltf-validator", "ok", str(root / package.parent))
    return Check("gltf-validator", "optional", "not found", "npm install gltf-validator")


def _weights(patience: float) -> Check:
    try:
        files = sorted(resource("assets/weights").glob("*.safetensors"))
    except MissingPart:
        files = []
    found = ", ".join(f"{file.stem} {file.stat().st_size / 1e6:.1f} MB" for file in files)
    mend = "" if files else "install vrgen again with pip, or train: vrgen train gan --data DIR --out RUN"
    return Check("weights", "ok" if files else "missing", found or "none", mend)


def _fonts(patience: float) -> Check:
    code = (
        "from PIL import ImageFont, features; "
        "print(ImageFont.load_default(32).getname()[0], 'freetype', features.version('freetype2'))"
    )
    well, found = _ask(code, patience)
    return Check(
        "fonts", "ok" if well else "missing", found, "" if well else "pip install --force-reinstall Pillow"
    )
