"""The rules of the house: who may import whom, who owns which library, how long a file may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "vrgen"
FILES = sorted(PACKAGE.rglob("*.py"))
ROOMS = ("models", "train", "synth", "maps", "bake", "scene", "gltf", "view")
COMMON = {"core", "errors", "registry", ""}
"""What every room may import; '' is the package itself (its version)."""
ALSO = {"synth": {"models"}, "train": {"models"}}
COMPOSERS = {
    "verbs": {*ROOMS, "verbs", "batch"},
    "batch": {*ROOMS, "batch"},
    "cli": {*ROOMS, "verbs", "batch", "cli"},
}
OWNERS = {
    "torch": {"models", "train", "synth"},
    "tensorboard": {"train"},
    "safetensors": {"models", "train", "synth"},
    "trimesh": {"bake", "scene"},
    "xatlas": {"bake", "scene"},
    "embreex": {"bake", "scene"},
    "pyoidn": {"bake", "scene"},
    "coacd": {"scene"},
    "pygltflib": {"gltf"},
    "pyrender": {"view"},
    "OpenGL": {"view"},
    "pyglet": {"view"},
    "glfw": {"view"},
    "xr": {"view"},
    "aiohttp": {"view"},
    "segno": {"view"},
    "cryptography": {"view"},
    "loky": {"batch"},
    "ray": {"batch"},
    "filelock": {"batch"},
    "fsspec": {"batch"},
    "watchfiles": {"batch"},
    "prometheus_client": {"batch"},
    "tyro": {"cli"},
    "rich": {"cli"},
}
HEAVY = (
    *(name for name in OWNERS if name not in ("tyro", "rich")),
    "tyro",
    "rich",
    "numpy",
    "PIL",
    "cv2",
    "scipy",
)
MOST_LINES = 400


def room_of(path: Path) -> str:
    """`bake` for vrgen/bake/light.py, '' for what lies in vrgen itself."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """(line, full module name) of every import, those inside functions and for type checkers too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import; write the full name"
            yield node.lineno, str(node.module)


def allowed(room: str) -> set[str]:
    """Rooms that `room` may import."""
    if room in COMPOSERS:
        return COMMON | COMPOSERS[room]
    return COMMON | {room} | ALSO.get(room, set())


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    room = room_of(path)
    if room == "":  # the front door imports lazily whatever it hands out
        return
    breaches = []
    for line, module in imports_of(path):
        head, _, rest = module.partition(".")
        if head == "vrgen" and rest.partition(".")[0] not in allowed(room):
            breaches.append(f"{path.relative_to(ROOT)}:{line}: {room} imports {module}")
        if head in OWNERS and room not in OWNERS[head]:
            breaches.append(f"{path.relative_to(ROOT)}:{line}: {head} belongs to {', '.join(OWNERS[head])}")
    assert breaches == []


def test_core_is_numpy_only() -> None:
    foreign = {
        module.partition(".")[0]
        for path in (PACKAGE / "core").glob("*.py")
        for _, module in imports_of(path)
        if module.partition(".")[0] not in (*sys.stdlib_module_names, "numpy", "vrgen")
    }
    assert foreign == set()


def test_every_room_is_known() -> None:
    rooms = {room_of(path) for path in FILES} - {""}
    assert rooms == {*ROOMS, "core", "verbs", "batch", "cli"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    assert not {"utils", "helpers", "manager"} & set(path.stem.split("_"))
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "every module says what it is"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_public_names_say_what_they_are(path: Path) -> None:
    """Classes, functions, methods; and every field of an options dataclass."""
    silent = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            silent += _undocumented(node)
    module = ast.parse(path.read_text(encoding="utf-8"))
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            silent += [] if ast.get_docstring(node) else [node.name]
    assert silent == []


def _undocumented(owner: ast.ClassDef) -> list[str]:
    names = []
    for line, below in zip(owner.body, [*owner.body[1:], None], strict=True):
        if (
            isinstance(line, ast.FunctionDef)
            and not line.name.startswith("_")
            and not ast.get_docstring(line)
        ):
            names.append(f"{owner.name}.{line.name}")
        if owner.name.endswith("Options") and isinstance(line, ast.AnnAssign):
            said = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            names += [] if said else [f"{owner.name}.{ast.unparse(line.target)}"]
    return names


BUILTIN_ERRORS = {
    "Exception",
    "ValueError",
    "TypeError",
    "RuntimeError",
    "OSError",
    "IOError",
    "KeyError",
    "IndexError",
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_users_meet_only_errors_of_ours(path: Path) -> None:
    """What a library calls back (a function inside a function) and what is caught at once (in a `try`) may
    raise what Python has."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    called_back = [g for f in functions for g in ast.walk(f) if isinstance(g, ast.FunctionDef) and g is not f]
    caught = [
        line for node in ast.walk(tree) if isinstance(node, ast.Try) and node.handlers for line in node.body
    ]
    inner = {node for owner in (*called_back, *caught) for node in ast.walk(owner)}
    bare = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and node not in inner and _raised(node) in BUILTIN_ERRORS
    ]
    assert bare == []


def _raised(node: ast.Raise) -> str:
    if node.exc is None:
        return ""
    return ast.unparse(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)


def loaded_by(code: str) -> set[str]:
    """Top-level modules that are loaded after `code` has run in a process of its own."""
    script = (
        f"import sys\n{code}\nprint(*{{name.partition('.')[0] for name in sys.modules}}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "code",
    [
        "import vrgen",
        "from vrgen.cli.main import main; main(['--help'])",
        "from vrgen.cli.main import main; main(['-V'])",
    ],
)
def test_the_front_door_loads_nothing_heavy(code: str) -> None:
    assert loaded_by(code).isdisjoint(HEAVY)


def test_the_values_load_no_more_than_numpy() -> None:
    assert loaded_by("import vrgen; vrgen.Scene").isdisjoint(set(HEAVY) - {"numpy"})


def test_a_breach_would_be_seen(tmp_path: Path) -> None:
    """The walker itself: an import inside a function is found."""
    path = tmp_path / "x.py"
    path.write_text("def f():\n    import torch.nn\n    from vrgen.bake import light\n")
    assert [module for _, module in imports_of(path)] == ["torch.nn", "vrgen.bake"]
    assert "bake" not in allowed("view")
    assert "models" in allowed("synth")
